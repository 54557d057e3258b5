import Files
import Glibc
import HTTP
import JSON
import Simulator
import TestSupport
import Testing

/// Several people share one installation behind a proxy that says who they are.
@Suite(.timeLimit(.minutes(2)))
struct ProxySignInTests {
    private static let options = [
        "--sign-in", "proxy", "--trusted-proxy", "127.0.0.1", "--admin", "root", "--shared-keys",
    ]
    let world: World

    init() async throws { world = try await World(Self.options) }

    private func get(_ user: String, _ path: String) async throws -> Answer {
        try await world.get(path, ["Remote-User": user])
    }

    @discardableResult
    private func post(_ user: String, _ path: String, _ body: JSON? = nil) async throws -> Answer {
        try await world.post(path, body, ["Remote-User": user])
    }

    private func keys(_ id: String) -> JSON {
        ["trakt": ["client_id": .string(id)], "simkl": ["client_id": .string(id)]]
    }

    private func feed(_ user: String) async throws -> EventFeed {
        try await EventFeed(port: try world.port, field: "Remote-User: \(user)")
    }

    /// Connects with Trakt.
    private func link(_ user: String) async throws {
        #expect(try await post(user, "/api/trakt/pin/new", ["method": "device"]).status == 200)
        world.simulator.approve(.trakt)
        _ = try await feed(user).status("trakt") { $0.text("state") == "connected" }
    }

