import HTTP
import JSON
import Simulator
import TestSupport
import Testing

/// NowPlaying's names: the same paths and shapes, and answers that are true.
@Suite(.timeLimit(.minutes(1)))
struct AuthenticationTests {
    let world: World

    init() async throws {
        world = try await World()
        try await world.enterKeys()
    }

    /// Begins a sign-in without a browser; gives the query with which the provider would send one back.
    private func query(_ provider: SimulatedProvider = .trakt) async throws -> String {
        let begun = try await world.get("/\(provider.rawValue)/authenticate/")
        #expect(begun.status == 200)
        return try await world.decide(
            Journey(
                authorizationURL: begun.json.text("auth_url"), cookie: "", redirectURI: begun.json.text("redirect_uri"))
        )
    }

    /// As above: the state and the code.
    private func code(_ provider: SimulatedProvider = .trakt) async throws -> [String: String] {
        let items = FormDecoder.items(try await query(provider))
        return Dictionary(items.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }

    private func json(_ items: [String: String]) -> JSON {
        .object(JSONObject(items.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    @Test func `the shapes of a sign-in by redirect`() async throws {
        let url = try world.url
        let before = try await world.get("/trakt/auth-status/")
        #expect(
            before.json == [
                "authenticated": false, "auth_url": .string("\(url)/trakt/authenticate/"), "state": "needs_sign_in",
                "message": "Trakt is not connected.",
            ])
        let begun = try await world.post("/trakt/authenticate/")
        #expect(begun.json.text("auth_url").contains("response_type=code"))
        #expect(begun.json["redirect_uri"] == .string("\(url)/trakt/oauth-callback/"))
        #expect(begun.json["message"] == "Visit this URL to authorize your Trakt account")
        #expect(begun.json.text("auth_url").contains("state=\(begun.json.text("state"))"))
        #expect(begun.cookie.hasPrefix("latchkey_flow_trakt_"))
        let done = try await world.post("/trakt/oauth-callback/", json(try await code()))
        let end = done.json.text("expires_at")
        #expect(end.contains(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/))
        #expect(
            done.json == [
                "success": true, "message": "Successfully authenticated with Trakt!", "account": "default",
                "expires_at": .string(end),
            ])
        let after = try await world.get("/trakt/auth-status/")
        #expect(
            after.json == [
                "authenticated": true, "token_expired": false, "expires_at": .string(end), "state": "connected",
                "message": "Connected to Trakt.",
            ])
    }

    @Test func `a code is pasted once, as code and state or as the whole address`() async throws {
        let query = try await query(.simkl)
        let items = Dictionary(FormDecoder.items(query).map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
        let url: JSON = ["url": .string("\(try world.url)/simkl/oauth-callback/?\(query)#x")]
        #expect(try await world.post("/simkl/oauth-callback/", url).status == 200)
        #expect(try await world.post("/simkl/oauth-callback/", url).summary.hasPrefix("409 "))
        #expect(try await world.post("/simkl/oauth-callback/", json(items)).json["error"] == "already_used")
        #expect(world.simulator.counts(.simkl)["POST /oauth2/token"] == 1)
    }

    @Test func `a code without a state, with another one, or for another provider ends nothing`() async throws {
        var items = try await code()
        let right = items["state"]
        func refusal(_ body: JSON?, _ provider: String = "trakt") async throws -> String {
            let answer = try await world.post("/\(provider)/oauth-callback/", body)
            return "\(answer.status) \(answer.json.text("error"))"
        }
        #expect(try await refusal(nil) == "400 missing_code")
        #expect(try await refusal(["state": .string(right ?? "")]) == "400 missing_code")
        #expect(try await refusal(["code": "x"]) == "400 invalid_state")
        #expect(try await refusal(["url": "https://nowhere.example/?code=x"]) == "400 invalid_state")
        #expect(try await refusal(["url": "https://nowhere.example/?state=a&state=b"]) == "400 invalid_state")
        #expect(try await refusal(json(items), "simkl") == "400 invalid_state")
        items["state"] = "another"
        #expect(try await refusal(json(items)) == "400 invalid_state")
        #expect(world.simulator.counts(.trakt)["POST /oauth/token"] == nil)
        items["state"] = right
        #expect(try await world.post("/trakt/oauth-callback/", json(items)).status == 200)
    }

    @Test func `a wrong code is an error with the provider's reason, and ends the sign-in`() async throws {
        var items = try await code()
        items["code"] = "wrong"
        let answer = try await world.post("/trakt/oauth-callback/", json(items))
        #expect(answer.status == 409)
        #expect(answer.json["ok"] == false)
        let status = try await world.get("/trakt/auth-status/")
        #expect(status.json["authenticated"] == false)
    }

    @Test func `an expired token is told as expired, with the way to sign in again`() async throws {
        world.simulator.configure(.trakt) { $0.tokenExpiresIn = 2 }
        #expect(try await world.post("/trakt/oauth-callback/", json(try await code())).status == 200)
        // It cannot be renewed.
        world.simulator.add(Fault(.status(503), times: nil, endpoint: "POST /oauth/token"), to: .trakt)
        var status = try await world.get("/trakt/auth-status/").json
        while status["token_expired"] != true { status = try await world.get("/trakt/auth-status/").json }
        #expect(status["authenticated"] == false)
        #expect(status["auth_url"] == .string("\(try world.url)/trakt/authenticate/"))
        #expect(["expired", "unreachable"].contains(status.text("state")))
    }

    @Test func `a refresh gives the new token, and one that is refused is an error`() async throws {
        #expect(try await world.get("/trakt/refresh-token/").summary.hasPrefix("409 "))
        #expect(try await world.post("/trakt/oauth-callback/", json(try await code())).status == 200)
        let origin = try world.origin
        let fresh = try await world.send("POST", "/trakt/refresh-token/", ["Origin": origin], isSecret: true)
        #expect(fresh.json.text("access_token") == (try world.vault)["auth"]?["trakt"]?.text("access_token"))
        #expect(fresh.json.text("expires_at").hasSuffix("Z"))
        world.simulator.endSessions(.trakt)
        let refused = try await world.get("/trakt/refresh-token/")
        #expect(refused.status == 409)
        #expect(refused.json["ok"] == false && refused.json["access_token"] == nil)
        let status = try await world.get("/trakt/auth-status/").json
        #expect(status["authenticated"] == false && status["state"] == "reconnect_needed")
        #expect(!(try world.everythingSeen.contains(fresh.json.text("access_token"))))
    }

    @Test func `a provider without a redirect says where to begin`() async throws {
        #expect(try await world.get("/plex/authenticate/").json["error"] == "no_such_method")
        let status = try await world.get("/plex/auth-status/").json
        #expect(status["auth_url"] == .string("\(try world.url)/#sec-plex"))
        let named = try await world.get("/trakt/auth-status/?account=home").json
        #expect(named.text("auth_url").hasSuffix("/trakt/authenticate/?account=home"))
    }

    // MARK: GET

    /// Whether a GET with these fields would change something; with its path and host.
    private func isTaken(_ fields: HeaderFields, host: String = "127.0.0.1", method: String = "GET") async throws -> Int
    {
        var text = "\(method) /trakt/authenticate/ HTTP/1.1\r\nHost: \(host):\(try world.port)\r\n"
        for field in fields.fields { text += "\(field.name): \(field.value)\r\n" }
        return try await world.raw(text + "\r\n", isHead: method == "HEAD").status
    }

    @Test func `GET changes something for programs of this machine alone`() async throws {
        let origin = try world.origin
        #expect(try await isTaken([:]) == 200)
        #expect(try await isTaken([:], host: "localhost") == 200)
        #expect(try await isTaken(["Sec-Fetch-Site": "none"]) == 200)
        #expect(try await isTaken(["Sec-Fetch-Site": "same-origin", "Referer": origin + "/"]) == 200)
        for field in [
            ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Origin", "https://evil.example"),
            ("Origin", "null"), ("Referer", "https://evil.example/"), ("Sec-Purpose", "prefetch"),
        ] { #expect(try await isTaken([field.0: field.1]) == 405, "\(field)") }
        #expect(try await isTaken([:], method: "HEAD") == 405)
        let answer = try await world.get("/trakt/authenticate/", ["Sec-Fetch-Site": "cross-site"])
        #expect(answer.headers["Allow"] == "POST")
        #expect(
            answer.json == [
                "ok": false, "error": "not_by_get",
                "message": "'/trakt/authenticate/' changes something, so it is not done by GET here.",
                "hint": "Use POST. GET is for programs on this machine, where nobody has to sign in.",
            ])
    }

    @Test func `with a sign-in GET changes nothing, whoever asks`() async throws {
        let house = try await House(.password)
        let fields = try await house.fields("alice")
        for path in ["/trakt/authenticate/", "/trakt/refresh-token/"] {
            #expect(try await house.ask("GET", path, fields).refusal == "405 not_by_get")
            #expect(try await house.ask("GET", path).refusal == "401 not_signed_in")
        }
    }

    @Test func `another person cannot end a sign-in, even with its code and state`() async throws {
        let house = try await House(.proxy)
        let (alice, bob) = (try await house.fields("alice"), try await house.fields("bob"))
        let keys: JSON = ["trakt": ["client_id": "app"]]
        for fields in [alice, bob] { #expect(try await house.world.post("/api/config", keys, fields).status == 200) }
        let begun = try await house.world.post("/trakt/authenticate/", nil, alice)
        let journey = Journey(
            authorizationURL: begun.json.text("auth_url"), cookie: begun.cookie,
            redirectURI: begun.json.text("redirect_uri"))
        let items = FormDecoder.items(try await house.world.decide(journey))
        let body = json(Dictionary(items.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 }))
        var thief = bob
        thief["Cookie"] = begun.cookie
        #expect(try await house.world.post("/trakt/oauth-callback/", body, thief).json["error"] == "invalid_state")
        #expect(try await house.world.post("/trakt/oauth-callback/", body, alice).status == 200)
        #expect(try await house.world.get("/trakt/auth-status/", bob).json["authenticated"] == false)
    }

    // MARK: API keys

    private func key(_ house: House, _ allow: String) async throws -> HeaderFields {
        let words = ["apikey", "new", "app", "--allow", allow, "--data", house.world.folder("data")]
        let made = try await Command.latchkey(words)
        #expect(made.code == 0)
        return ["Authorization": "Bearer \(made.output.dropLast())"]
    }

    @Test func `an app with an API key needs neither a session nor an origin, for its accounts`() async throws {
        let house = try await House(.password)
        let owner = try await house.fields("alice")
        #expect(try await house.world.post("/api/config", ["trakt": ["client_id": "app"]], owner).status == 200)
        let app = try await key(house, "trakt")
        let begun = try await house.world.post("/trakt/authenticate/", nil, owner)
        let journey = Journey(
            authorizationURL: begun.json.text("auth_url"), cookie: "", redirectURI: begun.json.text("redirect_uri"))
        let items = FormDecoder.items(try await house.world.decide(journey)).map { ($0.name, $0.value) }
        let code = json(Dictionary(items, uniquingKeysWith: { $1 }))
        // Connecting is for people, not for whoever has the key of an app.
        let body = String(decoding: code.encoded(), as: UTF8.self)
        #expect(try await house.ask("GET", "/trakt/authenticate/", app).refusal == "401 not_signed_in")
        #expect(try await house.ask("POST", "/trakt/authenticate/", app).refusal == "403 origin_missing")
        #expect(try await house.ask("POST", "/trakt/oauth-callback/", app, body: body).refusal == "403 origin_missing")
        #expect(try await house.world.post("/trakt/oauth-callback/", code, owner).status == 200)
        #expect(try await house.ask("GET", "/trakt/auth-status/", app).json["authenticated"] == true)
        #expect(try await house.ask("GET", "/trakt/refresh-token/", app).json["access_token"] != nil)
        #expect(try await house.ask("HEAD", "/trakt/refresh-token/", app).status == 405)
        #expect(try await house.ask("GET", "/trakt/fetch-latest-movies/", app).status == 200)
        #expect(try await house.ask("GET", "/trakt/get-stored-movies/", app).status == 200)
        #expect(try await house.ask("GET", "/trakt/sync-status/", app).status == 200)
        for path in ["/trakt/auth-status/?account=home", "/simkl/auth-status/", "/trakt/refresh-token/?account=home"] {
            #expect(try await house.ask("GET", path, app).refusal == "403 not_allowed", "\(path)")
        }
        #expect(try await house.ask("POST", "/trakt/forget-history/", app).refusal == "403 origin_missing")
        #expect(try await house.ask("POST", "/api/trakt/disconnect", app).refusal == "403 origin_missing")
        #expect(try await house.ask("GET", "/api/config", app).refusal == "401 not_signed_in")
        let wrong: HeaderFields = ["Authorization": "Bearer lk_\(String(repeating: "A", count: 43))"]
        #expect(try await house.ask("GET", "/trakt/auth-status/", wrong).refusal == "401 wrong_api_key")
    }
}
