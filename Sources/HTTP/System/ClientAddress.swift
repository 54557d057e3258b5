internal import Glibc

/// The address of a client, without its port: 128 bits, an IPv4 address as IPv6 maps it (RFC 4291 section 2.5.5.2).
public struct ClientAddress: Sendable, Hashable {
    /// The first 64 bits: of an IPv6 address the network.
    public let network: UInt64
    /// The last 64 bits.
    public let interface: UInt64

    static let mapped: UInt64 = 0xFFFF_0000_0000

    /// Whether it is an IPv4 address.
    public var isIPv4: Bool { network == 0 && interface >> 32 == 0xFFFF }

    /// Whether it is one of this machine: 127.0.0.0/8 or ::1 (RFC 1122 section 3.2.1.3, RFC 4291 section 2.5.3).
    public var isLoopback: Bool {
        isIPv4 ? (interface >> 24) & 0xFF == 127 : network == 0 && interface == 1
    }

    /// What counts as one client: an IPv4 address, or the /64 network of an IPv6 address, within which a client has any
    /// number of addresses.
    var client: ClientAddress { isIPv4 ? self : ClientAddress(network: network, interface: 0) }

    /// An address of these bits.
    public init(network: UInt64, interface: UInt64) {
        self.network = network
        self.interface = interface
    }

    /// The address in a socket address; nil for a unix socket.
    init?(_ storage: inout sockaddr_storage) {
        let family = Int32(storage.ss_family)
        guard family == AF_INET || family == AF_INET6 else { return nil }
        self = withSocketAddress(&storage) { address in
            family == AF_INET
                ? address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    ClientAddress(
                        network: 0, interface: Self.mapped | UInt64(UInt32(bigEndian: $0.pointee.sin_addr.s_addr)))
                }
                : address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    let words = withUnsafeBytes(of: $0.pointee.sin6_addr) {
                        ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                    }
                    return ClientAddress(
                        network: UInt64(bigEndian: words.0), interface: UInt64(bigEndian: words.1))
                }
        }
    }
}
