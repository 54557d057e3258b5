/// How a server runs.
public struct ServerConfiguration: Sendable {
    /// Where it listens; at least one address.
    public var listen: [ListenAddress]
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
    /// Where answered requests are noted; nil costs nothing.
    public var log: AccessLog?

    /// A configuration.
    public init(
        listen: [ListenAddress], threads: Int? = nil, limits: Limits = Limits(), allowedHosts: [String] = [],
        basePath: String = "/", securityHeaders: HeaderFields = [:], log: AccessLog? = nil
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
