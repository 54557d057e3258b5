import HTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct StaticFileTests {
    @Test func `a file comes with its fields and the security headers`() async throws {
        try await TestServer.run(Samples.configuration(), site: Samples.site) { server in
            let response = try await server.request(Samples.get("/"))
            #expect(response.status == 200 && response.text == "<p>hello</p>")
            #expect(
                response.headers.fields.map(\.name) == [
                    "Date", "Content-Type", "Accept-Ranges", "Content-Length", "ETag", "Cache-Control",
                    "X-Content-Type-Options",
                ])
            #expect(response.headers["Cache-Control"] == "no-cache" && response.headers["ETag"] == "\"v1\"")
        }
    }

    @Test func `a path is looked up decoded, and extra fields are sent`() async throws {
        try await TestServer.run(Samples.configuration(), site: Samples.site) { server in
            let response = try await server.request(Samples.get("/x/../a%20b.css?v=1"))
            #expect(response.status == 200 && response.text == "p{}" && response.headers["X-Extra"] == "1")
            #expect(response.headers["Cache-Control"] == "public, max-age=31536000, immutable")
        }
    }

    @Test func `HEAD has the fields of GET and no content`() async throws {
        try await TestServer.run(Samples.configuration(), site: Samples.site) { server in
            let client = try await server.connect()
            try await client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + Samples.get("/"))
            let head = try await client.response(isHead: true)
            let whole = try await client.response()
            #expect(head.head == whole.head && whole.text == "<p>hello</p>")
        }
    }

    static let conditions: [(String, Int)] = [
        ("If-None-Match: \"v1\"\r\n", 304), ("If-None-Match: W/\"v1\"\r\n", 304), ("If-None-Match: *\r\n", 304),
        ("If-None-Match: \"x\", \"v1\"\r\n", 304), ("If-None-Match: \"x\"\r\nif-none-match: \"v1\"\r\n", 304),
        ("If-None-Match: \"v2\"\r\n", 200), ("If-None-Match: v1\r\n", 200),
        ("If-None-Match: \"x\"\r\nIf-None-Match: \"y\"\r\n", 200),
    ]

    @Test(arguments: conditions)
    func `If-None-Match gives 304 without content`(_ field: String, _ status: Int) async throws {
        try await TestServer.run(Samples.configuration(), site: Samples.site) { server in
            let client = try await server.connect()
            try await client.send(Samples.get("/", field) + Samples.get("/nothing"))
            let response = try await client.response()
            #expect(response.status == status && response.headers["ETag"] == "\"v1\"")
            if status == 304 { #expect(response.headers["Content-Length"] == nil) }
            #expect(response.headers["X-Content-Type-Options"] == "nosniff")
            #expect(try await client.response().status == 404)
        }
    }

    @Test func `other methods of a static path are the responder's, and 405 when it knows none`() async throws {
        try await TestServer.run(Samples.configuration(), site: Samples.site) { server in
            let response = try await server.request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
            #expect(response.status == 405 && response.headers["Allow"] == "GET, HEAD, OPTIONS")
            #expect(response.text == "This address can only be read.\n")
            let options = try await server.request("OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(options.status == 204 && options.headers["Allow"] == "GET, HEAD, OPTIONS")
            let star = try await server.request("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(star.status == 204 && star.headers["Allow"] == "GET, HEAD, OPTIONS, POST")
        }
        try await TestServer.run(Samples.configuration(), site: Samples.site, responder: Samples.echo) { server in
            let response = try await server.request("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
            #expect(response.status == 200 && response.text == "POST /? ab")
        }
    }

    @Test func `content that a GET of a file brings is read and dropped`() async throws {
        try await TestServer.run(Samples.configuration(), site: Samples.site) { server in
            let client = try await server.connect()
            try await client.send(Samples.get("/", "Content-Length: 5\r\n") + "GET /" + Samples.get("/a%20b.css"))
            #expect(try await client.response().text == "<p>hello</p>")
            #expect(try await client.response().text == "p{}")
        }
    }

    @Test func `a site that was replaced is served at once`() async throws {
        try await TestServer.run(Samples.configuration { $0.threads = 2 }, site: Samples.site) { server in
            let client = try await server.connect()
            try await client.send(Samples.get("/"))
            #expect(try await client.response().headers["ETag"] == "\"v1\"")
            for version in 2..<50 {
                var page = Samples.page
                page.etag = "\"v\(version)\""
                try server.server.reload(Samples.configuration(), site: StaticSite(files: [page]))
                try await client.send(Samples.get("/"))
                #expect(try await client.response().headers["ETag"] == page.etag)
            }
            try await client.send(Samples.get("/a%20b.css"))
            #expect(try await client.response().status == 404)
        }
    }

    @Test func `a slow reader gets every byte of a large file, also when the site is replaced meanwhile`() async throws
    {
        let body = (0..<4_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let file = StaticSite.File(path: "/big", contentType: "application/octet-stream", body: body, etag: "\"b\"")
        try await TestServer.run(Samples.configuration(), site: StaticSite(files: [file])) { server in
            let client = try await RawClient.connect(port: server.port, receiveBuffer: 4096)
            try await client.send(Samples.get("/big") + Samples.get("/big"))
            let head = try await client.bytes(through: "\r\n\r\n")
            try server.server.reload(Samples.configuration(), site: StaticSite(files: []))
            #expect(head.starts(with: Array("HTTP/1.1 200 OK\r\n".utf8)))
            #expect(try await client.bytes(count: body.count) == body)
            #expect(try await client.response().status == 404)
        }
    }
}
