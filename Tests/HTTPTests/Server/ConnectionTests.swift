import HTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    @Test func `many requests in one piece are answered in their order`() async throws {
        try await TestServer.run(Samples.configuration(), site: Samples.site, responder: Samples.echo) { server in
            let client = try await server.connect()
            let paths = (0..<60).map { $0 % 3 == 0 ? "/" : "/n/\($0)" }
            try await client.send(paths.map { Samples.get($0) }.joined())
            for path in paths {
                let text = try await client.response().text
                #expect(text == (path == "/" ? "<p>hello</p>" : "GET \(path)? "))
            }
        }
    }

    @Test func `a request that comes byte by byte is answered`() async throws {
        try await TestServer.run(Samples.configuration(), responder: Samples.echo) { server in
            let client = try await server.connect()
            for byte in "POST /p?q HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".utf8 {
                try await client.send([byte])
            }
            #expect(try await client.response().text == "POST /p?q abc")
        }
    }

    @Test func `chunked content is put together, and the next request begins after it`() async throws {
        try await TestServer.run(Samples.configuration(), responder: Samples.echo) { server in
            let client = try await server.connect()
            try await client.send(
                "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n"
                    + Samples.get("/next"))
            #expect(try await client.response().text == "POST /c? abcde")
            #expect(try await client.response().text == "GET /next? ")
        }
    }

    @Test func `a response in the making holds back the next ones and the reading`() async throws {
        let gate = Gate()
        try await TestServer.run(
            Samples.configuration(), site: Samples.site,
            responder: { request in
                await gate.wait()
                return .text(200, request.path)
            }
        ) { server in
            let client = try await server.connect()
            let count = 3000
            let sending = Task {
                try await client.send((0..<count).map { Samples.get($0 == 0 ? "/slow" : "/", "X: \($0)\r\n") }.joined())
            }
            // The other connection shows that the loop is not held up.
            #expect(try await server.request(Samples.get("/")).status == 200)
            await gate.open()
            #expect(try await client.response().text == "/slow")
            for _ in 1..<count { #expect(try await client.response().text == "<p>hello</p>") }
            try await sending.value
        }
    }

    @Test func `HTTP 1.0 closes after the response unless it asks for more`() async throws {
        try await TestServer.run(Samples.configuration(), site: Samples.site) { server in
            let client = try await server.connect()
            try await client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let first = try await client.response()
            #expect(first.status == 200 && first.headers["Connection"] == "keep-alive")
            try await client.send("GET / HTTP/1.0\r\n\r\n")
            let second = try await client.response()
            #expect(second.status == 200 && second.headers["Connection"] == "close")
            #expect(try await client.restText() == "")
        }
    }

    @Test func `Connection close is honoured`() async throws {
        try await TestServer.run(Samples.configuration(), responder: Samples.echo) { server in
            let client = try await server.connect()
            try await client.send(Samples.get("/x", "Connection: close\r\n") + Samples.get("/y"))
            let response = try await client.response()
            #expect(response.text == "GET /x? " && response.headers["Connection"] == "close")
            #expect(try await client.restText() == "")
        }
    }

    @Test func `a client that has sent everything and half-closes is still answered`() async throws {
        let gate = Gate()
        try await TestServer.run(
            Samples.configuration(), site: Samples.site,
            responder: { _ in
                await gate.wait()
                return .text(200, "late")
            }
        ) { server in
            let client = try await server.connect()
            try await client.send(Samples.get("/slow") + Samples.get("/"))
            client.shutdownWrites()
            #expect(try await server.request(Samples.get("/")).status == 200)
            await gate.open()
            #expect(try await client.response().text == "late")
            #expect(try await client.response().text == "<p>hello</p>")
            #expect(try await client.restText() == "")
        }
    }

    @Test func `a client that resets its connection cancels the task`() async throws {
        let (started, cancelled) = (Gate(), Gate())
        try await TestServer.run(
            Samples.configuration(),
            responder: { _ in
                await withTaskCancellationHandler {
                    await started.open()
                    await cancelled.wait()
                } onCancel: {
                    Task { await cancelled.open() }
                }
                return .text(200, "nobody reads this")
            }
        ) { server in
            let client = try await server.connect()
            try await client.send(Samples.get("/x"))
            await started.wait()
            client.reset()
            await cancelled.wait()
        }
    }

    @Test func `100 Continue is sent when the content waits for it, and only then`() async throws {
        try await TestServer.run(Samples.configuration { $0.limits.body = 10 }, responder: Samples.echo) { server in
            let client = try await server.connect()
            try await client.send("POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(try await client.response().head == "HTTP/1.1 100 Continue\r\n\r\n")
            try await client.send("ab")
            #expect(try await client.response().text == "POST /e? ab")
            try await client.send("POST /e HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99\r\n\r\n")
            #expect(try await client.response().status == 413)
            #expect(try await client.restText() == "")
        }
    }

    @Test func `a responder's HEAD has the length and no content`() async throws {
        try await TestServer.run(Samples.configuration(), responder: Samples.echo) { server in
            let client = try await server.connect()
            try await client.send("HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n" + Samples.get("/h"))
            let response = try await client.response(isHead: true)
            #expect(response.headers["Content-Length"] == "9" && response.headers["Cache-Control"] == "no-store")
            #expect(try await client.response().text == "GET /h? ")
        }
    }

    @Test func `the framing is the server's, and fields that the responder sets win over the defaults`() async throws {
        let headers: HeaderFields = [
            "Content-Length": "999", "Transfer-Encoding": "chunked", "connection": "close",
            "Cache-Control": "max-age=1",
            "X-Content-Type-Options": "other", "Set-Cookie": "a=1", "Set-cookie": "b=2",
        ]
        try await TestServer.run(
            Samples.configuration(),
            responder: { _ in Response(status: 201, headers: headers, body: .bytes(Array("abc".utf8))) }
        ) { server in
            let client = try await server.connect()
            for _ in 0..<2 {
                try await client.send(Samples.get("/x"))
                let response = try await client.response()
                #expect(
                    response.head.split(separator: "\r\n").filter { !$0.hasPrefix("Date: ") } == [
                        "HTTP/1.1 201 Created", "Cache-Control: max-age=1", "X-Content-Type-Options: other",
                        "Set-Cookie: a=1", "Set-cookie: b=2", "Content-Length: 3",
                    ])
            }
        }
    }

    @Test func `a response that would begin a second one is refused`() async throws {
        try await TestServer.run(
            Samples.configuration(),
            responder: { request in
                request.path == "/status"
                    ? Response(status: 101) : Response(status: 200, headers: ["X": "a\r\n\r\nHTTP/1.1 200 OK"])
            }
        ) { server in
            for path in ["/status", "/fields"] {
                let response = try await server.request(Samples.get(path))
                #expect(response.status == 500 && response.text == "The answer to this request was malformed.\n")
            }
        }
    }

    @Test func `204 and 304 of a responder have neither content nor length`() async throws {
        try await TestServer.run(
            Samples.configuration(),
            responder: { Response(status: $0.path == "/204" ? 204 : 304, body: .bytes(Array("no".utf8))) }
        ) { server in
            let client = try await server.connect()
            for status in [204, 304, 204] {
                try await client.send(Samples.get("/\(status)"))
                let response = try await client.response()
                #expect(response.status == status && response.headers["Content-Length"] == nil)
            }
        }
    }
}