    @Test func `what one person has, another does not see, by no endpoint`() async throws {
        let listening = try await feed("bob")
        #expect(try await post("alice", "/api/config", keys("app-of-alice")).status == 200)
        #expect(try await post("alice", "/api/config?account=home", keys("home-of-alice")).status == 200)
        try await link("alice")
        #expect(try await post("alice", "/api/simkl/pin/new", ["method": "device"]).status == 200)
        for path in ["", "?account=home", "?account=default"] {
            #expect(try await get("bob", "/api/config\(path)").json == [:])
            let all = try await get("bob", "/api/status\(path)")
            #expect(all.status == 200 && !all.text.contains("connected\":true") && !all.text.contains("pending"))
            #expect(try await get("bob", "/api/trakt/status\(path)").json.text("state") == "not_set_up")
            #expect(try await get("bob", "/api/simkl/pin/status\(path)").status == 404)
            #expect(try await post("bob", "/api/simkl/pin/cancel\(path)").status == 409)
            #expect(try await post("bob", "/api/simkl/pin/new\(path)").status == 422)
            #expect(try await post("bob", "/api/trakt/authorize\(path)").status == 422)
            #expect(try await post("bob", "/api/trakt/refresh\(path)").status == 409)
            #expect(
                try await post("bob", "/api/trakt/disconnect\(path)").json.text("message") == "Trakt was not connected."
            )
            #expect(try await post("bob", "/api/trakt/token/reveal\(path)").status == 409)
        }
        // What Bob hears first of what has happened since he began to listen is what he did himself.
        #expect(try await post("bob", "/api/config", keys("app-of-bob")).status == 200)
        while true {
            let event = try await listening.next()
            #expect(!["pending", "connected"].contains(event.data.text("state")))
            if event.name == "config" { break }
        }
        #expect(!listening.text.contains("alice") && !listening.text.contains("user_code"))
        #expect(try await get("alice", "/api/simkl/status").json.text("state") == "pending")
        #expect(try await get("alice", "/api/trakt/status").json.text("state") == "connected")
        let reveal = try await world.send(
            "POST", "/api/trakt/token/reveal", ["Remote-User": "alice", "Origin": try world.origin], isSecret: true)
        let token = reveal.json.text("access_token")
        #expect(reveal.status == 200 && !token.isEmpty)
        #expect(try !world.everythingSeen.contains(token))
        // Each has a file, and the name in it.
        let files = try Files.names(in: world.folder("data")).filter { $0.hasPrefix("u-") }
        let owners = try files.map { try JSON.parse(Files.read(world.folder("data/\($0)"))).text("_owner") }
        #expect(Set(owners) == ["alice", "bob"])
    }

    @Test func `the browser comes back to the sign-in of its owner, whoever the proxy says it is`() async throws {
        for user in ["alice", "bob"] { try await post(user, "/api/config", keys("app")) }
        let headers: HeaderFields = ["Origin": try world.origin, "Remote-User": "alice"]
        let answer = try await world.send("POST", "/api/trakt/authorize", headers, isSecret: true)
        let journey = Journey(
            authorizationURL: answer.json.text("authorization_url"), cookie: answer.cookie,
            redirectURI: answer.json.text("redirect_uri"))
        let query = try await world.decide(journey)
        // Without the cookie of the sign-in, another person's browser ends nothing.
        #expect(try await world.arrive(.trakt, query, cookie: "", ["Remote-User": "bob"]).status == 400)
        #expect(try await world.arrive(.trakt, query, cookie: journey.cookie, ["Remote-User": "bob"]).status == 303)
        _ = try await feed("alice").status("trakt") { $0.text("state") == "connected" }
        #expect(try await get("bob", "/api/trakt/status").json.text("state") == "needs_sign_in")
    }

    @Test func `everybody's sign-ins go on after a restart`() async throws {
        for user in ["alice", "bob"] { try await post(user, "/api/config", keys("app")) }
        #expect(try await post("alice", "/api/trakt/pin/new", ["method": "device"]).status == 200)
        #expect(try await post("bob", "/api/simkl/pin/new", ["method": "device"]).status == 200)
        try world.folder.write("{", to: "data/u-\(String(repeating: "0", count: 40)).json")
        try await world.crash()
        #expect(try await world.waitForLog("sign-ins not resumed") != nil)
        world.simulator.approve(.trakt)
        world.simulator.approve(.simkl)
        _ = try await feed("alice").status("trakt") { $0.text("state") == "connected" }
        _ = try await feed("bob").status("simkl") { $0.text("state") == "connected" }
        #expect(try await get("bob", "/api/trakt/status").json.text("state") == "needs_sign_in")
    }

    @Test func `app keys for everyone are used by all and seen by administrators alone`() async throws {
        let shared = Simulator.demoValues["trakt.client_id"] ?? ""
        #expect(try await post("alice", "/api/config?for=everyone", keys("x")).status == 403)
        #expect(try await get("alice", "/api/config?for=everyone").status == 403)
        #expect(try await get("alice", "/api/config?for=bob").status == 403)
        #expect(try await post("root", "/api/config?for=everyone", ["auth": ["trakt": .null]]).status == 422)
        let listening = try await feed("alice")
        _ = try await listening.status("trakt") { $0.text("state") == "not_set_up" }
        #expect(try await post("root", "/api/config?for=everyone", keys(shared)).status == 200)
        _ = try await listening.status("trakt") { $0["shared_keys"] == true && $0.text("state") == "needs_sign_in" }
        #expect(try await get("root", "/api/config?for=everyone").json[path: "trakt.client_id"] != nil)
        #expect(try await get("root", "/api/config").json == [:])
        try await link("alice")
        #expect(try await get("alice", "/api/config").json["trakt"] == nil)
        let status = try await get("bob", "/api/trakt/status").json
        #expect(status.text("state") == "needs_sign_in" && status["shared_keys"] == true)
        // Own keys take their place as a whole.
        try await post("bob", "/api/config", ["trakt": ["client_secret": "mine"]])
        #expect(try await get("bob", "/api/trakt/status").json["shared_keys"] == nil)
        #expect(try await get("bob", "/api/trakt/status").json.text("state") == "not_set_up")
    }

    @Test func `who is not said to be somebody is let in nowhere, and what is for everyone stays so`() async throws {
        for path in ["/api/status", "/api/config", "/api/events", "/api/trakt/status", "/api/trakt/pin/status"] {
            #expect(try await world.get(path).status == 401)
            #expect(try await world.get(path, ["Remote_User": "alice"]).status == 400)
        }
        for path in ["pin/new", "pin/cancel", "authorize", "refresh", "disconnect", "token/reveal"] {
            #expect(try await world.post("/api/trakt/\(path)").status == 401)
        }
        #expect(try await world.post("/api/config", keys("x")).status == 401)
        #expect(try await world.get("/healthz").status == 200)
        #expect(
            try await world.waitForLog("visitor refused")
                == "warning visitor refused client=127.0.0.1 reason=not_signed_in")
    }

    @Test func `a proxy that is not listed brings nobody in`() async throws {
        let world = try await World(
            ["--sign-in", "proxy", "--trusted-proxy", "192.0.2.1", "--listen", "0.0.0.0:0"])
        let answer = try await world.get("/api/status", ["Remote-User": "alice", "X-Forwarded-For": "192.0.2.1"])
        #expect(answer.status == 403)
        #expect(
            answer.json.text("message")
                == "Sign-in is left to a proxy in front of Latchkey, and this request did not come through it.")
        #expect(try await world.get("/healthz").status == 200)
    }

    @Test func `a proxy on a unix socket is listed by its word, and a reload changes who is listed`() async throws {
        let folder = try TemporaryFolder()
        try Files.makeFolder(folder("run"))
        let path = folder("run/latchkey.sock")
        func configure(_ proxies: String) throws {
            try folder.write(
                "{ sign_in: 'proxy', trusted_proxy: [\(proxies)], listen: 'unix:\(path)', public_url: 'http://localhost/' }",
                to: "site/latchkey.json5")
        }
        try configure("'unix'")
        let running = try await RunningLatchkey(
            ["serve", "--site", folder("site"), "--data", folder("data")], environment: ["HOME": folder.path])
        _ = await running.process.output.line { $0.hasPrefix("Config and tokens") }
        let client = try await RawClient.connect(unixPath: path)
        let request = "GET /api/status HTTP/1.1\r\nHost: localhost\r\nRemote-User: alice\r\n\r\n"
        try await client.send(request)
        #expect(try await client.response().status == 200)
        try configure("")
        running.process.signal(SIGHUP)
        #expect(
            await running.process.errors.line { $0.contains("not reloaded") && $0.contains("none is listed") } != nil)
        try configure("'127.0.0.1'")
        running.process.signal(SIGHUP)
        #expect(await running.process.errors.line { $0.contains("info reloaded") } != nil)
        try await client.send(request)
        #expect(try await client.response().status == 403)
        #expect(await running.process.terminate() == .exited(code: 0))
    }

    @Test func `redirect addresses come from the configuration, whatever a request says of itself`() async throws {
        try await post("alice", "/api/config", keys("app"))
        let fields: HeaderFields = [
            "Remote-User": "alice", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
            "Forwarded": "for=203.0.113.7;host=evil.example;proto=https", "X-Forwarded-For": "203.0.113.7",
            "X-Forwarded-Prefix": "/evil", "X-Original-Host": "evil.example",
        ]
        let url = try world.url
        for path in ["/api/trakt/status", "/api/status"] {
            let answer = try await world.get(path, fields)
            #expect(answer.text.contains("\(url)/trakt/oauth-callback/") && !answer.text.contains("evil"))
        }
        let begun = try await world.post("/api/trakt/authorize", nil, fields)
        #expect(begun.json.text("redirect_uri") == "\(url)/trakt/oauth-callback/")
        #expect(!begun.text.contains("evil") && !"\(begun.headers)".contains("evil"))
        // Any other name is refused before anything is looked up.
        let other = try await world.raw(
            "GET /api/status HTTP/1.1\r\nHost: evil.example\r\nRemote-User: alice\r\n\r\n")
        #expect(other.status == 421)
        // The access log tells of the client that the proxy tells of, where both kinds agree.
        #expect(try await world.waitForLog("203.0.113.7 GET /api/trakt/status 200") != nil)
        #expect(try await world.get("/", fields).status == 200)
        #expect(try await world.waitForLog("203.0.113.7 GET / 200") != nil)
    }

    @Test(arguments: [
        (
            ["--sign-in", "proxy"],
            "--sign-in proxy believes listed proxies alone, and none is listed; "
                + "say where yours connects from, such as --trusted-proxy 127.0.0.1 or --trusted-proxy unix"
        ),
        (["--sign-in", "maybe"], "--sign-in 'maybe' should be none, password, proxy or oidc"),
        (["--admin", "alice"], "--admin is for --sign-in proxy and oidc"),
        (
            ["--sign-in", "proxy", "--trusted-proxy", "unix", "--user-header", "a b"],
            "--user-header 'a b' should be a name such as Remote-User"
        ),
        (
            ["--trusted-proxy", "0.0.0.0/0"],
            "--trusted-proxy 0.0.0.0/0 is every address; list where your proxies connect from"
        ),
        (
            ["--trusted-proxy", "10.0.0.1/8"],
            "--trusted-proxy: '10.0.0.1/8' has bits set beyond its length; write 10.0.0.0/8, or the address alone"
        ),
    ]) func `a configuration that would let strangers in is refused`(words: [String], sentence: String) async throws {
        let run = try await Command.latchkey(
            ["serve", "--listen", "127.0.0.1:0", "--data", world.folder("other"), "--site", world.folder("site")]
                + words)
        #expect(run == .refused(2, sentence))
    }
}
