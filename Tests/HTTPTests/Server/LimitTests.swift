import HTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct LimitTests {
    static let large: [(String, Int)] = [
        ("GET /" + String(repeating: "a", count: 9000) + " HTTP/1.1\r\n", 414),
        ("GET /?" + String(repeating: "a", count: 100_000), 414),
        (Samples.get("/", "X: " + String(repeating: "a", count: 33_000) + "\r\n"), 431),
        (Samples.get("/", String(repeating: "X: a\r\n", count: 100)), 431),
        ("GET / HTTP/1.1\r\n" + String(repeating: "x", count: 40_000), 431),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65537\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n", 413),
    ]

    @Test(arguments: large)
    func `what is too large is refused, and the refusal can be read while more is sent`(_ text: String, _ status: Int)
        async throws
    {
        try await TestServer.run(Samples.configuration()) { server in
            let client = try await server.connect()
            try await client.send(text)
            let response = try await client.response()
            #expect(response.status == status && response.headers["Connection"] == "close")
            #expect(try await client.restText() == "")
        }
    }

    @Test func `what is just small enough is served`() async throws {
        try await TestServer.run(
            Samples.configuration(), responder: { .text(200, "\($0.body.count) \($0.headers.fields.count)") }
        ) {
            server in
            let client = try await server.connect()
            try await client.send("GET /" + String(repeating: "a", count: 8192 - 16) + " HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await client.response().text == "0 1")
            try await client.send(Samples.get("/", String(repeating: "X: a\r\n", count: 99)))
            #expect(try await client.response().text == "0 100")
            let body = String(repeating: "b", count: 65_536)
            try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n" + body)
            #expect(try await client.response().text == "65536 2")
            try await client.send(
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000\r\n\(body)\r\n0\r\n\r\n")
            #expect(try await client.response().text == "65536 2")
        }
    }

    @Test func `a head that does not come in time gets 408, however many bytes still come`() async throws {
        try await TestServer.run(Samples.configuration { $0.limits.headerTime = .milliseconds(200) }) { server in
            var response: RawResponse?
            // On a busy machine the time may be over before the first byte has arrived; then there is no answer.
            while response == nil {
                let client = try await server.connect()
                try await client.send("GET / HTTP/1.1\r\nX: ")
                let sending = Task { while !Task.isCancelled { try await client.send("a") } }
                response = try? await client.response()
                sending.cancel()
            }
            #expect(response?.status == 408 && response?.text == "The request did not arrive in time.\n")
        }
    }

    @Test func `content that does not come in time gets 408`() async throws {
        try await TestServer.run(Samples.configuration { $0.limits.bodyTime = .milliseconds(100) }) { server in
            let response = try await server.request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")
            #expect(response.status == 408)
        }
    }

    @Test func `a connection without a request is closed without a word`() async throws {
        try await TestServer.run(Samples.configuration { $0.limits.headerTime = .milliseconds(100) }) { server in
            let fresh = try await server.connect()
            #expect(try await fresh.restText() == "")
        }
        let configuration = Samples.configuration { $0.limits.idleTime = .milliseconds(100) }
        try await TestServer.run(configuration, site: Samples.site) { server in
            let used = try await server.connect()
            try await used.send(Samples.get("/"))
            #expect(try await used.response().status == 200)
            #expect(try await used.restText() == "")
        }
    }

    @Test func `a client that takes nothing is cut off`() async throws {
        let body = [UInt8](repeating: 1, count: 20_000_000)
        let file = StaticSite.File(path: "/big", contentType: "a/b", body: body, etag: "")
        let configuration = Samples.configuration { $0.limits.writeTime = .milliseconds(200) }
        let done = Gate()
        var logged = configuration
        logged.log = { entry in if entry.path == "/big" { Task { await done.open() } } }
        try await TestServer.run(logged, site: StaticSite(files: [file])) { server in
            let client = try await RawClient.connect(port: server.port, receiveBuffer: 4096)
            try await client.send(Samples.get("/big"))
            await done.wait()
            #expect(try await client.rest().count < body.count)
        }
    }

    @Test func `beyond the limit of connections a client gets 503 while none of them is idle`() async throws {
        try await TestServer.run(
            Samples.configuration { $0.limits.connections = 2 }, site: Samples.site,
            responder: { _ in .events(EventStream()) }
        ) { server in
            let first = try await server.connect()
            let second = try await server.connect()
            for client in [first, second] {
                try await client.send(Samples.get("/events"))
                _ = try await client.bytes(through: "\r\n\r\n")
            }
            let third = try await server.connect()
            let response = try await third.response()
            #expect(
                response.status == 503 && response.text == "There are too many connections. Try again in a moment.\n")
            #expect(response.headers["Retry-After"] == "5")
            first.close()
            second.close()
            var status = 0
            while status != 200 { status = (try? await server.request(Samples.get("/")).status) ?? 0 }
        }
    }

    @Test func `at the limit of connections the one that is idle for longest makes room`() async throws {
        try await TestServer.run(Samples.configuration { $0.limits.connections = 2 }, site: Samples.site) { server in
            let first = try await server.connect()
            let second = try await server.connect()
            for client in [first, second, first] {
                try await client.send(Samples.get("/"))
                #expect(try await client.response().status == 200)
            }
            #expect(try await server.request(Samples.get("/")).status == 200)
            #expect(try await second.restText() == "")
            try await first.send(Samples.get("/"))
            #expect(try await first.response().status == 200)
        }
    }

    @Test func `many unfinished requests together cannot fill the memory`() async throws {
        try await TestServer.run(Samples.configuration { $0.limits.buffered = 100_000 }, responder: Samples.echo) {
            server in
            var waiting: [RawClient] = []
            var refused: RawResponse?
            let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 30000\r\n\r\n"
            while refused == nil, waiting.count < 10 {
                let client = try await server.connect()
                try await client.send(head)
                #expect(try await client.response().status == 100)
                try await client.send(String(repeating: "a", count: 29_000))
                waiting.append(client)
                if waiting.count > 3 { refused = try await waiting.removeLast().response() }
            }
            #expect(refused?.status == 503)
            for client in waiting {
                try await client.send(String(repeating: "b", count: 1000))
                #expect(try await client.response().status == 200)
            }
            #expect(try await server.request(Samples.get("/")).status == 200)
        }
    }
}
