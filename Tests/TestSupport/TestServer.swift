public import HTTP

/// A responder made of a closure.
public struct ClosureResponder: Responder {
    private let body: @Sendable (Request) async -> Response

    /// A responder that answers with what the closure returns.
    public init(_ body: @escaping @Sendable (Request) async -> Response) {
        self.body = body
    }

    /// The closure's answer.
    public func respond(to request: Request) async -> Response {
        await body(request)
    }
}

/// A server on a free port of this machine, for the time of a test.
public struct TestServer: Sendable {
    /// The server.
    public let server: Server
    /// The port that it took.
    public let port: Int

    /// Runs `body` with a server and stops it afterwards. `listen` in the configuration may be empty.
    public static func run(
        _ configuration: ServerConfiguration = .patient,
        site: StaticSite = StaticSite(files: []),
        responder: @escaping @Sendable (Request) async -> Response = { _ in .text(404, "no") },
        _ body: (TestServer) async throws -> Void
    ) async throws {
        var configuration = configuration
        if configuration.listen.isEmpty { configuration.listen = [.tcp(host: "127.0.0.1", port: 0)] }
        let server = Server(configuration: configuration, site: site, responder: ClosureResponder(responder))
        let bound = try server.start()
        do {
            try await body(TestServer(server: server, port: bound.first?.port ?? 0))
        } catch {
            await server.stop(grace: .zero)
            throw error
        }
        await server.stop(grace: .zero)
    }

    /// A new connection.
    public func connect() async throws -> RawClient {
        try await RawClient.connect(port: port)
    }

    /// Sends one request on a connection of its own; the response.
    public func request(_ text: String, isHead: Bool = false) async throws -> RawResponse {
        let client = try await connect()
        try await client.send(text)
        return try await client.response(isHead: isHead)
    }
}

extension ServerConfiguration {
    /// The defaults, but for a busy machine: a test may rest longer between two lines than a client may.
    public static var patient: ServerConfiguration {
        var configuration = ServerConfiguration(listen: [])
        configuration.limits.headerTime = .seconds(60)
        configuration.limits.bodyTime = .seconds(60)
        return configuration
    }
}
