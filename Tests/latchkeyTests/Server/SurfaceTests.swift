import HTTP
import JSON
import TestSupport
import Testing

/// Which requests get in at all, and what every answer carries.
@Suite(.timeLimit(.minutes(1)))
struct SurfaceTests {
    let world: World

    init() async throws { world = try await World() }

    private static let policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        + "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

    // MARK: Headers

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: localhost", "GET /assets/latchkey.css HTTP/1.1\r\nHost: localhost",
        "GET /api/status HTTP/1.1\r\nHost: localhost", "GET /api/config HTTP/1.1\r\nHost: localhost",
        "GET /api/events HTTP/1.1\r\nHost: localhost", "GET /api/nothing HTTP/1.1\r\nHost: localhost",
        "GET /nothing HTTP/1.1\r\nHost: localhost", "POST /api/trakt/pin/new HTTP/1.1\r\nHost: localhost",
        "GET /trakt/oauth-callback/ HTTP/1.1\r\nHost: localhost", "GET / HTTP/1.1\r\nHost: evil.example",
        "GET / HTTP/9.9\r\nHost: localhost", "nonsense",
    ]) func `every answer carries the security headers`(request: String) async throws {
        let client = try await RawClient.connect(port: try world.port)
        try await client.send(request + "\r\n\r\n")
        let head = String(decoding: try await client.bytes(through: "\r\n\r\n"), as: UTF8.self)
        let lines = head.split(separator: "\r\n").map(String.init)
        #expect(
            lines.filter { $0.hasPrefix("Content-Security-Policy: ") } == ["Content-Security-Policy: \(Self.policy)"])
        for line in [
            "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
            "Cross-Origin-Opener-Policy: same-origin-allow-popups", "Cross-Origin-Resource-Policy: same-origin",
        ] {
            #expect(lines.filter { $0 == line }.count == 1, "\(line) in \(head)")
        }
        #expect(!head.contains("unsafe-inline"))
        #expect(!lines.contains { $0.hasPrefix("Server:") })
        let isFile = request.hasPrefix("GET / HTTP/1.1\r\nHost: localhost") || request.contains("/assets/")
        #expect(lines.contains(isFile ? "Cache-Control: no-cache" : "Cache-Control: no-store"))
    }

    @Test(arguments: [
        (["--allow-host", "nas.lan"], nil),
        (["--allow-host", "nas.lan", "--public-url", "https://nas.lan/"], "same-origin-allow-popups"),
        (["--allow-host", "127.0.0.2"], "same-origin-allow-popups"),
    ]) func `the opener policy is sent where browsers heed it`(words: [String], policy: String?) async throws {
        let world = try await World(words)
        for path in ["/", "/api/status"] {
            #expect(try await world.get(path).headers["Cross-Origin-Opener-Policy"] == policy)
        }
    }

    // MARK: Built files

    @Test(arguments: [
        ("/", "text/html; charset=utf-8"), ("/index.html", "text/html; charset=utf-8"),
        ("/assets/latchkey.css", "text/css; charset=utf-8"), ("/assets/latchkey.js", "text/javascript; charset=utf-8"),
        ("/favicon.svg", "image/svg+xml; charset=utf-8"), ("/api/auth/providers", "application/json"),
        ("/api/auth/providers/html", "text/html; charset=utf-8"),
    ]) func `a built file has its type and its tag, and is not sent twice`(path: String, type: String) async throws {
        let whole = try await world.raw("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(whole.status == 200)
        #expect(whole.headers["Content-Type"] == type)
        #expect(!whole.body.isEmpty)
        let tag = try #require(whole.headers["ETag"])
        let head = try await world.raw("HEAD \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n", isHead: true)
        #expect(head.status == 200)
        #expect(head.headers["Content-Length"] == "\(whole.body.count)")
        #expect(head.headers["ETag"] == tag)
        for condition in [tag, "\"other\", W/\(tag)", "*"] {
            let same = try await world.raw(
                "GET \(path) HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \(condition)\r\n\r\n")
            #expect(same.status == 304)
            #expect(same.headers["ETag"] == tag)
        }
        let other = try await world.raw("GET \(path) HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: \"x\"\r\n\r\n")
        #expect(other.status == 200)
        let post = try await world.raw("POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n")
        #expect(post.status == 405)
        #expect(post.headers["Allow"] == "GET, HEAD, OPTIONS")
    }

    @Test func `the build's marker and the folder are not served`() async throws {
        #expect(try await world.get("/.latchkey-site.json").status == 404)
        #expect(try await world.get("/assets/").status == 404)
        for path in ["/../data/default.json", "/%2e%2e/data/default.json", "/assets/..%2f..%2fdata", "/%00"] {
            #expect(try await world.raw("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 400)
        }
    }

    // MARK: Who may change something

    /// Every endpoint that changes something.
    static let changes =
        ["/api/config"]
        + [
            "pin/new", "pin/cancel", "authorize", "refresh", "disconnect", "token/reveal",
        ].map { "/api/trakt/\($0)" }

    @Test(arguments: changes) func `a change needs POST`(path: String) async throws {
        for method in path == "/api/config" ? ["PUT", "DELETE", "PATCH"] : ["GET", "HEAD", "PUT", "DELETE"] {
            let answer = try await world.send(method, path, ["Origin": try world.origin])
            #expect(answer.status == 405)
            let allowed = path == "/api/config" ? "GET, HEAD, POST" : "POST"
            #expect(answer.headers["Allow"] == allowed)
            if method != "HEAD" {
                #expect(answer.json["message"] == "'\(path)' is not for \(method).")
                #expect(answer.json["hint"] == "Use \(allowed).")
            }
        }
    }

    @Test(arguments: changes) func `a change needs the page's own origin`(path: String) async throws {
        let origin = try world.origin
        let port = try world.port
        func refusal(_ headers: HeaderFields) async throws -> String {
            let answer = try await world.send("POST", path, headers)
            return "\(answer.status) \(answer.json.text("error")): \(answer.json.text("message"))"
        }
        let missing = "403 origin_missing: The request does not say where it comes from."
        func foreign(_ origin: String) -> String {
            "403 foreign_origin: The request comes from \(origin), which is not Latchkey's own page."
        }
        #expect(try await refusal([:]) == missing)
        #expect(try await refusal(["Sec-Fetch-Site": "none"]) == missing)
        for other in [
            "http://evil.example", "null", "https://127.0.0.1:\(port)", "http://127.0.0.1:1", "http://127.0.0.1",
            origin + ".evil.example", origin + "/", "",
        ] {
            #expect(try await refusal(["Origin": other]) == foreign("'\(other)'"))
        }
        #expect(try await refusal(["Origin": origin, "Sec-Fetch-Site": "cross-site"]) == foreign("'\(origin)'"))
        #expect(try await refusal(["Origin": origin, "Sec-Fetch-Site": "same-site"]) == foreign("'\(origin)'"))
        #expect(try await refusal(["Sec-Fetch-Site": "cross-site"]) == foreign("another site"))
        #expect(try await refusal(["Referer": "http://evil.example/x"]) == foreign("'http://evil.example'"))
        #expect(try await refusal(["Origin": origin, "origin": "null"]) == foreign("'\(origin), null'"))
        #expect(world.simulator.counts(.trakt) == [:])
    }

    @Test func `the own origin is taken in every form that a browser sends`() async throws {
        let port = try world.port
        for headers in [
            ["Origin": "http://127.0.0.1:\(port)"], ["Origin": "http://localhost:\(port)"],
            ["Origin": "http://127.0.0.1:\(port)", "Sec-Fetch-Site": "same-origin"],
            ["Sec-Fetch-Site": "same-origin"], ["Referer": "http://127.0.0.1:\(port)/index.html?x#y"],
        ] as [HeaderFields] {
            #expect(try await world.send("POST", "/api/config", headers).status == 422)
        }
    }

    @Test func `a public address is an origin exactly as it was written`() async throws {
        let world = try await World([
            "--public-url", "https://home.example/", "--allow-host", "nas.example",
        ])
        let port = try world.port
        func status(_ origin: String) async throws -> Int {
            try await world.send("POST", "/api/config", ["Origin": origin]).status
        }
        for own in ["https://home.example", "http://localhost:\(port)", "http://nas.example:\(port)"] {
            #expect(try await status(own) == 422)
        }
        for other in [
            "http://home.example", "http://home.example:\(port)", "https://home.example:\(port)", "https://nas.example",
        ] {
            #expect(try await status(other) == 403)
        }
        // The name itself is answered for.
        #expect(try await world.raw("GET / HTTP/1.1\r\nHost: home.example\r\n\r\n").status == 200)
    }

    @Test func `a foreign host is refused before anything else`() async throws {
        for (line, host) in [
            ("GET /", "evil.example"), ("GET /api/config", "evil.example:80"), ("POST /api/config", "127.0.0.1.evil"),
            ("GET /healthz", "[::2]"), ("GET http://evil.example/", "evil.example"),
        ] {
            let answer = try await world.raw("\(line) HTTP/1.1\r\nHost: \(host)\r\n\r\n")
            #expect(answer.status == 421)
            #expect(
                answer.text
                    == "This server does not answer for that host name. Its owner can allow it with --allow-host NAME.\n"
            )
        }
        let both = try await world.raw("GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(both.status == 400)
        let none = try await world.raw("GET / HTTP/1.1\r\n\r\n")
        #expect(none.status == 400)
        for host in ["localhost", "LOCALHOST:99", "127.0.0.1", "[::1]:80", "localhost."] {
            #expect(try await world.raw("GET /healthz HTTP/1.1\r\nHost: \(host)\r\n\r\n").status == 200, "\(host)")
        }
    }

    @Test func `forwarded headers change nothing`() async throws {
        let answer = try await world.get(
            "/api/trakt/status",
            [
                "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example",
                "X_Forwarded_Host": "evil.example", "X-Forwarded-Prefix": "/x",
            ])
        #expect(answer.json["redirect_uri"] == .string(try world.url + "/trakt/oauth-callback/"))
        #expect(!answer.text.contains("evil"))
    }

    @Test func `a body must be declared as JSON`() async throws {
        let origin = try world.origin
        for type in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""] {
            let answer = try await world.post("/api/config", [:], ["Origin": origin, "Content-Type": type])
            #expect(answer.status == 415)
            let shown = type.prefix { $0 != ";" }
            #expect(answer.json["message"] == "The body is declared as '\(shown)'.")
            #expect(answer.json["hint"] == "Send JSON with 'Content-Type: application/json'.")
        }
        let answer = try await world.post("/api/config", [:], ["Content-Type": "Application/JSON; charset=utf-8"])
        #expect(answer.status == 200)
    }

    // MARK: Names

    @Test func `an unknown provider is named with the nearest one`() async throws {
        for path in ["status", "pin/status"] {
            let answer = try await world.get("/api/trackt/\(path)")
            #expect(answer.status == 404)
            #expect(
                answer.json == [
                    "ok": false, "error": "unknown_provider", "message": "There is no provider 'trackt'.",
                    "hint": "did you mean 'trakt'?",
                ])
        }
        let answer = try await world.post("/api/netflix/pin/new")
        #expect(answer.json.text("hint").hasPrefix("available: "))
        #expect(try await world.get("/netflix/oauth-callback/").status == 404)
        #expect(try await world.get("/api/trakt/nothing").json["error"] == "not_found")
    }

    @Test(arguments: ["", "..", ".hidden", "a/b", "a b", "ä", "_x", String(repeating: "a", count: 65)])
    func `a name that no account can have is refused`(name: String) async throws {
        let allowed = "abcdefghijklmnopqrstuvwxyz."
        let query = name.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            let hex = String(byte, radix: 16, uppercase: true)
            return allowed.contains(character) ? String(character) : "%" + (hex.count == 1 ? "0" : "") + hex
        }.joined()
        for path in ["/api/config", "/api/status", "/api/trakt/status", "/api/events"] {
            let answer = try await world.get("\(path)?account=\(query)")
            #expect(answer.status == 400)
            #expect(
                answer.json == [
                    "ok": false, "error": "bad_account",
                    "message":
                        "'\(name)' is not a name: use 1 to 64 letters, digits, '.', '-' and '_', and begin with a letter or digit.",
                ])
        }
        let twice = try await world.get("/api/status?account=a&account=b")
        #expect(twice.summary.contains("The query names more than one account."))
    }
}
