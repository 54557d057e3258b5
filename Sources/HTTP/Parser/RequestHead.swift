/// What the server must know of a request line and its header section, as places in the bytes that were received.
///
/// It has a fixed size and owns nothing, so that a request for a static file needs no memory of its own.
struct RequestHead {
    /// The methods that the server itself tells apart.
    enum Method { case get, head, options, connect, other }

    /// Fields that change how a file is answered. Mostly none is there, and then none is looked for.
    struct Conditions: OptionSet {
        let rawValue: UInt8

        static let acceptEncoding = Conditions(rawValue: 1)
        static let match = Conditions(rawValue: 2)
        static let noneMatch = Conditions(rawValue: 4)
        static let modifiedSince = Conditions(rawValue: 8)
        static let unmodifiedSince = Conditions(rawValue: 16)
        static let range = Conditions(rawValue: 32)
        static let ifRange = Conditions(rawValue: 64)
    }

    var kind = Method.other
    var method = Piece.none
    var target = Piece.none
    /// 0 or 1, for HTTP/1.0 and HTTP/1.1.
    var minorVersion: UInt8 = 1
    /// The header section without the empty line at its end.
    var fields = Piece.none
    var host: Piece?
    /// The number in `Content-Length`, or nil.
    var contentLength: Int?
    var isChunked = false
    /// Whether there is a `Transfer-Encoding` field at all.
    var hasCoding = false
    /// `Connection: close`, and `Connection: keep-alive`.
    var wantsClose = false
    var wantsKeepAlive = false
    var expectsContinue = false
    /// Which fields there are that only some requests for a file have.
    var conditions: Conditions = []

    /// Whether the connection may go on after the response (RFC 9112 section 9.3).
    var allowsKeepAlive: Bool {
        !wantsClose && (minorVersion == 1 || wantsKeepAlive)
    }

    /// Whether content follows the header section.
    var hasBody: Bool {
        isChunked || (contentLength ?? 0) > 0
    }
}
