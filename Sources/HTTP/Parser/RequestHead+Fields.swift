extension RequestHead {
    /// Takes note of a field that says where the message ends, whom it is for, or under which condition.
    mutating func note(_ bytes: Span<UInt8>, _ name: Piece, _ value: Piece) throws(Rejection) {
        switch name.count {
        case 4 where Bytes.equal(bytes, name, "host"):
            guard host == nil else { throw .manyHosts }
            host = value
        case 6 where Bytes.equal(bytes, name, "expect"): try noteExpect(bytes, value)
        case 10 where Bytes.equal(bytes, name, "connection"): noteConnection(bytes, value)
        case 14 where Bytes.equal(bytes, name, "content-length"): try noteLength(bytes, value)
        case 17 where Bytes.equal(bytes, name, "transfer-encoding"): try noteCoding(bytes, value)
        default: noteCondition(bytes, name)
        }
    }

    private mutating func noteCondition(_ bytes: Span<UInt8>, _ name: Piece) {
        switch name.count {
        case 5 where Bytes.equal(bytes, name, "range"): conditions.insert(.range)
        case 8 where Bytes.equal(bytes, name, "if-match"): conditions.insert(.match)
        case 8 where Bytes.equal(bytes, name, "if-range"): conditions.insert(.ifRange)
        case 13 where Bytes.equal(bytes, name, "if-none-match"): conditions.insert(.noneMatch)
        case 15 where Bytes.equal(bytes, name, "accept-encoding"): conditions.insert(.acceptEncoding)
        case 17 where Bytes.equal(bytes, name, "if-modified-since"): conditions.insert(.modifiedSince)
        case 19 where Bytes.equal(bytes, name, "if-unmodified-since"): conditions.insert(.unmodifiedSince)
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

    /// Chunked that is not the last coding, or is there twice, leaves the end of the content unknown: 400. With other
    /// codings before it the end is known, but not what they are: 501 (RFC 9112 sections 6.1 and 6.3).
    private mutating func noteCoding(_ bytes: Span<UInt8>, _ value: Piece) throws(Rejection) {
        guard !hasCoding else { throw .codings }
        hasCoding = true
        isChunked = Bytes.equal(bytes, value, "chunked")
        guard !isChunked else { return }
        var (last, chunked, malformed) = (Piece.none, 0, 0)
        Self.forEachElement(bytes, value) { coding in
            last = coding
            if Bytes.equal(bytes, coding, "chunked") { chunked += 1 }
            if coding.isEmpty || !coding.range.allSatisfy({ Bytes.isToken(bytes[$0]) }) { malformed += 1 }
        }
        guard malformed == 0, chunked == 1, Bytes.equal(bytes, last, "chunked") else { throw .coding }
    }

    private mutating func noteConnection(_ bytes: Span<UInt8>, _ value: Piece) {
        Self.forEachElement(bytes, value) { option in
            if Bytes.equal(bytes, option, "close") { wantsClose = true }
            if Bytes.equal(bytes, option, "keep-alive") { wantsKeepAlive = true }
        }
    }

    /// The elements of a comma-separated list without the white space around them.
    static func forEachElement(_ bytes: Span<UInt8>, _ value: Piece, _ body: (Piece) -> Void) {
        var start = value.start
        for index in value.start...value.end where index == value.end || bytes[index] == UInt8(ascii: ",") {
            body(trimmed(bytes, start, index))
            start = index + 1
        }
    }

    /// All fields, as the responder gets them.
    func headerFields(_ bytes: Span<UInt8>) -> HeaderFields {
        var result = HeaderFields()
        forEachField(bytes) { name, value in result.append(bytes.string(name), bytes.string(value)) }
        return result
    }

    /// The values of the field lines of a name (in lower case), in their order.
    func values(of name: StaticString, _ bytes: Span<UInt8>) -> [Piece] {
        var result: [Piece] = []
        forEachField(bytes) { found, value in if Bytes.equal(bytes, found, name) { result.append(value) } }
        return result
    }

    /// The value of the one field line of a name (in lower case); nil when there are several or none.
    func onlyValue(of name: StaticString, _ bytes: Span<UInt8>) -> Piece? {
        let found = values(of: name, bytes)
        return found.count == 1 ? found.first : nil
    }

    private func forEachField(_ bytes: Span<UInt8>, _ body: (_ name: Piece, _ value: Piece) -> Void) {
        var lineStart = fields.start
        while lineStart < fields.end {
            var colon = lineStart
            while bytes[colon] != Bytes.colon { colon += 1 }
            var end = colon
            while bytes[end] != Bytes.carriageReturn { end += 1 }
            body(Piece(lineStart, colon), Self.trimmed(bytes, colon + 1, end))
            lineStart = end + 2
        }
    }

    /// The bytes between two places without the white space around them.
    private static func trimmed(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Piece {
        var (from, to) = (start, end)
        while from < to, bytes[from] == Bytes.space || bytes[from] == Bytes.tab { from += 1 }
        while to > from, bytes[to - 1] == Bytes.space || bytes[to - 1] == Bytes.tab { to -= 1 }
        return Piece(from, to)
    }
}
