import HTTP
import TestSupport
import Testing

/// Answers that are made on the thread of the loop.
@Suite(.timeLimit(.minutes(1))) struct QuickAnswerTests {
    /// Waits at a gate when it is told to.
    private final class Quick: Responder {
        let gate = Gate()

        func isQuick(_ request: Request) -> Bool { true }

        func respond(to request: Request) async -> Response {
            if request.path == "/wait" { await gate.wait() }
            if request.path == "/open" { await gate.open() }
            await Task.yield()
            return .text(200, request.path)
        }
    }

    private func run(_ body: (RawClient, RawClient, Server) async throws -> Void) async throws {
        var configuration = Samples.configuration()
        configuration.listen = [.tcp(host: "127.0.0.1", port: 0)]
        let server = Server(configuration: configuration, site: Samples.site, responder: Quick())
        let port = try server.start().first?.port ?? 0
        let (first, second) = (try await RawClient.connect(port: port), try await RawClient.connect(port: port))
        do {
            try await body(first, second, server)
        } catch {
            await server.stop(grace: .zero)
            throw error
        }
        await server.stop(grace: .zero)
    }

    @Test func `many answers come in their order`() async throws {
        try await run { client, _, _ in
            let paths = (0..<200).map { "/\($0)" }
            try await client.send(paths.map { Samples.get($0) }.joined())
            for path in paths { #expect(try await client.response().text == path) }
        }
    }

    @Test func `an answer that waits holds up nobody, and goes on when what it waits for is there`() async throws {
        try await run { first, second, _ in
            try await first.send(Samples.get("/wait"))
            try await second.send(Samples.get("/a") + Samples.get("/") + Samples.get("/open"))
            #expect(try await second.response().text == "/a")
            #expect(try await second.response().text == "<p>hello</p>")
            #expect(try await second.response().text == "/open")
            #expect(try await first.response().text == "/wait")
        }
    }

    @Test func `a task whose loop has ended still comes to its end`() async throws {
        let responder = Quick()
        var configuration = Samples.configuration()
        configuration.listen = [.tcp(host: "127.0.0.1", port: 0)]
        let server = Server(configuration: configuration, responder: responder)
        let client = try await RawClient.connect(port: try server.start().first?.port ?? 0)
        try await client.send(Samples.get("/wait") + Samples.get("/b"))
        await server.stop(grace: .zero)
        // The stop cancels the task, the gate then lets it go, and nothing crashes or hangs.
        await responder.gate.open()
        #expect(try await client.restText() == "")
    }
}
