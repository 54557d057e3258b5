/// An answer to a request.
///
/// The server adds `Date`, the framing (`Content-Length` or none), `Connection`, the security headers of its
/// configuration where the response does not set them, and `Cache-Control: no-store` where the response sets none.
public struct Response: Sendable {
    /// What follows the header section.
    public enum Body: Sendable {
        /// The content, complete.
        case bytes([UInt8])
        /// A stream of server-sent events that goes on until either side closes it.
        case events(EventStream)
    }

    /// The status code: 200 to 599. Any other is answered with 500.
    public var status: Int
    /// The header fields.
    public var headers: HeaderFields
    /// The content.
    public var body: Body

    /// An answer with content of the given type, or without any.
    public init(status: Int, headers: HeaderFields = [:], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
