import Glibc

/// What the kernel says of a process's memory.
enum ProcessMemory {
    /// A line of `/proc/<id>/smaps_rollup`, in bytes: `Rss`, `Pss`, `Private_Dirty`. Or of `status`: `VmHWM`, the most
    /// that `Rss` ever was.
    static func bytes(_ name: String, of id: pid_t, in file: String = "smaps_rollup") throws -> Double {
        guard let file = fopen("/proc/\(id)/\(file)", "r") else { throw Problem("process \(id) is gone") }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let words = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                .split(whereSeparator: \.isWhitespace)
            if words.first == "\(name):", let size = Double(words[1]) { return size * 1024 }
        }
        throw Problem("smaps_rollup has no \(name)")
    }
}
