/// Who sent a request, as far as listed proxies tell. Without a listed proxy it is the other end of the connection.
public struct Sender: Sendable, Equatable {
    /// The address of the client: `203.0.113.7`, `2001:db8::1`, or `unix` for a unix socket.
    public var address: String
    /// Whether the other end of the connection is a listed proxy: then what it adds to requests can be believed.
    public var isThroughProxy: Bool
    /// The scheme that the client used, in lower case, as the proxy tells it: `http` or `https`.
    ///
    /// SECURITY: this and `host` are hints for people. Addresses that leave Latchkey are made from the configuration.
    public var scheme: String?
    /// The host that the client asked for, as the proxy tells it, perhaps with a port: `latchkey.example`.
    public var host: String?

    /// A sender.
    public init(address: String, isThroughProxy: Bool = false, scheme: String? = nil, host: String? = nil) {
        self.address = address
        self.isThroughProxy = isThroughProxy
        self.scheme = scheme
        self.host = host
    }
}
