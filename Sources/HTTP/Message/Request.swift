/// A request that the server has read completely and found to be well-formed (RFC 9110, RFC 9112).
public struct Request: Sendable {
    /// The method as it was sent: `GET`, `POST`.
    public var method: String
    /// The path: percent-decoded once, dot segments resolved, without the server's base path, with a leading `/`.
    public var path: String
    /// The query as it was sent, without `?`; empty when there is none.
    public var query: String
    /// The header fields.
    public var headers: HeaderFields
    /// The content, complete.
    public var body: [UInt8]
    /// The address of the other end of the connection: `127.0.0.1`, `::1`, or `unix` for a unix socket.
    public var peer: String
    /// Who sent it, as far as listed proxies tell (`ServerConfiguration.proxies`).
    public var sender: Sender
    /// The address of the client, which is the peer's unless a listed proxy tells another.
    public var client: String { sender.address }

    /// A request; the server makes these, and tests of handlers may.
    public init(
        method: String, path: String, query: String = "", headers: HeaderFields = [:], body: [UInt8] = [],
        peer: String = "127.0.0.1", sender: Sender? = nil
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.peer = peer
        self.sender = sender ?? Sender(address: peer)
    }
}
