import HTTP
import Synchronization
import TestSupport
import Testing

/// Answers that are there already.
@Suite(.timeLimit(.minutes(1))) struct ReadyResponseTests {
    private final class Ready: Responder {
        let gate = Gate()
        let asked = Mutex<[String]>([])

        func readyResponse(to request: Request) -> Response? {
            switch request.path {
            case "/ready": .text(200, "ready")
            case "/wrong": Response(status: 99)
            default: nil
            }
        }

        func respond(to request: Request) async -> Response {
            asked.withLock { $0.append(request.path) }
            if request.path == "/wait" { await gate.wait() }
            return .text(200, request.path)
        }
    }

    @Test func `they are sent in their order among others, and nobody is asked for them`() async throws {
        let responder = Ready()
        var configuration = Samples.configuration()
        configuration.listen = [.tcp(host: "127.0.0.1", port: 0)]
        let server = Server(configuration: configuration, site: Samples.site, responder: responder)
        let client = try await RawClient.connect(port: try server.start().first?.port ?? 0)
        try await client.send(["/ready", "/wait", "/ready", "/ready", "/", "/a"].map { Samples.get($0) }.joined())
        #expect(try await client.response().text == "ready")
        await responder.gate.open()
        var texts: [String] = []
        for _ in 0..<5 { texts.append(try await client.response().text) }
        #expect(texts == ["/wait", "ready", "ready", "<p>hello</p>", "/a"])
        #expect(responder.asked.withLock(\.self) == ["/wait", "/a"])
        // With content, too, and one that cannot be sent is asked for.
        try await client.send(
            "POST /ready HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc" + Samples.get("/wrong"))
        #expect(try await client.response().text == "ready")
        #expect(try await client.response().text == "/wrong")
        await server.stop(grace: .zero)
    }
}
