import JSON
import Simulator
import TestSupport
import Testing

/// The shapes of the answers that pages and programs build on.
@Suite(.timeLimit(.minutes(1)))
struct ShapeTests {
    let world: World

    init() async throws { world = try await World() }

    @Test func `healthz says that the server runs`() async throws {
        #expect(try await world.get("/healthz").summary == #"200 {"ok":true}"#)
        #expect(try await world.get("/healthz/").status == 404)
        #expect(try await world.get("/api/healthz").status == 404)
        #expect(try await world.post("/healthz").headers["Allow"] == "GET, HEAD")
    }

    @Test func `a provider without keys says what it needs`() async throws {
        let status = try await world.status(.trakt)
        #expect(
            status == [
                "ok": true, "provider": "trakt", "account": "default", "state": "not_set_up", "connected": false,
                "configured": false, "message": "Enter the app keys of Trakt first.",
                "redirect_uri": .string(try world.url + "/trakt/oauth-callback/"),
                "hint": "They are at https://developer.trakt.tv/apps.",
                "revoke_url": "https://app.trakt.tv/settings/apps",
            ])
        let answer = try await world.post("/api/trakt/pin/new")
        #expect(answer.status == 422)
        #expect(
            answer.json == [
                "ok": false, "error": "missing_keys", "message": "Trakt needs Client ID first.",
                "hint": "Get it at https://developer.trakt.tv/apps, then enter it and save.",
                "fields": [["key": "trakt.client_id", "message": "Enter the Client ID."]],
            ])
        #expect(world.simulator.counts(.trakt) == [:])
    }

    @Test func `all providers are told together, and to listeners one by one`() async throws {
        let all = try await world.get("/api/status").json
        #expect(all["ok"] == true)
        #expect(all["demo"] == .null)
        let providers = try #require(all["providers"]?.objectValue)
        #expect(["plex", "simkl", "tmdb", "trakt"].allSatisfy(providers.keys.contains))
        // They stand in the order of the page.
        let manifests = try await world.get("/api/auth/providers").json.arrayValue ?? []
        #expect(providers.keys == manifests.map { $0.text("name").lowercased() })
        let feed = try await EventFeed(port: try world.port)
        for name in providers.keys {
            let event = try await feed.next()
            #expect(event == EventFeed.Event(name: "status", data: providers[name] ?? .null))
            let alone = try await world.get("/api/\(name)/status").json
            #expect(alone == event.data)
        }
    }

    @Test func `a sign-in by code is told without its secret`() async throws {
        try await world.enterKeys()
        let start = try await world.begin(.trakt)
        #expect(start.objectValue?.keys == ["user_code", "verification_url", "expiresIn", "interval", "ok"])
        #expect(start["verification_url"] == .string(world.server.url + "/trakt/auth/activate"))
        #expect(start["interval"] == 1)
        #expect((590...600).contains(start["expiresIn"]?.intValue ?? 0))
        #expect(world.simulator.pendingCodes(.trakt) == [start.text("user_code")])
        let pin = try await world.get("/api/trakt/pin/status").json
        #expect(pin["ok"] == true)
        #expect(pin["status"] == "authorization_pending")
        #expect(pin["message"] == "Enter the code at Trakt and approve.")
        #expect(pin["user_code"] == start["user_code"])
        let status = try await world.status(.trakt)
        #expect(status["state"] == "pending")
        #expect(status["message"] == "Waiting for your approval at Trakt.")
        #expect(status[path: "flow.user_code"] == start["user_code"])
        #expect(status[path: "flow.method"] == "device")
    }

    @Test func `a code that is in a link comes with both, and an approval has none`() async throws {
        try await world.enterKeys()
        let simkl = try await world.begin(.simkl)
        let code = simkl.text("user_code")
        #expect(simkl["verification_url"] == .string(world.server.url + "/simkl/web/pin"))
        #expect(simkl["verification_url_complete"] == .string(world.server.url + "/simkl/web/pin/" + code))
        let tmdb = try await world.begin(.tmdb)
        #expect(tmdb["user_code"] == "")
        #expect(tmdb.text("verification_url").hasPrefix(world.server.url + "/tmdb/web/authenticate/"))
        #expect(tmdb["verification_url_complete"] == nil)
        let plex = try await world.begin(.plex)
        #expect(plex.text("user_code").count == 4)
    }

    @Test func `a connection is told with its account, shown on request, and ended at the provider, too`() async throws
    {
        try await world.enterKeys()
        try await world.begin(.trakt)
        world.simulator.approve(.trakt, account: "sean")
        let status = try await world.status(.trakt) { $0["account_name"] != nil }
        #expect(status["state"] == "connected")
        #expect(status["connected"] == true)
        #expect(status["message"] == "Connected to Trakt.")
        #expect(status["account_name"] == "sean")
        #expect(status["method"] == "device")
        #expect(status["can_refresh"] == true)
        #expect((status["expires_at"]?.intValue ?? 0) > 1_700_000_000)
        #expect(status["flow"] == nil)
        let token = world.simulator.accessTokens(.trakt)[0]
        let shown = try await world.post("/api/trakt/token/reveal")
        #expect(shown.json == ["ok": true, "access_token": .string(token)])
        let ended = try await world.post("/api/trakt/disconnect")
        #expect(
            ended.json == [
                "ok": true, "forgotten": true, "revoked": true, "message": "Disconnected, and ended at Trakt.",
                "revoke_url": "https://app.trakt.tv/settings/apps",
            ])
        #expect(world.simulator.accessTokens(.trakt) == [])
        #expect(try await world.status(.trakt)["state"] == "needs_sign_in")
        #expect(try world.vault["auth"] == nil)
    }

    @Test func `a refresh brings another token, and the old refresh token is not used again`() async throws {
        try await world.enterKeys()
        try await world.begin(.trakt)
        world.simulator.approve(.trakt)
        try await world.status(.trakt) { $0["account_name"] != nil }
        let before = world.simulator.accessTokens(.trakt)
        let answers = try await withThrowingTaskGroup { group in
            for _ in 1...5 { group.addTask { try await world.post("/api/trakt/refresh") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.map(\.status) == [200, 200, 200, 200, 200])
        #expect(answers[0].json["state"] == "connected")
        #expect(world.simulator.counts(.trakt)["POST /oauth/token"] == 1)
        #expect(world.simulator.accessTokens(.trakt) != before)
        let shown = try await world.post("/api/trakt/token/reveal").json
        #expect(shown["access_token"] == world.simulator.accessTokens(.trakt).first.map { .string($0) })
        #expect(
            try world.vault[path: "auth.trakt.refresh_token"]?.stringValue == world.simulator.refreshTokens(.trakt)[0])
        #expect(try world.vault[path: "auth.trakt.account_name"] == "demo")
    }

    @Test func `a connection that the provider has ended asks for a new one`() async throws {
        try await world.enterKeys()
        try await world.begin(.trakt)
        world.simulator.approve(.trakt)
        try await world.status(.trakt) { $0["account_name"] != nil }
        world.simulator.endSessions(.trakt)
        let answer = try await world.post("/api/trakt/refresh")
        #expect(answer.status == 409)
        #expect(answer.json["message"] == "Trakt has ended this link.")
        let status = try await world.status(.trakt)
        #expect(status["state"] == "reconnect_needed")
        #expect(status["message"] == "Trakt has ended this link.")
    }

    @Test func `what cannot be done is said`() async throws {
        try await world.enterKeys()
        func said(_ path: String, _ body: JSON? = nil) async throws -> String {
            let answer = try await world.post(path, body)
            return
                "\(answer.status) \(answer.json.text("error")): \(answer.json.text("message")) \(answer.json.text("hint"))"
        }
        #expect(
            try await said("/api/trakt/token/reveal") == "409 not_linked: There is no token to show. Connect first.")
        #expect(try await said("/api/trakt/refresh") == "409 not_linked: Trakt is not connected. Connect it first.")
        #expect(
            try await said("/api/trakt/pin/cancel")
                == "409 no_sign_in: No sign-in is going on that could be cancelled. ")
        #expect(
            try await said("/api/plex/authorize")
                == "409 no_such_method: Plex has no sign-in of this kind. It has: device, popup.")
        #expect(
            try await said("/api/trakt/pin/new", ["method": "redirect"])
                == "422 unknown_method: Trakt has no such sign-in here. Use one of: device.")
        #expect(
            try await said("/api/trakt/authorize", ["method": 7])
                == "422 unknown_method: Trakt has no such sign-in here. Use one of: redirect.")
        let pin = try await world.get("/api/trakt/pin/status")
        #expect(
            pin.json == [
                "ok": false, "error": "no_sign_in", "message": "No sign-in is going on.",
                "hint": "Begin one with POST to 'pin/new'.",
            ])
    }
}
