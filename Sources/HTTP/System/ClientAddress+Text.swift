internal import Glibc

extension ClientAddress: CustomStringConvertible {
    /// Reads an address as people write it: `203.0.113.7`, `2001:db8::1`, `::ffff:203.0.113.7`, which is the first one
    /// (RFC 4291 section 2.2). Nil for anything else: names, ports, brackets, zones, numbers with a zero in front.
    public init?(_ text: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if text.utf8.contains(0) { return nil }
        if inet_pton(AF_INET6, text, &bytes) == 1 {
            self.init(network: Self.number(bytes[..<8]), interface: Self.number(bytes[8...]))
        } else if inet_pton(AF_INET, text, &bytes) == 1 {
            self.init(network: 0, interface: Self.mapped | Self.number(bytes[..<4]))
        } else {
            return nil
        }
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }

    /// The address in its one form: `203.0.113.7`, `2001:db8::1` (RFC 5952).
    public var description: String {
        if isIPv4 {
            return [24, 16, 8, 0].map { "\((interface >> $0) & 0xFF)" }.joined(separator: ".")
        }
        let words = [network, interface]
        let bytes = words.flatMap { word in stride(from: 56, through: 0, by: -8).map { UInt8(word >> $0 & 0xFF) } }
        var name = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        guard inet_ntop(AF_INET6, bytes, &name, socklen_t(name.count)) != nil else { return "unknown" }
        return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
