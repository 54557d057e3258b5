/// Which addresses are whose.
extension ClientAddress {
    /// Whether it belongs to a network of one's own: RFC 1918, RFC 6598 (which Tailscale uses), RFC 4193.
    public var isPrivate: Bool { Self.privateRanges.contains { $0.contains(self) } }

    /// Whether a cloud gives its machines their credentials there.
    ///
    /// SECURITY: whoever may name a server must not have Latchkey ask this one. All of 169.254.0.0/16 is refused, for
    /// several clouds have more than one service in it (link-local, RFC 3927).
    public var isMetadataService: Bool { Self.metadataRanges.contains { $0.contains(unwrapped) } }

    /// The IPv4 address inside an address of NAT64 (RFC 6052 section 2.1) or of 6to4 (RFC 3056), else this one.
    private var unwrapped: ClientAddress {
        let prefix = network >> 32
        if prefix == 0x0064_FF9B, network & 0xFFFF_FFFF == 0, interface >> 32 == 0 {
            return ClientAddress(network: 0, interface: Self.mapped | interface)
        }
        if network >> 48 == 0x2002 {
            return ClientAddress(network: 0, interface: Self.mapped | (network >> 16 & 0xFFFF_FFFF))
        }
        return self
    }

    private static let privateRanges = ranges([
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7",
    ])

    /// AWS and most others; AWS over IPv6; Google over IPv6; Alibaba; Oracle; Azure's wire server.
    private static let metadataRanges = ranges([
        "169.254.0.0/16", "fd00:ec2::/32", "fd20:ce::/32", "100.100.100.200", "192.0.0.192", "168.63.129.16",
    ])

    private static func ranges(_ texts: [String]) -> [AddressRange] { texts.compactMap { try? AddressRange($0) } }
}
