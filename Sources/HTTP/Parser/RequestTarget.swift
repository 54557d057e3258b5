/// The parts of a request target (RFC 9112 section 3.2).
struct RequestTarget: Equatable {
    /// The authority of an absolute target.
    var authority: Piece?
    /// The path as it was sent; empty for `*` and for a URL without one.
    var path = Piece.none
    /// The query without its question mark.
    var query = Piece.none
    /// `*`: the server as a whole.
    var isAsterisk = false

    /// Takes a target apart; every byte is already known to be visible ASCII.
    init(_ bytes: Span<UInt8>, _ head: RequestHead) throws(Rejection) {
        guard head.kind != .connect else { throw .connect }
        let target = head.target
        if bytes[target.start] == Bytes.slash {
            try split(bytes, target)
        } else if target.count == 1, bytes[target.start] == UInt8(ascii: "*"), head.kind == .options {
            isAsterisk = true
        } else {
            try absolute(bytes, target)
        }
    }

    private mutating func absolute(_ bytes: Span<UInt8>, _ target: Piece) throws(Rejection) {
        guard let start = Self.afterScheme(bytes, target) else { throw .targetForm }
        var end = start
        while end < target.end, bytes[end] != Bytes.slash, bytes[end] != UInt8(ascii: "?") { end += 1 }
        authority = Piece(start, end)
        try split(bytes, Piece(end, target.end))
    }

    private static func afterScheme(_ bytes: Span<UInt8>, _ target: Piece) -> Int? {
        let (plain, secure) = (target.start + 7, target.start + 8)
        if plain < target.end, Bytes.equal(bytes, Piece(target.start, plain), "http://") { return plain }
        if secure < target.end, Bytes.equal(bytes, Piece(target.start, secure), "https://") { return secure }
        return nil
    }

    private mutating func split(_ bytes: Span<UInt8>, _ whole: Piece) throws(Rejection) {
        var end = whole.start
        while end < whole.end, bytes[end] != UInt8(ascii: "?") { end &+= 1 }
        path = Piece(whole.start, end)
        query = Piece(min(end + 1, whole.end), whole.end)
        for index in query.range where !Bytes.isQuery(bytes[index]) { throw .target }
    }
}
