import HTTP
import TestSupport
import Testing

/// Conditions, ranges and codings of files, over a real connection.
@Suite(.timeLimit(.minutes(1))) struct NegotiationTests {
    /// Sun, 06 Nov 1994 08:49:37 GMT.
    static let modified: Int64 = 784_111_777
    static let time = "Sun, 06 Nov 1994 08:49:37 GMT"
    static let before = "Sun, 06 Nov 1994 08:49:36 GMT"

    static let site: StaticSite = {
        var text = StaticSite.File(
            path: "/t", contentType: "text/plain", body: Array("0123456789".utf8), etag: "\"v\"")
        text.gzip = Array("gzipped".utf8)
        text.brotli = Array("broken".utf8)
        text.modified = modified
        var other = text
        other.path = "/other"
        var plain = StaticSite.File(path: "/p", contentType: "image/png", body: Array("abc".utf8), etag: "\"p\"")
        plain.modified = modified
        let bare = StaticSite.File(path: "/b", contentType: "a/b", body: [], etag: "")
        var dated = bare
        dated.path = "/d"
        dated.modified = modified
        return StaticSite(files: [text, other, plain, bare, dated], securityHeaders: Samples.security)
    }()

    /// One row: the fields of a GET for `/t`, the status, the content and the entity tag.
    struct Row: Sendable {
        let fields: [String]
        let status: Int
        let text: String
        let tag: String?

        init(_ fields: String..., status: Int = 200, text: String = "", tag: String? = "\"v\"") {
            (self.fields, self.status, self.text, self.tag) = (fields, status, text, tag)
        }
    }

    private static let whole = "0123456789"
    private static let stale = "The file is not the one that the request is about.\n"

    static let conditions: [Row] = [
        Row("If-None-Match: \"v\"", status: 304), Row("If-None-Match: W/\"v\"", status: 304),
        Row("If-None-Match: \"x\"", text: whole), Row("If-None-Match: \"v-gz\"", text: whole),
        Row("If-Modified-Since: \(time)", status: 304), Row("If-Modified-Since: \(before)", text: whole),
        Row("If-Modified-Since: Sunday, 06-Nov-94 08:49:37 GMT", status: 304),
        Row("If-Modified-Since: Sun Nov  6 08:49:37 1994", status: 304),
        Row("If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT", status: 304),
        Row("If-Modified-Since: yesterday", text: whole), Row("If-Modified-Since: 784111777", text: whole),
        Row("If-Modified-Since: \(time)", "If-Modified-Since: \(time)", text: whole),
        Row("If-Unmodified-Since: \(time)", text: whole),
        Row("If-Unmodified-Since: \(before)", status: 412, text: stale, tag: nil),
        Row("If-Unmodified-Since: never", text: whole),
        Row("If-Match: \"v\"", text: whole), Row("If-Match: *", text: whole),
        Row("If-Match: \"x\", \"v\"", text: whole), Row("If-Match: \"x\"", "If-Match: \"v\"", text: whole),
        Row("If-Match: W/\"v\"", status: 412, text: stale, tag: nil),
        Row("If-Match: \"x\"", status: 412, text: stale, tag: nil),
        Row("If-Match:", status: 412, text: stale, tag: nil),
        // The order of RFC 9110 section 13.2.2.
        Row("If-Match: \"v\"", "If-Unmodified-Since: \(before)", text: whole),
        Row("If-Match: \"x\"", "If-Unmodified-Since: \(time)", status: 412, text: stale, tag: nil),
        Row("If-None-Match: \"x\"", "If-Modified-Since: \(time)", text: whole),
        Row("If-None-Match: \"v\"", "If-Modified-Since: \(before)", status: 304),
        Row("If-Match: \"x\"", "If-None-Match: \"v\"", status: 412, text: stale, tag: nil),
        Row("If-Match: \"v\"", "If-None-Match: \"v\"", status: 304),
        Row("If-Unmodified-Since: \(before)", "If-None-Match: \"v\"", status: 412, text: stale, tag: nil),
        Row("If-Unmodified-Since: \(time)", "If-Modified-Since: \(time)", status: 304),
        Row("If-None-Match: \"v\"", "Range: bytes=0-1", status: 304),
        Row("If-Match: \"x\"", "Range: bytes=0-1", status: 412, text: stale, tag: nil),
    ]

    static let ranges: [Row] = [
        Row("Range: bytes=0-0", status: 206, text: "0"), Row("Range: bytes=2-4", status: 206, text: "234"),
        Row("Range: bytes=7-", status: 206, text: "789"), Row("Range: bytes=-2", status: 206, text: "89"),
        Row("Range: bytes=0-", status: 206, text: whole), Row("Range: bytes=-100", status: 206, text: whole),
        Row("Range: bytes=9-100", status: 206, text: "9"),
        Row("Range: bytes=10-", status: 416, text: "The file has 10 bytes.\n", tag: nil),
        Row("Range: bytes=-0", status: 416, text: "The file has 10 bytes.\n", tag: nil),
        Row("Range: bytes=0-1,3-4", text: whole), Row("Range: bytes=4-2", text: whole),
        Row("Range: lines=0-1", text: whole), Row("Range: bytes=0-1", "Range: bytes=0-1", text: whole),
        Row("Range: bytes=0-1", "If-Range: \"v\"", status: 206, text: "01"),
        Row("Range: bytes=0-1", "If-Range: W/\"v\"", text: whole),
        Row("Range: bytes=0-1", "If-Range: \"x\"", text: whole), Row("Range: bytes=0-1", "If-Range: v", text: whole),
        Row("Range: bytes=0-1", "If-Range: \"x\", \"v\"", text: whole),
        Row("Range: bytes=0-1", "If-Range: *", text: whole),
        Row("Range: bytes=0-1", "If-Range: \(time)", status: 206, text: "01"),
        Row("Range: bytes=0-1", "If-Range: Sun Nov  6 08:49:37 1994", status: 206, text: "01"),
        Row("Range: bytes=0-1", "If-Range: \(before)", text: whole),
        Row("Range: bytes=0-1", "If-Range: Sat, 01 Jan 2000 00:00:00 GMT", text: whole),
        Row("Range: bytes=10-", "If-Range: \"x\"", text: whole), Row("If-Range: \"v\"", text: whole),
    ]

    static let codings: [Row] = [
        Row("Accept-Encoding: gzip", text: "gzipped", tag: "\"v-gz\""),
        Row("Accept-Encoding: gzip, deflate, br", text: "broken", tag: "\"v-br\""),
        Row("Accept-Encoding: gzip", "Accept-Encoding: br;q=0.5", text: "gzipped", tag: "\"v-gz\""),
        Row("Accept-Encoding: identity", text: whole), Row("Accept-Encoding:", text: whole),
        Row("Accept-Encoding: gzip;q=0", text: whole), Row("Accept-Encoding: gzipx", text: whole),
        Row("Accept-Encoding: br", "If-None-Match: \"v-br\"", status: 304, tag: "\"v-br\""),
        Row("Accept-Encoding: br", "If-None-Match: \"v\"", text: "broken", tag: "\"v-br\""),
        Row("Accept-Encoding: br", "Range: bytes=-4", status: 206, text: "oken", tag: "\"v-br\""),
        Row("Accept-Encoding: br", "Range: bytes=1-2", "If-Range: \"v\"", text: "broken", tag: "\"v-br\""),
        Row("Accept-Encoding: br", "Range: bytes=8-", status: 416, text: "The file has 6 bytes.\n", tag: nil),
        Row(
            "Accept-Encoding: identity;q=0", status: 406,
            text: "This file is not there in any coding that Accept-Encoding allows.\n", tag: nil),
    ]

    @Test(arguments: ["conditions", "ranges", "codings"])
    func `conditions, ranges and codings are answered as RFC 9110 says`(_ name: String) async throws {
        let rows = ["conditions": Self.conditions, "ranges": Self.ranges, "codings": Self.codings][name] ?? []
        try await TestServer.run(Samples.configuration(), site: Self.site) { server in
            let client = try await server.connect()
            for row in rows {
                try await client.send(Samples.get("/t", row.fields.map { $0 + "\r\n" }.joined()))
                let response = try await client.response()
                #expect(response.status == row.status && response.text == row.text, "\(row.fields)")
                #expect(response.headers["ETag"] == row.tag, "\(row.fields)")
                #expect(response.headers.values(of: "Vary") == ["Accept-Encoding"], "\(row.fields)")
                #expect(response.headers["X-Content-Type-Options"] == "nosniff")
                #expect(response.headers["Cache-Control"] == (row.status < 400 ? "no-cache" : "no-store"))
            }
        }
    }

    private static let gzip = "Host: a\r\nAccept-Encoding: gzip\r\n"
    private static let shared = [
        "ETag: \"v-gz\"", "Cache-Control: no-cache", "Vary: Accept-Encoding", "X-Content-Type-Options: nosniff",
    ]
    private static let content = [
        "Content-Type: text/plain", "Content-Encoding: gzip", "Accept-Ranges: bytes", "Last-Modified: \(time)",
    ]

    static let heads: [(String, [String])] = [
        ("GET /t HTTP/1.1\r\n\(gzip)\r\n", ["200 OK"] + content + ["Content-Length: 7"] + shared),
        (
            "HEAD /t HTTP/1.1\r\n\(gzip)Range: bytes=0-1\r\n\r\n",
            ["200 OK"] + content + ["Content-Length: 7"] + shared
        ),
        (
            "GET /t HTTP/1.1\r\n\(gzip)Range: bytes=2-3\r\n\r\n",
            ["206 Partial Content"] + content + shared + ["Content-Range: bytes 2-3/7", "Content-Length: 2"]
        ),
        ("GET /t HTTP/1.1\r\n\(gzip)If-None-Match: *\r\n\r\n", ["304 Not Modified"] + shared),
        (
            "GET /t HTTP/1.1\r\n\(gzip)Range: bytes=7-\r\n\r\n",
            [
                "416 Range Not Satisfiable", "Content-Type: text/plain; charset=utf-8", "Vary: Accept-Encoding",
                "Content-Range: bytes */7", "Cache-Control: no-store", "X-Content-Type-Options: nosniff",
                "Content-Length: 22",
            ]
        ),
    ]

    @Test(arguments: heads)
    func `each kind of answer has the fields that belong to it`(_ request: String, _ expected: [String]) async throws {
        try await TestServer.run(Samples.configuration(), site: Self.site) { server in
            let response = try await server.request(request, isHead: request.hasPrefix("HEAD"))
            let fields = response.headers.fields.filter { $0.name != "Date" }.map { "\($0.name): \($0.value)" }
            let line = response.head.prefix { $0 != "\r\n" }.dropFirst(9)
            #expect([String(line)] + fields == expected)
        }
    }

    @Test func `a file without codings, tag or time has no fields for them`() async throws {
        try await TestServer.run(Samples.configuration(), site: Self.site) { server in
            let plain = try await server.request(Samples.get("/p", "Accept-Encoding: br, gzip\r\n"))
            #expect(plain.text == "abc" && plain.headers["Vary"] == nil && plain.headers["Content-Encoding"] == nil)
            #expect(plain.headers["ETag"] == "\"p\"" && plain.headers["Last-Modified"] == Self.time)
            let bare = try await server.request(Samples.get("/b", "If-Modified-Since: \(Self.time)\r\n"))
            #expect(bare.status == 200 && bare.headers["Last-Modified"] == nil && bare.headers["ETag"] == nil)
            let dated = try await server.request(Samples.get("/d", "If-Modified-Since: \(Self.time)\r\n"))
            #expect(dated.status == 304 && dated.headers["Last-Modified"] == Self.time)
        }
    }

    @Test func `HEAD obeys conditions, and other methods know none`() async throws {
        try await TestServer.run(Samples.configuration(), site: Self.site, responder: Samples.echo) { server in
            let head = "HEAD /t HTTP/1.1\r\nHost: a\r\n"
            let same = try await server.request(head + "If-None-Match: \"v\"\r\n\r\n", isHead: true)
            #expect(same.status == 304)
            let stale = try await server.request(head + "If-Match: \"x\"\r\n\r\n", isHead: true)
            #expect(stale.status == 412 && stale.headers["Content-Length"] == "51")
            let post = try await server.request(
                "POST /t HTTP/1.1\r\nHost: a\r\nIf-Match: \"x\"\r\nRange: bytes=0-1\r\nContent-Length: 0\r\n\r\n")
            #expect(post.status == 200 && post.text == "POST /t? ")
        }
    }

    @Test func `a time to come is the present`() async throws {
        var file = Samples.page
        file.modified = 253_402_300_799
        try await TestServer.run(Samples.configuration(), site: StaticSite(files: [file])) { server in
            let response = try await server.request(Samples.get("/"))
            let modified = try #require(response.headers["Last-Modified"])
            #expect(!modified.contains("9999"))
            #expect(
                try await server.request(Samples.get("/", "If-Modified-Since: \(modified)\r\n")).status == 304)
        }
    }

    @Test func `a part of a large file is exactly that part`() async throws {
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let file = StaticSite.File(path: "/big", contentType: "a/b", body: body, etag: "\"b\"")
        try await TestServer.run(Samples.configuration(), site: StaticSite(files: [file])) { server in
            let client = try await RawClient.connect(port: server.port, receiveBuffer: 4096)
            let field = "Range: bytes=100-2900000\r\n"
            try await client.send(Samples.get("/big", field) + Samples.get("/big", "Range: bytes=-1\r\n"))
            #expect(try await client.response().body == Array(body[100...2_900_000]))
            #expect(try await client.response().body == [body[2_999_999]])
        }
    }
}
