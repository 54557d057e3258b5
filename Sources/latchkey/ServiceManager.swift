import Glibc

/// The service manager that started this process and wants to know how it goes (sd_notify(3)). Without one, nothing is
/// told to anybody.
struct ServiceManager: Sendable {
    /// The path of its socket, or a name without a file that begins with `@`.
    private let address: String?

    /// The one that the environment names.
    init(environment: [String: String]) {
        address = environment["NOTIFY_SOCKET"].flatMap { $0.hasPrefix("/") || $0.hasPrefix("@") ? $0 : nil }
    }

    /// Requests are answered. `status` is a line for people.
    func ready(_ status: String) { tell(["READY=1", "STATUS=\(Self.line(status))"]) }

    /// The configuration is being read anew; `ready` follows.
    func reloading() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        tell(["RELOADING=1", "MONOTONIC_USEC=\(time.tv_sec * 1_000_000 + time.tv_nsec / 1000)", "STATUS=Reloading"])
    }

    /// The end has begun.
    func stopping() { tell(["STOPPING=1", "STATUS=Finishing what runs"]) }

    private static func line(_ text: String) -> String { String(text.map { $0.isNewline ? " " : $0 }) }

    /// One datagram. Whether somebody reads it is no concern of the server's.
    private func tell(_ lines: [String]) {
        guard let address else { return }
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return }
        defer { close(number) }
        // A manager that reads nothing does not hold up the server.
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let message = Array(lines.joined(separator: "\n").utf8)
        _ = Self.withAddress(address) { sendto(number, message, message.count, Int32(MSG_NOSIGNAL), $0, $1) }
    }

    private static func withAddress(
        _ name: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int
    ) -> Int? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // The name of a socket without a file begins with a zero byte, and has no other at its end (unix(7)).
        let bytes = name.hasPrefix("@") ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8) + [0]
        guard bytes.count <= MemoryLayout.size(ofValue: address.sun_path) else { return nil }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
