import Glibc

/// The names under which other machines reach this one.
enum LocalNames {
    /// The host name, and the addresses of all network interfaces as they stand in a URL: `192.168.1.5`, `[fd00::5]`.
    static var all: [String] {
        var names = [hostName, hostName + ".local"]
        var first: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&first) == 0 else { return names }
        defer { freeifaddrs(first) }
        var entry = first
        while let current = entry {
            if let address = current.pointee.ifa_addr, let text = text(of: address) { names.append(text) }
            entry = current.pointee.ifa_next
        }
        return names
    }

    /// The name of this machine (`gethostname`).
    static var hostName: String {
        var name = [CChar](repeating: 0, count: 256)
        guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
        let text = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.isEmpty ? "localhost" : text
    }

    private static func text(of address: UnsafePointer<sockaddr>) -> String? {
        let isIPv6 = address.pointee.sa_family == sa_family_t(AF_INET6)
        guard isIPv6 || address.pointee.sa_family == sa_family_t(AF_INET) else { return nil }
        let length = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        var buffer = [CChar](repeating: 0, count: 256)
        guard getnameinfo(address, socklen_t(length), &buffer, 256, nil, 0, NI_NUMERICHOST) == 0 else { return nil }
        // An address of one link ends with its interface (`fe80::1%eth0`), which no browser sends.
        let text = buffer.prefix { $0 != 0 && $0 != CChar(UInt8(ascii: "%")) }
        let name = String(decoding: text.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return isIPv6 ? "[\(name)]" : name
    }
}
