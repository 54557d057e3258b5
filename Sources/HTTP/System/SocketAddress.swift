internal import CLinux
internal import Glibc

/// Reading of socket addresses.
enum SocketAddress {
    /// The host part: `127.0.0.1`, `::1`, or `unix`. An IPv4 address inside IPv6 (`::ffff:127.0.0.1`) reads as IPv4.
    static func host(of storage: sockaddr_storage) -> String {
        switch Int32(storage.ss_family) {
        case AF_INET, AF_INET6: unmapped(numeric(storage))
        case AF_UNIX: "unix"
        default: "unknown"
        }
    }

    /// The port in host order; 0 for a unix socket.
    static func port(of storage: sockaddr_storage) -> Int {
        var storage = storage
        return withSocketAddress(&storage) { address in
            switch Int32(address.pointee.sa_family) {
            case AF_INET:
                address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    Int(UInt16(bigEndian: $0.pointee.sin_port))
                }
            case AF_INET6:
                address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    Int(UInt16(bigEndian: $0.pointee.sin6_port))
                }
            default: 0
            }
        }
    }

    /// The path of a unix socket whose address has this length; `@` stands for the zero byte with which an address
    /// without a file begins (unix(7)).
    static func path(of storage: sockaddr_storage, length: Int) -> String {
        withUnsafeBytes(of: storage) { bytes in
            let name = bytes[
                MemoryLayout<sa_family_t>.size..<max(MemoryLayout<sa_family_t>.size, min(length, bytes.count))]
            guard name.first == 0 else { return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self) }
            return "@" + String(decoding: name.dropFirst(), as: UTF8.self)
        }
    }

    /// `getnameinfo(NI_NUMERICHOST)`.
    private static func numeric(_ storage: sockaddr_storage) -> String {
        var storage = storage
        let length =
            Int32(storage.ss_family) == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = withSocketAddress(&storage) {
            getnameinfo($0, socklen_t(length), &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
        }
        guard code == 0 else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func unmapped(_ host: String) -> String {
        host.hasPrefix("::ffff:") && host.contains(".") ? String(host.dropFirst(7)) : host
    }
}
