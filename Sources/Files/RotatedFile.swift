internal import CLinux
internal import Glibc

/// A file that is only ever added to, and begun anew when it is large: `audit.log`, and older ones as `audit.log.1`,
/// `audit.log.2`, …. Several processes may add to it.
public struct RotatedFile: Sendable, Equatable {
    /// The newest file.
    public let path: String
    /// How large a file may become, in bytes; what is added at once is never divided.
    public let size: Int
    /// How many files there may be, the newest one included.
    public let count: Int

    /// A file; nothing is made before something is added.
    public init(_ path: String, size: Int, count: Int) {
        (self.path, self.size, self.count) = (path, max(1, size), max(1, count))
    }

    /// The files that there can be, the newest first.
    public var paths: [String] { [path] + (1..<max(1, count)).map { "\(path).\($0)" } }

    /// Adds bytes at the end (`open` with `O_APPEND`, `write`, `fsync`): when this returns they are durable. A line that
    /// a killed process has left unfinished is ended first. New files have mode 0600.
    ///
    /// SECURITY: never through a link, and to nothing but a regular file.
    public func append(_ bytes: [UInt8]) throws(FileError) {
        while true {
            let descriptor = try Files.open(
                path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, mode: 0o600, action: "write")
            defer { close(descriptor) }
            guard flock(descriptor, LOCK_EX) == 0 else { throw FileError("lock", path) }
            var info = stat()
            guard fstat(descriptor, &info) == 0 else { throw FileError("look at", path) }
            guard info.st_mode & S_IFMT == S_IFREG else { throw FileError("write", path, code: EINVAL) }
            // Another process may have moved it away while we waited for the lock.
            guard isCurrent(info) else { continue }
            let length = Int(info.st_size)
            if length > 0, length + bytes.count > size {
                try rotate()
                continue
            }
            let isNew = length == 0
            try write(Self.isUnfinished(descriptor, length) ? [UInt8(ascii: "\n")] + bytes : bytes, descriptor)
            // An administrator may be the first to write here, and the server's user must be able to go on.
            if isNew { try Files.giveToFolder(descriptor, path) }
            if isNew { try Files.synchronise(folder: Files.parent(of: path)) }
            return
        }
    }

    private func write(_ bytes: [UInt8], _ descriptor: Int32) throws(FileError) {
        try Files.write(bytes, to: descriptor, path: path)
        guard fsync(descriptor) == 0 else { throw FileError("write", path) }
    }

    private func isCurrent(_ info: stat) -> Bool {
        var now = stat()
        return lstat(path, &now) == 0 && now.st_ino == info.st_ino && now.st_dev == info.st_dev
    }

    private static func isUnfinished(_ descriptor: Int32, _ length: Int) -> Bool {
        var last: UInt8 = 0
        return length > 0 && pread(descriptor, &last, 1, off_t(length - 1)) == 1 && last != UInt8(ascii: "\n")
    }

    /// Gives each file the next number; the oldest one goes.
    private func rotate() throws(FileError) {
        let all = paths
        guard let oldest = all.last else { return }
        if unlink(oldest) != 0, errno != ENOENT { throw FileError("remove", oldest) }
        for (older, newer) in zip(all.dropFirst(), all).reversed() where rename(newer, older) != 0 {
            if errno != ENOENT { throw FileError("rename to '\(older)'", newer) }
        }
    }
}
