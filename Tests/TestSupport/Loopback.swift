import Glibc

/// This machine as its own peer.
public enum Loopback {
    /// A TCP port of 127.0.0.1 that nobody uses at the moment; nil when there is none. Somebody else may take it before
    /// the program does, so whoever starts one must look whether it is the one that answers.
    public static func freePort() -> Int? {
        withSocket(AF_INET) { number in
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
            guard bound(number, &address) else { return nil }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }

    /// Whether this machine has the IPv6 loopback address; some containers have not.
    public static let hasIPv6: Bool =
        withSocket(AF_INET6) { number in
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_addr = in6addr_loopback
            return bound(number, &address)
        }

    private static func withSocket<Result>(_ family: Int32, _ use: (Int32) -> Result) -> Result {
        let number = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        defer { if number >= 0 { close(number) } }
        return use(number)
    }

    /// Binds to any free port, and says which one it is.
    private static func bound<Address>(_ number: Int32, _ address: inout Address) -> Bool {
        var size = socklen_t(MemoryLayout<Address>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, size) == 0 && getsockname(number, $0, &size) == 0
            }
        }
    }
}
