import Files
import HTTP
import JSON
import Testing

@testable import Companion

/// When sessions end, and what ends with them.
@Suite(.timeLimit(.minutes(2))) struct SessionTests {
    let world: World
    let signIn: SignIn
    private static let password = "open, please"

    init() throws {
        world = try World(signIn: .password)
        signIn = try #require(world.signIn)
    }

    private var passwordPath: String { SignIn.passwordPath(in: world.folder("sign-in")) }

    /// Another process after this one.
    private func next(_ mode: SignIn.Mode = .password) throws -> SignIn {
        try SignIn(
            mode, folder: world.folder("sign-in"), publicURL: World.origin + "/", idle: 14 * 86_400,
            absolute: 90 * 86_400)
    }

    private func request(_ token: String) -> Request {
        Request(method: "GET", path: "/api/events", headers: ["Cookie": "latchkey_session=\(token)"])
    }

    private func listen(_ token: String) async throws -> Listener {
        guard case .events(let stream) = await world.companion.respond(to: request(token)).body else {
            throw Listener.NoStream()
        }
        return Listener(stream)
    }

    @Test func `a password that was changed while nobody ran ends the sessions, too`() async throws {
        try StoredPassword(Self.password).write(passwordPath)
        let first = try next()
        let token = try await first.enter(.owner)
        first.save()
        #expect(try next().visitor(of: request(token)) == .owner)
        try StoredPassword(Self.password).write(passwordPath)
        #expect(try next().visitor(of: request(token)) == nil)
    }

    @Test func `a password that is changed at the last moment ends the sessions, too`() async throws {
        try StoredPassword(Self.password).write(passwordPath)
        let first = try next()
        let token = try await first.enter(.owner)
        try StoredPassword("another password").write(passwordPath)
        // No request came since, so it does not know yet.
        first.save()
        #expect(try next().visitor(of: request(token)) == nil)
    }

    @Test func `whoever may enter no longer is out after the restart, and so is who signed in otherwise`() async throws
    {
        func mode(_ users: Set<String>, _ administrators: Set<String> = []) -> SignIn.Mode {
            .openID(
                OpenIDSettings(
                    issuer: "https://id.example", clientID: "x", clientSecret: nil, users: users,
                    administrators: administrators))
        }
        let root = Visitor(userName: "ann", isAdministrator: true)
        let first = try next(mode(["ann", "ben"], ["ann"]))
        let token = try await first.enter(root)
        first.save()
        #expect(try next(mode(["ben", "ann"], ["ann"])).visitor(of: request(token)) == root)
        for other in [mode(["ben"], ["ann"]), mode(["ann", "ben"]), mode([], ["ann"]), .password] {
            #expect(try next(other).visitor(of: request(token)) == nil)
        }
    }

    @Test func `an open stream ends with its session, also by another password`() async throws {
        try StoredPassword(Self.password).write(passwordPath)
        #expect(signIn.visitor(of: request("")) == nil)
        let listener = try await listen(try await signIn.enter(.owner))
        _ = try await listener.next { event, _ in event == "status" }
        try StoredPassword("another password").write(passwordPath)
        // Nobody has asked for anything since: the event itself must find out.
        world.companion.parts.events.publish(
            "config", ["etag": "secret"], id: AccountID(owner: "default", account: "default"))
        #expect(await !listener.rest().contains { $0.event == "config" })
        #expect(world.companion.parts.events.count == 0)
    }

    @Test func `a session that ends by its time is not live, and asking does not prolong it`() async throws {
        let book = SessionBook(
            path: world.folder("times.json"), life: .init(idle: 100, absolute: 250), ground: "", at: 0)
        let token = try await book.begin(.owner, at: 0)
        let digest = SessionBook.digest(token)
        for time in [0.0, 60, 99] { #expect(book.isLive(digest, at: time)) }
        #expect(!book.isLive(digest, at: 100) && !book.isLive("", at: 0))
        #expect(book.session(token, at: 99) != nil && book.isLive(digest, at: 198) && !book.isLive(digest, at: 250))
    }

    @Test func `no stream is opened for a session that has just ended`() async throws {
        let visitor = Visitor.owner
        let request = request(String(repeating: "A", count: 43))
        let call = Endpoint.Call(
            request: request, provider: nil, visitor: visitor, id: AccountID(owner: "default", account: "default"))
        await #expect(throws: Problem.notSignedIn) { try await world.companion.openEvents(call) }
        #expect(world.companion.parts.events.count == 0)
    }

    @Test func `of many who have the code at once, one sets the password`() async throws {
        let code = try #require(signIn.setupCode)
        let outcomes = await withTaskGroup(of: SignIn.Attempt.self) { group in
            for number in 0..<8 {
                group.addTask { [signIn] in
                    await signIn.setUp("password number \(number)", code: code, client: "client \(number)")
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .right } == 1)
        #expect(signIn.setupCode == nil)
        #expect(await signIn.setUp("one more password", code: code, client: "late") == .wrong)
        let stored = try StoredPassword.read(passwordPath)
        #expect((0..<8).count { stored?.matches("password number \($0)") == true } == 1)
    }

    @Test func `the code does not take the place of a password that was set meanwhile`() async throws {
        let code = try #require(signIn.setupCode)
        try StoredPassword(Self.password).write(passwordPath)
        #expect(await signIn.setUp("something else", code: code, client: "a") == .wrong)
        #expect(try StoredPassword.read(passwordPath)?.matches(Self.password) == true)
    }

    @Test func `one client alone does not push out those who are away at the provider`() {
        let pace = ClientPace(EngineClock())
        for _ in 0..<60 { #expect(pace.take("a") == 0) }
        #expect(pace.take("a") == 1 && pace.take("b") == 0)
    }

    @Test func `who signed in and out stands in the log, and no session does`() async throws {
        try StoredPassword(Self.password).write(passwordPath)
        let page = await world.get("/sign-in/")
        let form = page.text.split(separator: "\n").first { $0.hasPrefix("form_token=") }?.dropFirst(11) ?? ""
        let cookie = String((page.headers["Set-Cookie"] ?? "").prefix { $0 != ";" })
        var request = Request(
            method: "POST", path: "/sign-in/",
            headers: [
                "Cookie": cookie, "Origin": World.origin, "Content-Type": "application/x-www-form-urlencoded",
            ], body: Array("form_token=\(form)&password=open%2C+please".utf8))
        request.sender = Sender(address: "203.0.113.7", isThroughProxy: false)
        let answer = await world.companion.respond(to: request)
        #expect(answer.status == 303)
        let session = String((answer.headers["Set-Cookie"] ?? "").prefix { $0 != ";" })
        #expect(await world.post("/api/sign-out", [:], headers: ["Cookie": session]).status == 200)
        #expect(world.lines.all.contains("info signed in client=203.0.113.7 owner=default"))
        #expect(world.lines.all.contains { $0.hasPrefix("info signed out client=") })
        let token = session.split(separator: "=").last.map(String.init) ?? "none"
        #expect(!world.lines.all.contains { $0.contains(token) || $0.contains(SessionBook.digest(token)) })
    }

    @Test func `the cookies of forms and sign-ins fit the address, too`() {
        #expect(
            SessionCookie(publicURL: "https://latchkey.example/", FormToken.cookie).field("x", life: 5)
                == "__Host-latchkey_form=x; Path=/; Max-Age=5; HttpOnly; SameSite=Lax; Secure")
        for (url, prefix) in [
            ("https://latchkey.example/", "__Host-"), ("https://latchkey.example:8443/", "__Host-"),
            ("https://latchkey.example/settings/", ""), ("http://latchkey.example/", ""), ("http://[::1]:8787/", ""),
        ] {
            #expect(CookieScope(publicURL: url).prefix == prefix, "\(url)")
        }
    }

    @Test func `where cookies have the prefix of the host, one without it counts for nothing`() async throws {
        let state = "a-state-of-somebody"
        let name = FlowCookies.name("trakt", state: state)
        func value(_ cookies: String, _ prefix: String) -> String {
            FlowCookies(Request(method: "GET", path: "/", headers: ["Cookie": cookies]), hostPrefix: prefix)
                .value("trakt", state: state)
        }
        #expect(value("\(name)=of-a-neighbour", "__Host-") == "")
        #expect(value("\(name)=of-a-neighbour; __Host-\(name)=own", "__Host-") == "own")
        #expect(value("__Host-\(name)=x; \(name)=own", "") == "own")
        // The whole way: given with the prefix, taken with it alone.
        let world = try await World.ready()
        var settings = world.companion.settings
        settings.publicURL = "https://latchkey.example/"
        let companion = await world.companion.replacing(
            catalogue: world.companion.parts.catalogue, settings: settings, log: world.companion.parts.log)
        var request = Request(method: "POST", path: "/api/trakt/authorize", headers: ["Origin": World.origin])
        let begun = await companion.respond(to: request)
        let given = try #require(begun.headers["Set-Cookie"])
        #expect(given.hasPrefix("__Host-latchkey_flow_trakt_"))
        #expect(given.hasSuffix("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure"))
        guard case .bytes(let bytes) = begun.body else { return }
        let url = try #require(try JSON.parse(bytes)["authorization_url"]?.stringValue)
        let begunState = FormDecoder.items(String(url.drop { $0 != "?" }.dropFirst())).first { $0.name == "state" }?
            .value
        let cookie = String(given.prefix { $0 != ";" })
        for (held, status) in [(String(cookie.dropFirst("__Host-".count)), 400), (cookie, 303)] {
            request = Request(
                method: "GET", path: "/trakt/oauth-callback/", query: "error=access_denied&state=\(begunState ?? "")",
                headers: ["Cookie": held])
            #expect(await companion.respond(to: request).status == status)
        }
    }
}
