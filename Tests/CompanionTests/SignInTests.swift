import Files
import HTTP
import JSON
import Simulator
import Testing

@testable import Companion

/// Signing in to Latchkey itself with a password, and what is closed without it.
@Suite(.timeLimit(.minutes(2))) struct SignInTests {
    let world: World
    private static let password = "open, please"

    init() throws { world = try World(signIn: .password) }

    /// A browser: what it holds is sent with each request.
    private struct Browser {
        let world: World
        var cookies: [String: String] = [:]

        private var headers: HeaderFields {
            cookies.isEmpty ? [:] : ["Cookie": cookies.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")]
        }

        mutating func get(_ target: String) async -> World.Answer { take(await world.get(target, headers: headers)) }

        mutating func post(_ target: String, form: [(String, String)]) async -> World.Answer {
            let body = form.map { "\($0.0)=\(Self.escaped($0.1))" }.joined(separator: "&")
            var all = headers
            all["Origin"] = World.origin
            all["Content-Type"] = "application/x-www-form-urlencoded"
            let response = await world.companion.respond(
                to: Request(method: "POST", path: target, headers: all, body: Array(body.utf8)))
            guard case .bytes(let bytes) = response.body else { return World.Answer(status: 0, headers: [:], text: "") }
            return take(
                World.Answer(
                    status: response.status, headers: response.headers, text: String(decoding: bytes, as: UTF8.self)))
        }

        mutating func post(_ target: String, _ body: JSON? = nil) async -> World.Answer {
            take(await world.post(target, body, headers: headers))
        }

        private mutating func take(_ answer: World.Answer) -> World.Answer {
            for field in answer.headers.values(of: "Set-Cookie") {
                let parts = field.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1).map(String.init)
                cookies[parts[0]] = parts.count == 2 ? parts[1] : nil
            }
            return answer
        }

        private static func escaped(_ text: String) -> String {
            text.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }

    private func value(_ name: String, in page: World.Answer) -> String {
        page.text.split(separator: "\n").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
            ?? ""
    }

    /// A browser that is signed in, with the first password.
    private func setUp() async throws -> Browser {
        var browser = Browser(world: world)
        let page = await browser.get("/sign-in/")
        #expect(page.status == 200 && page.text.hasPrefix("setup\n"))
        let code = try #require(world.signIn?.setupCode)
        let answer = await browser.post(
            "/sign-in/",
            form: [
                ("form_token", value("form_token", in: page)), ("code", code.lowercased()), ("password", Self.password),
            ])
        #expect(answer.status == 303 && answer.headers["Location"] == "../")
        return browser
    }

    private func signIn(_ password: String, next: String = "", _ browser: inout Browser) async -> World.Answer {
        let page = await browser.get("/sign-in/")
        return await browser.post(
            "/sign-in/",
            form: [("form_token", value("form_token", in: page)), ("next", next), ("password", password)])
    }

    @Test func `whoever knows the code sets the password, and is in`() async throws {
        var browser = try await setUp()
        #expect(world.signIn?.setupCode == nil)
        #expect(await browser.get("/api/status").json["visitor"] == ["name": ""])
        #expect(await browser.get("/sign-in/?next=%2Fx").headers["Location"] == "../x")
        let stored = try Files.read(SignIn.passwordPath(in: world.folder("sign-in")))
        #expect(!String(decoding: stored, as: UTF8.self).contains(Self.password))
        #expect(try Files.permissions(of: SignIn.passwordPath(in: world.folder("sign-in"))) == 0o600)
        // The code was for the first password only.
        var other = Browser(world: world)
        #expect(await other.get("/sign-in/").text.hasPrefix("password\n"))
    }

    @Test func `a wrong code, a short password and a form of another browser set nothing`() async throws {
        var browser = Browser(world: world)
        let token = value("form_token", in: await browser.get("/sign-in/"))
        let code = try #require(world.signIn?.setupCode)
        let wrong = await browser.post(
            "/sign-in/", form: [("form_token", token), ("code", "AAAA-BBBB-CCCC"), ("password", Self.password)])
        #expect(wrong.status == 401)
        #expect(value("message", in: wrong) == "This is not the code. Latchkey prints it when it starts.")
        let short = await browser.post(
            "/sign-in/", form: [("form_token", token), ("code", code), ("password", "short")])
        #expect(short.status == 422)
        #expect(value("message", in: short) == "The password needs 8 characters at least.")
        var other = Browser(world: world)
        let foreign = await other.post(
            "/sign-in/", form: [("form_token", token), ("code", code), ("password", Self.password)])
        #expect(foreign.status == 403 && value("message", in: foreign) == "The form is too old. Please try again.")
        #expect(world.signIn?.setupCode == code)
    }

    @Test func `each sign-in is a session of its own, and a wrong password none`() async throws {
        let first = try await setUp()
        var second = Browser(world: world)
        let wrong = await signIn("something else", &second)
        #expect(wrong.status == 401 && value("message", in: wrong) == "This is not the password.")
        #expect(second.cookies["latchkey_session"] == nil)
        second.cookies["latchkey_session"] = "chosen-by-somebody-else-0123456789abcdefghijk"
        #expect(await signIn(Self.password, &second).status == 303)
        let given = try #require(second.cookies["latchkey_session"])
        #expect(given.utf8.count == 43 && given != first.cookies["latchkey_session"])
        #expect(!given.hasPrefix("chosen"))
        // What is kept is the digest alone, for the owner alone.
        let kept = try world.folder.text(of: "sign-in/sessions.json")
        #expect(!kept.contains(given) && kept.contains(SessionBook.digest(given)))
        #expect(try Files.permissions(of: world.folder("sign-in/sessions.json")) == 0o600)
    }

    @Test func `a session outlives a restart, and ends with another password`() async throws {
        var browser = try await setUp()
        let next = try SignIn(
            .password, folder: world.folder("sign-in"), publicURL: World.origin + "/", idle: 60, absolute: 60)
        let request = Request(
            method: "GET", path: "/",
            headers: ["Cookie": "latchkey_session=\(browser.cookies["latchkey_session"] ?? "")"])
        #expect(next.visitor(of: request) == .owner && next.gate(request) == nil)
        #expect(await browser.get("/api/status").status == 200)
        try StoredPassword("another password").write(SignIn.passwordPath(in: world.folder("sign-in")))
        #expect(await browser.get("/api/status").status == 401)
        #expect(next.visitor(of: request) == nil)
        #expect(await signIn(Self.password, &browser).status == 401)
        #expect(await signIn("another password", &browser).status == 303)
    }

    @Test func `sessions end after their time, with or without requests`() async throws {
        let path = world.folder("times.json")
        let book = SessionBook(path: path, life: .init(idle: 100, absolute: 250), ground: "", at: 0)
        let token = try await book.begin(.owner, at: 0)
        for time in [90.0, 180, 240] { #expect(book.session(token, at: time) != nil) }
        #expect(book.session(token, at: 250) == nil)
        let idle = try await book.begin(.owner, at: 300)
        #expect(book.session(idle, at: 400) == nil && book.session(idle, at: 301) == nil)
        #expect(book.session("", at: 300) == nil && book.session(String(repeating: "x", count: 43), at: 300) == nil)
    }

    @Test func `sign-out ends this session, or all, and their streams of events`() async throws {
        var one = try await setUp()
        var two = Browser(world: world)
        #expect(await signIn(Self.password, &two).status == 303)
        var three = Browser(world: world)
        #expect(await signIn(Self.password, &three).status == 303)
        let cookie = "latchkey_session=\(three.cookies["latchkey_session"] ?? "")"
        let stream = await world.companion.respond(
            to: Request(method: "GET", path: "/api/events", headers: ["Cookie": cookie]))
        #expect(stream.status == 200 && world.companion.parts.events.count == 1)
        #expect(await one.post("/api/sign-out", ["everywhere": false]).json["ended"] == 1)
        #expect(one.cookies["latchkey_session"] == nil)
        #expect(await one.get("/api/status").status == 401)
        #expect(await two.get("/api/status").status == 200)
        #expect(await two.post("/api/sign-out", ["everywhere": true]).json["ended"] == 2)
        #expect(await three.get("/api/status").status == 401)
        #expect(world.companion.parts.events.count == 0)
        withExtendedLifetime(stream) {}
    }

    @Test func `who guesses has to wait, and others do not`() async throws {
        _ = try await setUp()
        let limiter = AttemptLimiter(at: 0)
        for attempt in 1...5 {
            #expect(limiter.attempt("a", at: 0) == 0, "\(attempt)")
            limiter.fail("a", at: 0)
        }
        #expect(limiter.attempt("a", at: 0) == 1 && limiter.attempt("b", at: 0) == 0)
        limiter.fail("a", at: 1)
        #expect(limiter.attempt("a", at: 1) == 2)
        for _ in 1...20 { limiter.fail("a", at: 3) }
        #expect(limiter.attempt("a", at: 3) == 900)
        limiter.succeed("a")
        #expect(limiter.attempt("a", at: 3) == 0)
        // All together sixty a minute.
        let crowd = AttemptLimiter(at: 0)
        for number in 0..<60 { #expect(crowd.attempt("\(number)", at: 0) == 0) }
        #expect(crowd.attempt("late", at: 0) == 1 && crowd.attempt("late", at: 1) == 0)
    }

    @Test(arguments: [
        "//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/", "%2f%2fevil.example",
        "/%2fevil.example", "/%5Cevil.example", "/%2e%2e/%2E%2e/evil", "/.%2E/evil", "\t//evil.example",
        "/x\r\nSet-Cookie: a=b", "/../evil", "javascript:x",
        "/x//evil.example", "evil", "/é", "/" + String(repeating: "x", count: 2000),
    ])
    func `nothing leads elsewhere after the sign-in`(next: String) async throws {
        #expect(NextPath(next) == nil)
        var browser = Browser(world: world)
        let page = await browser.get(
            "/sign-in/?next=" + next.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
        #expect(value("next", in: page) == "")
    }

    @Test func `an own path leads there, and is escaped on the page`() async throws {
        #expect(NextPath("/index.html?account=x&y=1")?.text == "index.html?account=x&y=1")
        var browser = Browser(world: world)
        let page = await browser.get("/sign-in/?next=%2F%22%3E%3Cscript%3E")
        #expect(value("next", in: page) == "/&quot;&gt;&lt;script&gt;")
    }

    // MARK: The table

    /// What everybody may call.
    private static let open: Set<String> = [
        "/healthz", "/api/address/echo", "/sign-in/", "/sign-in/callback/", "/api/sign-out", "/{p}/oauth-callback/",
        // Sessions open nothing there: apps have keys.
        "/api/token/{p}", "/api/token/{p}/rejected",
    ]

    @Test(arguments: EndpointTests.rows)
    func `without a session, and with one that has ended, everything but the door is closed`(row: EndpointTests.Row)
        async throws
    {
        let path = EndpointTests.path(row)
        for cookie in ["", "latchkey_session=", "latchkey_session=\(String(repeating: "A", count: 43))"] {
            let headers: HeaderFields = ["Cookie": cookie, "Origin": World.origin]
            let answer = await world.send(row.method, path, row.method == "POST" ? [:] : nil, headers: headers)
            if Self.open.contains(row.path) {
                #expect(answer.json["error"] != "not_signed_in")
            } else {
                #expect(
                    answer.summary == """
                        401 {"ok":false,"error":"not_signed_in","message":"You are not signed in.",\
                        "hint":"Sign in, then try again."}
                        """)
            }
        }
    }

    @Test(arguments: ["//api/config", "/API/config", "/api/config/", "/api/config;x", "/api/./config", "/api/%63onfig"])
    func `no spelling of a path opens what its plain form closes`(path: String) async {
        #expect([401, 404].contains(await world.get(path).status))
    }

    @Test func `pages lead to the sign-in, and back`() throws {
        let gate = try #require(world.signIn)
        func way(_ path: String, _ query: String = "") -> String? {
            gate.gate(Request(method: "GET", path: path, query: query))?.headers["Location"]
        }
        #expect(way("/") == "./sign-in/")
        #expect(way("/index.html", "account=x") == "./sign-in/?next=%2Findex.html%3Faccount%3Dx")
        #expect(way("/more/pages/") == "../../sign-in/?next=%2Fmore%2Fpages%2F")
        let manifest = gate.gate(Request(method: "GET", path: "/api/auth/providers"))
        #expect(manifest?.status == 401)
        #expect(way("//evil") == "../sign-in/")
    }

    @Test func `the cookie fits the address`() {
        #expect(
            SessionCookie(publicURL: "https://latchkey.example/").field("x", life: 5)
                == "__Host-latchkey_session=x; Path=/; Max-Age=5; HttpOnly; SameSite=Lax; Secure")
        #expect(
            SessionCookie(publicURL: "https://nas.example/settings/").field("x", life: 5)
                == "latchkey_session=x; Path=/settings/; Max-Age=5; HttpOnly; SameSite=Lax; Secure")
        #expect(
            SessionCookie(publicURL: "http://127.0.0.1:8787/").field("", life: 0)
                == "latchkey_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
    }
}
