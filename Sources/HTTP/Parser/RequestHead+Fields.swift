extension RequestHead {
    /// Takes note of a field that says where the message ends, whom it is for, or under which condition.
    mutating func note(_ bytes: Span<UInt8>, _ name: Piece, _ value: Piece) throws(Rejection) {
        switch name.count {
        case 4 where Bytes.equal(bytes, name, "host"):
            guard host == nil else { throw .manyHosts }
            host = value
        case 6 where Bytes.equal(bytes, name, "expect"): try noteExpect(bytes, value)
        case 10 where Bytes.equal(bytes, name, "connection"): noteConnection(bytes, value)
        case 13 where Bytes.equal(bytes, name, "if-none-match"):
            hasManyNoneMatch = noneMatch != nil
            if noneMatch == nil { noneMatch = value }
        case 14 where Bytes.equal(bytes, name, "content-length"): try noteLength(bytes, value)
        case 17 where Bytes.equal(bytes, name, "transfer-encoding"): try noteCoding(bytes, value)
        default: break
        }
    }

    /// What only the whole header section shows.
    func check() throws(Rejection) {
        if minorVersion == 1, host == nil { throw .noHost }
        guard hasCoding else { return }
        if contentLength != nil { throw .codingAndLength }
        if minorVersion == 0 { throw .codingInOldVersion }
        if !isChunked { throw .unknownCoding }
    }

    private mutating func noteExpect(_ bytes: Span<UInt8>, _ value: Piece) throws(Rejection) {
        guard Bytes.equal(bytes, value, "100-continue") else { throw .expectation }
        expectsContinue = true
    }

    /// SECURITY: digits only, no sign, no list, and few enough that no sum can overflow.
    private mutating func noteLength(_ bytes: Span<UInt8>, _ value: Piece) throws(Rejection) {
        guard contentLength == nil else { throw .lengths }
        guard (1...18).contains(value.count) else { throw .length }
        var number = 0
        for index in value.range {
            guard Bytes.isDigit(bytes[index]) else { throw .length }
            number = number &* 10 &+ Int(bytes[index] &- 0x30)
        }
        contentLength = number
    }

    private mutating func noteCoding(_ bytes: Span<UInt8>, _ value: Piece) throws(Rejection) {
        guard !hasCoding else { throw .codings }
        hasCoding = true
        isChunked = Bytes.equal(bytes, value, "chunked")
        if !isChunked, value.isEmpty || Self.mentionsChunked(bytes, value) { throw .coding }
    }

    private static func mentionsChunked(_ bytes: Span<UInt8>, _ value: Piece) -> Bool {
        guard value.count >= 7 else { return false }
        return (value.start...(value.end - 7)).contains { Bytes.equal(bytes, Piece($0, $0 + 7), "chunked") }
    }

    private mutating func noteConnection(_ bytes: Span<UInt8>, _ value: Piece) {
        Self.forEachElement(bytes, value) { option in
            if Bytes.equal(bytes, option, "close") { wantsClose = true }
            if Bytes.equal(bytes, option, "keep-alive") { wantsKeepAlive = true }
        }
    }

    /// The elements of a comma-separated list without the white space around them.
    private static func forEachElement(_ bytes: Span<UInt8>, _ value: Piece, _ body: (Piece) -> Void) {
        var start = value.start
        for index in value.start...value.end where index == value.end || bytes[index] == UInt8(ascii: ",") {
            body(trimmed(bytes, start, index))
            start = index + 1
        }
    }

    /// All fields, as the responder gets them.
    func headerFields(_ bytes: Span<UInt8>) -> HeaderFields {
        var result = HeaderFields()
        var lineStart = fields.start
        while lineStart < fields.end {
            var colon = lineStart
            while bytes[colon] != Bytes.colon { colon += 1 }
            var end = colon
            while bytes[end] != Bytes.carriageReturn { end += 1 }
            let value = Self.trimmed(bytes, colon + 1, end)
            result.append(bytes.string(Piece(lineStart, colon)), bytes.string(value))
            lineStart = end + 2
        }
        return result
    }

    /// The bytes between two places without the white space around them.
    private static func trimmed(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Piece {
        var (from, to) = (start, end)
        while from < to, bytes[from] == Bytes.space || bytes[from] == Bytes.tab { from += 1 }
        while to > from, bytes[to - 1] == Bytes.space || bytes[to - 1] == Bytes.tab { to -= 1 }
        return Piece(from, to)
    }
}
