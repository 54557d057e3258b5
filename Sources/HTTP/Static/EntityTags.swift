/// The comparison of `If-None-Match`, `If-Match` and `If-Range` with an entity tag (RFC 9110 sections 8.8.3 and 13.1).
enum EntityTags {
    /// Whether a weak tag can be the same as another (RFC 9110 section 8.8.3.2).
    enum Comparison { case weak, strong }

    /// Whether the field's value is `*` or lists the tag, which is strong.
    /// A malformed list matches nothing from the malformed place on.
    static func matches(
        _ bytes: Span<UInt8>, _ value: Piece, _ tag: Span<UInt8>, _ comparison: Comparison = .weak
    ) -> Bool {
        if value.count == 1, bytes[value.start] == UInt8(ascii: "*") { return true }
        guard !tag.isEmpty else { return false }
        var index = value.start
        while index < value.end {
            if isSeparator(bytes[index]) {
                index += 1
                continue
            }
            let isWeak = bytes[index] == UInt8(ascii: "W")
            guard let found = next(bytes, index, value.end) else { return false }
            if !isWeak || comparison == .weak, same(bytes, found, tag) { return true }
            index = found.end
        }
        return false
    }

    /// Whether the value is exactly this tag, and the tag is strong.
    static func isStrongly(_ bytes: Span<UInt8>, _ value: Piece, _ tag: Span<UInt8>) -> Bool {
        !tag.isEmpty && same(bytes, value, tag)
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == Bytes.space || byte == Bytes.tab
    }

    /// The quoted tag that begins here, without `W/`.
    private static func next(_ bytes: Span<UInt8>, _ from: Int, _ end: Int) -> Piece? {
        var start = from
        if start + 1 < end, bytes[start] == UInt8(ascii: "W"), bytes[start + 1] == Bytes.slash { start += 2 }
        guard start < end, bytes[start] == UInt8(ascii: "\"") else { return nil }
        var close = start + 1
        while close < end, bytes[close] != UInt8(ascii: "\"") { close += 1 }
        return close < end ? Piece(start, close + 1) : nil
    }

    private static func same(_ bytes: Span<UInt8>, _ piece: Piece, _ tag: Span<UInt8>) -> Bool {
        guard piece.count == tag.count else { return false }
        for offset in tag.indices where bytes[piece.start + offset] != tag[offset] { return false }
        return true
    }
}
