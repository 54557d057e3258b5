/// How a server runs.
public struct ServerConfiguration: Sendable {
    /// Where it listens. With `inherited` at least one address.
    public var listen: [ListenAddress]
    /// Sockets that listen already and that the server takes over.
    public var inherited: [InheritedSocket] = []
    /// Who may connect to the unix sockets in `listen`.
    public var unixSockets = UnixSocketAccess()
    /// The number of event loops. Default: one for each processor.
    public var threads: Int
    /// What a client may use.
    public var limits: Limits
    /// The host names that it answers for: `localhost`, `127.0.0.1`, `[::1]`, names. Ports and case do not count.
    /// SECURITY: an empty list allows every host, and so DNS rebinding.
    public var allowedHosts: [String]
    /// The path below which everything is, with `/` at both ends: `/`, `/settings/`.
    public var basePath: String
    /// Fields of every response that does not set them itself.
    public var securityHeaders: HeaderFields
    /// Asked on the thread of the loop before a file that is gated is served: an answer that takes its place, such as
    /// the way to a sign-in, or nil. It must not block.
    public var gate: (@Sendable (Request) -> Response?)?
    /// Told of each request that was answered; nil costs nothing. It is called on the thread of a loop and must not wait.
    public var log: (@Sendable (AccessLogEntry) -> Void)?
    /// The reverse proxies whose word on who sent a request counts.
    public var proxies = TrustedProxies()
    /// Peers that are not counted by `Limits.clientConnections`, because they speak for many clients: reverse proxies.
    /// It is called on the thread of a loop for each connection and must not wait.
    public var isTrusted: @Sendable (ClientAddress) -> Bool = { _ in false }
    /// Told of what clients run into: at most once a minute for each kind, with the number of times since it was told
    /// last. It is called on the thread of a loop and must not wait.
    public var notice: (@Sendable (ServerNotice, Int) -> Void)?

    /// A configuration.
    public init(
        listen: [ListenAddress], threads: Int? = nil, limits: Limits = Limits(), allowedHosts: [String] = [],
        basePath: String = "/", securityHeaders: HeaderFields = [:], log: (@Sendable (AccessLogEntry) -> Void)? = nil
    ) {
        self.listen = listen
        self.threads = threads ?? Machine.processors
        self.limits = limits
        self.allowedHosts = allowedHosts
        self.basePath = basePath
        self.securityHeaders = securityHeaders
        self.log = log
    }
}
