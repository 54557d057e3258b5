/// Which addresses are whose.
extension ClientAddress {
    /// Whether it belongs to a network of one's own: RFC 1918, RFC 6598 (which Tailscale uses), RFC 4193.
    public var isPrivate: Bool { Self.privateRanges.contains { $0.contains(self) } }

    /// Whether a cloud gives its machines their credentials there, or may: link-local addresses are those of one wire
    /// (RFC 3927, RFC 4291 section 2.5.6), and hardly anything but such services is found there.
    ///
    /// SECURITY: whoever may name a server must not have Latchkey ask this one, in whatever form its address comes.
    public var isMetadataService: Bool {
        ([self] + unwrapped).contains { address in Self.metadataRanges.contains { $0.contains(address) } }
    }

    /// The IPv4 addresses that may be meant by this one: where a gateway or a tunnel would send it.
    private var unwrapped: [ClientAddress] {
        let (low, high) = (interface & 0xFFFF_FFFF, network >> 32)
        var inside: [UInt64] = []
        // IPv4-compatible (RFC 4291 section 2.5.5.1) and IPv4-translated (RFC 2765 section 2.1).
        if network == 0, interface >> 32 == 0 || interface >> 32 == 0xFFFF_0000 { inside.append(low) }
        // NAT64: the well-known prefix (RFC 6052 section 2.1).
        if high == 0x0064_FF9B, network & 0xFFFF_FFFF == 0, interface >> 32 == 0 { inside.append(low) }
        // NAT64 of a network's own (RFC 8215). Its prefix may have 48, 56, 64 or 96 bits, after which the address stands
        // around the bits 64 to 71, which are zero (RFC 6052 section 2.2).
        if high == 0x0064_FF9B, network >> 16 & 0xFFFF == 1 {
            inside.append(low)
            inside.append(network << 16 & 0xFFFF_0000 | interface >> 40 & 0xFFFF)
            inside.append(network << 24 & 0xFF00_0000 | interface >> 32 & 0xFF_FFFF)
            inside.append(interface >> 24 & 0xFFFF_FFFF)
        }
        // 6to4 (RFC 3056), Teredo (RFC 4380 section 4), ISATAP (RFC 5214 section 6.1).
        if network >> 48 == 0x2002 { inside.append(network >> 16 & 0xFFFF_FFFF) }
        if high == 0x2001_0000 { inside.append(~low & 0xFFFF_FFFF) }
        if [0x5EFE, 0x0200_5EFE].contains(interface >> 32) { inside.append(low) }
        return inside.map { ClientAddress(network: 0, interface: Self.mapped | $0) }
    }

    private static let privateRanges = ranges([
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7",
    ])

    /// AWS and most others; link-local IPv6, where OpenStack has it; AWS, Google, Scaleway and Linode over IPv6; Alibaba;
    /// Oracle; Azure's wire server.
    private static let metadataRanges = ranges([
        "169.254.0.0/16", "fe80::/10", "fd00:ec2::/32", "fd20:ce::/32", "fd00:42::42", "fd00:a9fe:a9fe::1",
        "100.100.100.200", "192.0.0.192", "168.63.129.16",
    ])

    private static func ranges(_ texts: [String]) -> [AddressRange] { texts.compactMap { try? AddressRange($0) } }
}
