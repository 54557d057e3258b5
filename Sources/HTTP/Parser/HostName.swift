/// The `Host` field and the authority of a request target: `uri-host [":" port]` (RFC 9110 section 7.2).
enum HostName {
    /// The host without its port and without one dot at its end; nil when the grammar does not hold.
    static func host(_ bytes: Span<UInt8>, _ authority: Piece) -> Piece? {
        guard !authority.isEmpty else { return nil }
        return bytes[authority.start] == UInt8(ascii: "[") ? literal(bytes, authority) : name(bytes, authority)
    }

    private static func name(_ bytes: Span<UInt8>, _ authority: Piece) -> Piece? {
        var end = authority.start
        while end < authority.end, isName(bytes[end]) { end += 1 }
        guard isPort(bytes, Piece(end, authority.end)) else { return nil }
        if end > authority.start, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
        return end > authority.start ? Piece(authority.start, end) : nil
    }

    /// An IPv6 address in brackets; the result is without them.
    private static func literal(_ bytes: Span<UInt8>, _ authority: Piece) -> Piece? {
        var end = authority.start + 1
        while end < authority.end, isLiteral(bytes[end]) { end += 1 }
        guard end < authority.end, bytes[end] == UInt8(ascii: "]"), end > authority.start + 2,
            isPort(bytes, Piece(end + 1, authority.end))
        else { return nil }
        return Piece(authority.start + 1, end)
    }

    /// Nothing, or a colon and at most five digits.
    private static func isPort(_ bytes: Span<UInt8>, _ piece: Piece) -> Bool {
        guard !piece.isEmpty else { return true }
        guard bytes[piece.start] == Bytes.colon, piece.count <= 6 else { return false }
        return (piece.start + 1..<piece.end).allSatisfy { Bytes.isDigit(bytes[$0]) }
    }

    private static func isName(_ byte: UInt8) -> Bool {
        Bytes.isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "_")
    }

    private static func isLiteral(_ byte: UInt8) -> Bool {
        Bytes.hexValue(byte) != nil || byte == Bytes.colon || byte == UInt8(ascii: ".")
    }
}

/// The host names that the server answers for.
///
/// SECURITY: this is the defence against DNS rebinding, where a page of another site reaches us under its own name.
struct HostList: Sendable {
    private let names: [[UInt8]]

    /// Names as people write them: case, a port, brackets and a dot at the end do not count. No names: any host.
    init(_ names: [String]) {
        self.names = names.map(Self.normal)
    }

    private static func normal(_ name: String) -> [UInt8] {
        let isBareAddress = !name.hasPrefix("[") && name.count { $0 == ":" } > 1
        let bytes = (isBareAddress ? "[\(name)]" : name).utf8.map(Bytes.lowered)
        let span = bytes.span
        return HostName.host(span, Piece(0, span.count)).map { span.array($0) } ?? bytes
    }

    /// Whether every host will do.
    var isOpen: Bool { names.isEmpty }

    /// Whether the server answers for this host, which came out of `HostName.host`.
    func allows(_ bytes: Span<UInt8>, _ host: Piece) -> Bool {
        if names.isEmpty { return true }
        for name in names where name.count == host.count {
            if name.indices.allSatisfy({ Bytes.lowered(bytes[host.start + $0]) == name[$0] }) { return true }
        }
        return false
    }
}

extension HostName {
    /// Whether two hosts are the same; case does not count.
    static func same(_ bytes: Span<UInt8>, _ left: Piece, _ right: Piece) -> Bool {
        left.count == right.count
            && zip(left.range, right.range).allSatisfy { Bytes.lowered(bytes[$0]) == Bytes.lowered(bytes[$1]) }
    }
}
