/// The reverse proxies whose word counts. None is listed unless somebody lists it.
///
/// SECURITY: from a peer that is not listed, forwarded fields change nothing. From one that is, they are read from right
/// to left: each proxy adds to the right what it saw itself, so all to the left of what a listed one wrote is the client's
/// own word. What cannot be read ends the walk at the last hop that is believed. Only `Forwarded`, `X-Forwarded-For`,
/// `X-Forwarded-Proto` and `X-Forwarded-Host` are read, by exactly these names: spellings with underscores are others.
public struct TrustedProxies: Sendable, Equatable {
    /// Which addresses proxies connect from.
    public var ranges: [AddressRange]
    /// Whether whoever connects to a unix socket is a proxy.
    public var unixSockets: Bool

    /// How many hops are looked at.
    private static let mostHops = 64

    /// Listed proxies; by default none.
    public init(ranges: [AddressRange] = [], unixSockets: Bool = false) {
        self.ranges = ranges
        self.unixSockets = unixSockets
    }

    /// Whether no proxy is listed.
    public var isEmpty: Bool { ranges.isEmpty && !unixSockets }

    /// Whether an address is a listed proxy's.
    public func contains(_ address: ClientAddress) -> Bool { ranges.contains { $0.contains(address) } }

    /// Whether the other end of a connection, as in `Request.peer`, is a listed proxy.
    public func contains(peer: String) -> Bool {
        if isEmpty { return false }
        if peer == "unix" { return unixSockets }
        // The zone of an address that counts on one link alone is not part of it: `fe80::1%eth0`.
        return ClientAddress(String(peer.prefix { $0 != "%" })).map(contains) ?? false
    }

    /// Who sent a request that came from this peer with these fields.
    public func sender(peer: String, headers: HeaderFields) -> Sender {
        guard contains(peer: peer) else { return Sender(address: peer) }
        let standard = headers.values(of: "Forwarded")
        let common = Self.common(headers)
        let commonSender = walk(common.hops, from: peer)
        guard !standard.isEmpty else {
            return sender(commonSender?.address ?? peer, common.scheme, common.host)
        }
        let elements = Self.elements(standard)
        let found = walk(elements.map { $0?.client }, from: peer)
        let reached = found.flatMap { elements[$0.index] } ?? elements.last ?? nil
        guard common.isAbsent else {
            // Few proxies write both, and most hand on the one that they do not write: what they do not agree on is not
            // believed.
            let isAgreed = common.hops.isEmpty || found?.address == commonSender?.address
            return sender(
                isAgreed ? found?.address ?? peer : peer,
                Self.agreed(reached?.scheme, common.scheme), Self.agreed(reached?.host, common.host))
        }
        return sender(found?.address ?? peer, reached?.scheme, reached?.host)
    }

    private func sender(_ address: String, _ scheme: String?, _ host: String?) -> Sender {
        let scheme = scheme?.lowercased()
        return Sender(
            address: address, isThroughProxy: true, scheme: scheme == "http" || scheme == "https" ? scheme : nil,
            host: host.flatMap { HostName.isValid($0) ? $0 : nil })
    }

    private static func agreed(_ one: String?, _ other: String?) -> String? {
        guard let one, let other else { return one ?? other }
        return one.lowercased() == other.lowercased() ? one : nil
    }

    /// Goes from the peer towards the client, as long as listed proxies tell who came before them.
    ///
    /// - Returns: the farthest hop that is believed; nil when that is the peer.
    private func walk(_ hops: [ClientAddress?], from peer: String) -> (address: String, index: Int)? {
        var found: (address: ClientAddress, index: Int)?
        for (index, hop) in hops.enumerated().reversed().prefix(Self.mostHops) {
            guard let hop else { break }
            found = (hop, index)
            if !contains(hop) { break }
        }
        return found.map { ($0.address.description, $0.index) }
    }

    /// The hops of all `Forwarded` fields; nil stands for what could not be read.
    private static func elements(_ values: [String]) -> [ForwardedElement?] {
        values.flatMap { ForwardedElement.all($0).map { $0.map(Optional.some) } ?? [nil] }
    }

    /// What the fields without a standard tell. Several fields of a name are one list (RFC 9110 section 5.3).
    private struct Common {
        var hops: [ClientAddress?] = []
        var scheme: String?
        var host: String?
        var isAbsent = false
    }

    private static func common(_ headers: HeaderFields) -> Common {
        let hops = list(headers, "X-Forwarded-For")
        let (scheme, host) = (list(headers, "X-Forwarded-Proto").last, list(headers, "X-Forwarded-Host").last)
        return Common(
            hops: hops.map { NodeName.address($0) }, scheme: scheme, host: host,
            isAbsent: hops.isEmpty && scheme == nil && host == nil)
    }

    private static func list(_ headers: HeaderFields, _ name: String) -> [String] {
        headers.values(of: name).flatMap { $0.split(separator: ",") }.compactMap { item in
            let text = item.drop { $0 == " " || $0 == "\t" }
            let trimmed = text.reversed().drop { $0 == " " || $0 == "\t" }.reversed()
            return trimmed.isEmpty ? nil : String(trimmed)
        }
    }
}

extension HostName {
    /// Whether a text is a host, perhaps with a port.
    static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return host(bytes.span, Piece(0, bytes.count)) != nil
    }
}
