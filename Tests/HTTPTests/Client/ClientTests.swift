import Glibc
import TestSupport
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(1))) struct ClientTests {
    let client = Client(userAgent: "latchkey-test/1", connectTimeout: .seconds(5), maximumHeaderBytes: 4096)

    private func url(_ server: TestServer, _ path: String) -> String { "http://127.0.0.1:\(server.port)\(path)" }

    @Test func `a request arrives as it was meant and its response comes back`() async throws {
        let describe: @Sendable (Request) async -> Response = { request in
            let all = request.headers.fields.map { "\($0.name)=\($0.value)" }
            let fields = all.filter { !$0.hasPrefix("Host=") }.joined(separator: ",")
            var response = Response.text(
                207,
                "\(request.method) \(request.path)?\(request.query) \(request.body.count) \(fields)"
            )
            response.headers.append("X-Two", "1")
            response.headers.append("X-Two", "2")
            return response
        }
        try await TestServer.run(Samples.configuration(), responder: describe) { server in
            let response = try await client.send(
                ClientRequest(
                    method: "PUT", url: url(server, "/a%20b?c=d"),
                    headers: ["Content-Type": "application/json", "Accept": "text/plain", "X-Empty": ""],
                    body: Array("{}".utf8)))
            #expect(response.status == 207 && response.headers.values(of: "x-two") == ["1", "2"])
            #expect(
                String(decoding: response.body, as: UTF8.self)
                    == "PUT /a b?c=d 2 User-Agent=latchkey-test/1,Content-Type=application/json,"
                    + "Accept=text/plain,X-Empty=,Content-Length=2")
            let post = try await client.send(ClientRequest(method: "POST", url: url(server, "/")))
            #expect(
                String(decoding: post.body, as: UTF8.self)
                    == "POST /? 0 User-Agent=latchkey-test/1,Accept=*/*,Content-Length=0")
            let head = try await client.send(ClientRequest(method: "HEAD", url: url(server, "/")))
            #expect(head.status == 207 && head.body.isEmpty)
        }
    }

    @Test func `a connection is used again and a redirect is not followed`() async throws {
        try await TestServer.run(
            Samples.configuration { $0.limits.connections = 2 },
            responder: { $0.path == "/go" ? .seeOther("/there") : .text(200, "there") }
        ) { server in
            for _ in 0..<10 {
                let response = try await client.send(ClientRequest(url: url(server, "/go")))
                #expect(response.status == 303 && response.headers["Location"] == "/there")
            }
        }
    }

    static let refused: [(String, ClientError)] = [
        ("http://example.org/?secret=x", .insecureURL("example.org")), ("http://10.0.0.1/", .insecureURL("10.0.0.1")),
        ("http://127.0.0.1.example.org/", .insecureURL("127.0.0.1.example.org")),
        ("http://localhost.example.org/", .insecureURL("localhost.example.org")),
        ("http://[::2]/", .insecureURL("[::2]")), ("ftp://localhost/", .insecureURL("localhost")),
        ("http://128.0.0.1/", .insecureURL("128.0.0.1")), ("http://0127.0.0.1/", .insecureURL("87.0.0.1")),
        ("http://127.0.0.08/", .insecureURL("127.0.0.08")),
        ("file:///etc/passwd", .malformed("the address is not a URL that begins with https://")),
        ("https://u:p@localhost/", .malformed("the address of localhost holds a user name or a password")),
        ("https://u@localhost/", .malformed("the address of localhost holds a user name or a password")),
        ("https://localhost/a b", .malformed("the address has white space or a control character")),
        ("http://localhost/\r\nX: y", .malformed("the address has white space or a control character")),
        ("nonsense", .malformed("the address is not a URL that begins with https://")),
        ("", .malformed("the address is not a URL that begins with https://")),
    ]

    @Test(arguments: refused)
    func `an address that is not safe is refused before anything is sent`(_ url: String, _ error: ClientError) async {
        await #expect(throws: error) { try await client.send(ClientRequest(url: url)) }
        #expect(!error.description.contains("secret"))
    }

    @Test func `a request that would begin a second one is refused`() async {
        let field = ClientError.malformed(
            "a header field of the request has a line end or a character that is not allowed")
        for headers: HeaderFields in [["X": "a\r\nY: b"], ["X\r\nY": "b"], ["": "b"], ["X": "\u{0}"]] {
            await #expect(throws: field) {
                try await client.send(ClientRequest(url: "http://localhost:1/", headers: headers))
            }
        }
        await #expect(throws: ClientError.malformed("the method of the request is not a token")) {
            try await client.send(ClientRequest(method: "GET /\r\n", url: "http://localhost:1/"))
        }
    }

    @Test func `an option that libcurl refuses ends the request before anything is sent`() async throws {
        // libcurl takes no text of more than 8 000 000 bytes.
        let method = String(repeating: "M", count: 8_000_001)
        let error = ClientError.malformed(
            "libcurl does not take the option CUSTOMREQUEST, so nothing was sent: "
                + "A libcurl function was given a bad argument")
        try await TestServer.run(Samples.configuration()) { server in
            await #expect(throws: error) {
                try await client.send(ClientRequest(method: method, url: url(server, "/"), body: [1]))
            }
        }
    }

    @Test func `a request that libcurl does not take up is answered`() async throws {
        let order = TransferOrder(
            request: ClientRequest(url: "https://localhost/"), client: client,
            target: try ClientTarget("https://localhost/"), headerLines: [])
        let outcome = await withCheckedContinuation { continuation in
            if let transfer = Transfer(order, continuation) { #expect(!transfer.begin(on: nil)) }
        }
        #expect(outcome == .failure(.malformed("libcurl did not take the request: Invalid multi handle")))
    }

    @Test func `a refused connection and an unknown name are told apart`() async throws {
        let port = try await closedPort()
        await #expect(throws: ClientError.cannotConnect("127.0.8.7")) {
            // Another test may take the port on 127.0.0.1; nobody listens at this address.
            try await client.send(ClientRequest(url: "http://127.0.8.7:\(port)/?secret"))
        }
        // A label of more than 63 bytes is refused before any name server is asked, and there may be none here.
        let name = String(repeating: "x", count: 64) + ".invalid"
        await #expect(throws: ClientError.cannotResolve(name)) {
            try await client.send(ClientRequest(url: "https://\(name)/"))
        }
    }

    @Test func `https to a server that speaks none is an error of TLS`() async throws {
        try await TestServer.run(Samples.configuration()) { server in
            await #expect(throws: ClientError.tls("localhost")) {
                try await client.send(ClientRequest(url: "https://localhost:\(server.port)/"))
            }
        }
    }

    @Test func `a response that is too large is refused, with a length and without`() async throws {
        try await TestServer.run(
            Samples.configuration(),
            responder: { request in
                switch request.path {
                case "/events":
                    let stream = EventStream()
                    for _ in 0..<20 { stream.send(data: String(repeating: "x", count: 100)) }
                    return .events(stream)
                case "/headers": return Response(status: 200, headers: ["X": String(repeating: "x", count: 5000)])
                default: return .text(200, String(repeating: "x", count: 1000))
                }
            }
        ) { server in
            let exact = try await client.send(ClientRequest(url: url(server, "/"), maximumBytes: 1000))
            #expect(exact.body.count == 1000)
            for (path, most) in [("/", 999), ("/events", 999), ("/headers", 999)] {
                await #expect(throws: ClientError.tooLarge) {
                    try await client.send(ClientRequest(url: url(server, path), maximumBytes: most))
                }
            }
        }
    }

    @Test func `a server that does not answer in time is given up`() async throws {
        let never = Gate()
        try await TestServer.run(
            Samples.configuration(),
            responder: { _ in
                await never.wait()
                return .text(200, "late")
            }
        ) { server in
            await #expect(throws: ClientError.timedOut) {
                try await client.send(ClientRequest(url: url(server, "/"), timeout: .milliseconds(100)))
            }
            await never.open()
        }
    }

    @Test func `a cancelled task ends its request at once, before and after it began`() async throws {
        let (started, never) = (Gate(), Gate())
        try await TestServer.run(
            Samples.configuration(),
            responder: { _ in
                await started.open()
                await never.wait()
                return .text(200, "late")
            }
        ) { server in
            let running = Task { try await client.send(ClientRequest(url: url(server, "/"))) }
            await started.wait()
            running.cancel()
            await #expect(throws: ClientError.cancelled) { try await running.value }
            let early = Task {
                while !Task.isCancelled { await Task.yield() }
                return try await client.send(ClientRequest(url: url(server, "/")))
            }
            early.cancel()
            await #expect(throws: ClientError.cancelled) { try await early.value }
            await never.open()
        }
    }

    @Test func `many requests at a time are all answered`() async throws {
        try await TestServer.run(Samples.configuration(), responder: { .text(200, $0.path) }) { server in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        let response = try await client.send(ClientRequest(url: url(server, "/\(number)")))
                        return String(decoding: response.body, as: UTF8.self) == "/\(number)"
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test func `a connection that breaks in the middle is an error`() async throws {
        let server = try await ScriptedServer.start("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        await #expect(throws: ClientError.cannotConnect("127.0.0.1")) {
            try await client.send(ClientRequest(url: "http://127.0.0.1:\(server.port)/"))
        }
        let other = try await ScriptedServer.start("SSH-2.0-x\r\n")
        await #expect(throws: ClientError.malformed("the answer of 127.0.0.1 is not HTTP")) {
            try await client.send(ClientRequest(url: "http://127.0.0.1:\(other.port)/"))
        }
    }

    @Test func `errors are sentences without secrets`() {
        let errors: [ClientError] = [
            .timedOut, .cannotConnect("h"), .cannotResolve("h"), .tls("h"), .tooLarge, .insecureURL("h"),
            .malformed("m"), .cancelled, .certificate("h", .unknownAuthority), .certificate("h", .expired),
            .certificate("h", .notYetValid), .certificate("h", .otherName), .certificate("h", .noAuthority),
        ]
        #expect(
            errors.map(\.description) == [
                "the server did not answer in time", "cannot connect to h, or the connection broke",
                "the name h has no address: check the name and the DNS of this machine",
                "no secure connection to h: its TLS was refused", "the answer is too large",
                "the address of h must begin with https:// (http:// is for this machine only)", "m",
                "the request was cancelled",
                "no secure connection to h: its certificate is signed by nobody who is trusted",
                "no secure connection to h: its certificate has expired",
                "no secure connection to h: its certificate is not valid yet",
                "no secure connection to h: its certificate is for another name",
                "no secure connection to h: the file of authorities holds no certificate",
            ])
    }

    private func closedPort() async throws -> Int {
        let server = try await ScriptedServer.start("")
        defer { server.close() }
        return server.port
    }
}
