/// What the `Range` field of a GET asks of some content (RFC 9110 sections 14.1 and 14.2).
enum ByteRange: Equatable {
    /// The whole: the field is malformed, has another unit, or asks for several ranges.
    case whole
    case part(Range<Int>)
    /// Nothing of the content is in the range: 416.
    case outside

    /// Reads the value of the field for content of this length.
    ///
    /// SECURITY: several ranges are answered as a whole, because a response that repeats content would let a small
    /// request cost much.
    init(_ bytes: Span<UInt8>, _ value: Piece, length: Int) {
        let first = value.start + 6
        guard value.end >= first, Bytes.equal(bytes, Piece(value.start, first), "bytes="),
            let range = Self.onlyElement(bytes, Piece(first, value.end))
        else {
            self = .whole
            return
        }
        self = Self.read(bytes, range, length)
    }

    /// The one element of a list; empty ones do not count (RFC 9110 section 5.6.1.2).
    private static func onlyElement(_ bytes: Span<UInt8>, _ list: Piece) -> Piece? {
        var only: Piece?
        var count = 0
        RequestHead.forEachElement(bytes, list) { element in
            guard !element.isEmpty else { return }
            only = element
            count += 1
        }
        return count == 1 ? only : nil
    }

    private static func read(_ bytes: Span<UInt8>, _ range: Piece, _ length: Int) -> ByteRange {
        var dash = range.start
        while dash < range.end, bytes[dash] != UInt8(ascii: "-") { dash += 1 }
        guard dash < range.end else { return .whole }
        let (from, to) = (Piece(range.start, dash), Piece(dash + 1, range.end))
        guard from.isEmpty || isNumber(bytes, from), to.isEmpty || isNumber(bytes, to) else { return .whole }
        if from.isEmpty { return to.isEmpty ? .whole : suffix(number(bytes, to), length) }
        let start = number(bytes, from)
        let end = to.isEmpty ? Int.max : number(bytes, to)
        guard start <= end else { return .whole }
        return start < length ? .part(start..<min(end, length - 1) + 1) : .outside
    }

    /// The last bytes. Of no content at all they are the whole, which no `Content-Range` can say.
    private static func suffix(_ count: Int, _ length: Int) -> ByteRange {
        if count == 0 { return .outside }
        return length == 0 ? .whole : .part(max(0, length - count)..<length)
    }

    private static func isNumber(_ bytes: Span<UInt8>, _ piece: Piece) -> Bool {
        piece.range.allSatisfy { Bytes.isDigit(bytes[$0]) }
    }

    /// SECURITY: a number that is too large is the largest one: it cannot overflow.
    private static func number(_ bytes: Span<UInt8>, _ piece: Piece) -> Int {
        var result = 0
        for index in piece.range {
            let (tenfold, isTooLarge) = result.multipliedReportingOverflow(by: 10)
            let (sum, isStillTooLarge) = tenfold.addingReportingOverflow(Int(bytes[index] &- 0x30))
            if isTooLarge || isStillTooLarge { return .max }
            result = sum
        }
        return result
    }
}
