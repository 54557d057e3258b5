import Glibc

/// Where messages go: results to standard output, complaints to standard error.
enum Terminal {
    /// Prints a line.
    static func say(_ text: String) { write(Array((text + "\n").utf8), to: STDOUT_FILENO) }

    /// Prints a line to standard error.
    static func complain(_ text: String) { write(Array((text + "\n").utf8), to: STDERR_FILENO) }

    /// Prints a question, where it is in nobody's way: to standard error, without a line break.
    static func ask(_ text: String) { write(Array(text.utf8), to: STDERR_FILENO) }

    /// Prints bytes as they are.
    static func say(bytes: [UInt8]) { write(bytes, to: STDOUT_FILENO) }

    /// A closed pipe is no reason to fail: whoever read it has had enough.
    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
