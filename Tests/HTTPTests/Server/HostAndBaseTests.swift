import HTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct HostAndBaseTests {
    static let allowed = Samples.configuration { $0.allowedHosts = ["localhost", "127.0.0.1", "[::1]"] }

    static let hosts: [(String, Int)] = [
        ("GET / HTTP/1.1\r\nHost: localhost:1\r\n\r\n", 200),
        ("GET / HTTP/1.1\r\nHost: LOCALHOST.\r\n\r\n", 200),
        ("GET / HTTP/1.1\r\nHost: [::1]:99\r\n\r\n", 200),
        ("GET http://localhost:3/ HTTP/1.1\r\nHost: localhost:3\r\n\r\n", 200),
        ("GET HTTPS://127.0.0.1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 200),
        ("GET / HTTP/1.0\r\nHost: localhost\r\n\r\n", 200),
        ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        ("GET /anything HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n", 421),
        ("GET http://evil/ HTTP/1.1\r\nHost: evil\r\n\r\n", 421),
        ("GET http://evil/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        ("GET http://localhost/ HTTP/1.1\r\nHost: evil\r\n\r\n", 400),
        ("OPTIONS * HTTP/1.1\r\nHost: evil\r\n\r\n", 421),
        ("GET / HTTP/1.0\r\n\r\n", 400),
    ]

    @Test(arguments: hosts)
    func `only the names on the list are answered for`(_ text: String, _ status: Int) async throws {
        try await TestServer.run(Self.allowed, site: Samples.site, responder: Samples.echo) { server in
            let response = try await server.request(text)
            #expect(response.status == status)
            if status == 421 {
                #expect(
                    response.text == "This server does not answer for that host name. "
                        + "Its owner can allow it with --allow-host NAME.\n")
            }
        }
    }

    static let paths: [(String, Int, String)] = [
        ("/settings/", 200, "<p>hello</p>"), ("/settings/x?y", 200, "GET /x?y "), ("/settings//x", 200, "GET //x? "),
        ("/x/../settings/", 200, "<p>hello</p>"),
        ("/settings", 308, "./settings/"), ("/settings?a=//b", 308, "./settings/?a=//b"),
        ("/", 404, ""), ("/settingsx", 404, ""), ("//settings/", 404, ""), ("//evil", 404, ""), ("//settings", 404, ""),
        ("/Settings/", 404, ""), ("/settings/../x", 404, ""), ("/settings;x/", 404, ""),
        ("//evil.example/settings", 404, ""),
    ]

    @Test(arguments: paths)
    func `only what is below the base path is served`(_ path: String, _ status: Int, _ content: String) async throws {
        let configuration = Samples.configuration { $0.basePath = "/settings/" }
        try await TestServer.run(configuration, site: Samples.site, responder: Samples.echo) { server in
            let response = try await server.request(Samples.get(path))
            #expect(response.status == status)
            if status == 200 { #expect(response.text == content) }
            if status == 308 { #expect(response.headers["Location"] == content) }
            if status == 404 { #expect(response.text == "There is nothing at this address.\n") }
        }
    }

    static let badBases = [
        "", "settings/", "/settings", "//", "//evil/", "/a//b/", "/a b/", "/../", "/./", "/a\r\n/", "/%2f/",
    ]

    @Test(arguments: badBases)
    func `a base path that is not plain is refused`(_ path: String) {
        let configuration = Samples.configuration {
            $0.basePath = path
            $0.listen = [.tcp(host: "127.0.0.1", port: 0)]
        }
        let server = Server(configuration: configuration, responder: ClosureResponder(Samples.echo))
        #expect(throws: ServerError.basePath(path)) { try server.start() }
    }

    @Test func `a deep base path redirects to its last segment`() async throws {
        try await TestServer.run(Samples.configuration { $0.basePath = "/a/b-c/" }) { server in
            let response = try await server.request(Samples.get("/a/b-c"))
            #expect(response.headers["Location"] == "./b-c/")
        }
    }
}
