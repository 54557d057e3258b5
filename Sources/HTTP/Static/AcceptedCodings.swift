/// What `Accept-Encoding` says (RFC 9110 section 12.5.3), in thousandths; nil for a coding that it does not name.
struct AcceptedCodings: Equatable {
    private(set) var brotli: Int?
    private(set) var gzip: Int?
    private(set) var identity: Int?
    private(set) var others: Int?

    /// Takes the value of one field line. What is malformed counts as not there.
    mutating func add(_ bytes: Span<UInt8>, _ value: Piece) {
        RequestHead.forEachElement(bytes, value) { element in
            var end = element.start
            while end < element.end, Bytes.isToken(bytes[end]) { end += 1 }
            guard end > element.start, let weight = Self.weight(bytes, Piece(end, element.end)) else { return }
            note(bytes, Piece(element.start, end), weight)
        }
    }

    private mutating func note(_ bytes: Span<UInt8>, _ coding: Piece, _ weight: Int) {
        if Bytes.equal(bytes, coding, "br") { brotli = weight }
        // The old name means the same (RFC 9110 section 8.4.1.3).
        if Bytes.equal(bytes, coding, "gzip") || Bytes.equal(bytes, coding, "x-gzip") { gzip = weight }
        if Bytes.equal(bytes, coding, "identity") { identity = weight }
        if Bytes.equal(bytes, coding, "*") { others = weight }
    }

    /// The coding to send out of those that there are; nil when none is acceptable.
    ///
    /// Of equal weights the smaller content wins. No coding at all is acceptable unless it is refused by name or with
    /// `*`; when nothing is said of it, it comes last.
    func choice(hasBrotli: Bool, hasGzip: Bool) -> ContentCoding? {
        let weights: [(ContentCoding, Int)] = [
            (.brotli, hasBrotli ? brotli ?? others ?? 0 : 0), (.gzip, hasGzip ? gzip ?? others ?? 0 : 0),
        ]
        var best: (coding: ContentCoding, weight: Int)?
        for (coding, weight) in weights where weight > best?.weight ?? 0 { best = (coding, weight) }
        let plain = identity ?? others
        if let best, best.weight >= plain ?? 0 { return best.coding }
        return plain == 0 ? nil : .identity
    }

    /// `OWS ";" OWS "q=" qvalue` (RFC 9110 section 12.4.2), 1000 when there is nothing; nil when malformed.
    private static func weight(_ bytes: Span<UInt8>, _ piece: Piece) -> Int? {
        guard let semicolon = firstMark(bytes, piece) else { return 1000 }
        guard bytes[semicolon] == UInt8(ascii: ";"),
            let name = firstMark(bytes, Piece(semicolon + 1, piece.end)), name + 2 < piece.end,
            Bytes.lowered(bytes[name]) == UInt8(ascii: "q"), bytes[name + 1] == UInt8(ascii: "=")
        else { return nil }
        return thousandths(bytes, Piece(name + 2, piece.end))
    }

    /// The place of the first byte that is no white space.
    private static func firstMark(_ bytes: Span<UInt8>, _ piece: Piece) -> Int? {
        piece.range.first { bytes[$0] != Bytes.space && bytes[$0] != Bytes.tab }
    }

    /// `0`, `0.5`, `1.000`: at most three digits after the point, and at most 1.
    private static func thousandths(_ bytes: Span<UInt8>, _ number: Piece) -> Int? {
        guard (1...5).contains(number.count), number.count == 1 || bytes[number.start + 1] == UInt8(ascii: ".") else {
            return nil
        }
        var (result, place) = (0, 1000)
        for index in number.range where index != number.start + 1 {
            guard Bytes.isDigit(bytes[index]) else { return nil }
            result += Int(bytes[index] &- 0x30) * place
            place /= 10
        }
        return result <= 1000 ? result : nil
    }
}

/// How the content of a static file is coded (RFC 9110 section 8.4.1).
enum ContentCoding: Int, CaseIterable, Sendable {
    case identity, gzip, brotli
}
