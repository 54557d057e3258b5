import HTTP
import JSON
import Simulator
import TestSupport
import Testing

/// Every way in which a sign-in ends, with its status and its sentence.
@Suite(.timeLimit(.minutes(1)))
struct EndTests {
    let world: World
    private let token = "POST /oauth/device/token"

    init() async throws {
        world = try await World()
        try await world.enterKeys()
    }

    private var simulator: Simulator { world.simulator }

    /// How a sign-in ended: `state: status: message hint`.
    private func end(_ provider: SimulatedProvider) async throws -> String {
        let status = try await world.status(provider) { status in
            let flow = status.text("flow.status")
            return !["", "authorization_pending", "slow_down"].contains(flow)
        }
        let flow = status["flow"] ?? .null
        let text = [flow.text("message"), flow.text("hint")].filter { !$0.isEmpty }.joined(separator: " ")
        return "\(status.text("state")): \(flow.text("status")): \(text)"
    }

    @Test func `Trakt: denied`() async throws {
        try await world.begin(.trakt)
        simulator.deny(.trakt)
        #expect(
            try await end(.trakt)
                == "needs_sign_in: access_denied: The request was declined at Trakt. Get a new code and try again.")
    }

    @Test func `Trakt: expired at the provider`() async throws {
        try await world.begin(.trakt)
        simulator.expire(.trakt)
        #expect(
            try await end(.trakt)
                == "needs_sign_in: expired_token: The code was not approved at Trakt in time. Get a new code and try again."
        )
    }

    @Test func `expired by our own clock, without a word from the provider`() async throws {
        simulator.configure(.trakt) {
            $0.expiresIn = 2
            $0.interval = 60
        }
        try await world.begin(.trakt)
        #expect(
            try await end(.trakt)
                == "needs_sign_in: expired_token: The code was not approved at Trakt in time. Get a new code and try again."
        )
        #expect(simulator.counts(.trakt)[token] == nil)
    }

    @Test func `Trakt: used, because the answer with the token was lost`() async throws {
        try await world.begin(.trakt)
        simulator.add(Fault(.lostAnswer, endpoint: token), to: .trakt)
        simulator.approve(.trakt)
        #expect(
            try await end(.trakt)
                == "needs_sign_in: already_used: Trakt says that this code was used before. Get a new code and try again."
        )
    }

    @Test func `Trakt: a code that it does not know`() async throws {
        try await world.begin(.trakt)
        simulator.reset(.trakt)
        #expect(
            try await end(.trakt)
                == "needs_sign_in: invalid_code: Trakt does not know this code. Get a new code and try again.")
    }

    @Test func `Trakt: the app is rejected`() async throws {
        try await world.begin(.trakt)
        simulator.configure(.trakt) { $0.rejectedClients = ["*"] }
        #expect(
            try await end(.trakt)
                == "misconfigured: app_rejected: Trakt does not know this Client ID. Copy it again from https://developer.trakt.tv/apps. Trakt deletes apps that are not used."
        )
    }

    @Test(arguments: [Fault.Kind.emptyBody, .notJSON])
    func `Trakt: an answer that says nothing is an error, not patience`(kind: Fault.Kind) async throws {
        try await world.begin(.trakt)
        simulator.add(Fault(kind, endpoint: token), to: .trakt)
        #expect(
            try await end(.trakt)
                == "unreachable: unreachable: Trakt answered 200, but not with what was asked for. Try again; if it stays so, the description of Trakt needs a look."
        )
    }

    @Test func `SIMKL: denied, and expired`() async throws {
        try await world.begin(.simkl)
        simulator.deny(.simkl)
        #expect(
            try await end(.simkl)
                == "needs_sign_in: access_denied: The request was declined at SIMKL. Get a new code and try again.")
        try await world.begin(.simkl)
        simulator.expire(.simkl)
        try await world.status(.simkl, flow: "expired_token")
    }

    @Test func `Plex: expired`() async throws {
        try await world.begin(.plex)
        simulator.expire(.plex)
        #expect(
            try await end(.plex)
                == "needs_sign_in: expired_token: The code was not approved at Plex in time. Get a new code and try again."
        )
    }

    @Test func `TMDB: expired`() async throws {
        try await world.begin(.tmdb)
        simulator.expire(.tmdb)
        #expect(
            try await end(.tmdb)
                == "needs_sign_in: expired_token: The sign-in was not approved at TMDB in time. Start again.")
    }

    // MARK: Beginnings that fail

    /// What a click is answered: `status error: message hint`.
    private func refusal(_ provider: SimulatedProvider, _ endpoint: String = "pin/new", method: String? = nil)
        async throws -> String
    {
        let body: JSON? = method.map { ["method": .string($0)] }
        let answer = try await world.post("/api/\(provider.rawValue)/\(endpoint)", body)
        let words = ["message", "hint"].map { answer.json.text($0) }.filter { !$0.isEmpty }.joined(separator: " ")
        return "\(answer.status) \(answer.json.text("error")): \(words)"
    }

    @Test func `a provider that does not begin says why, and the next click begins`() async throws {
        let start = "POST /oauth/device/code"
        let mute =
            "502 unreachable: Trakt answered with no code to show, so the sign-in was not begun. Try again; if it stays so, the description of Trakt needs a look."
        for (kind, sentence) in [
            (
                Fault.Kind.status(503),
                "502 unreachable: Trakt has a problem of its own (HTTP 503). Try again in a moment."
            ),
            (.emptyBody, mute), (.notJSON, mute),
            (.lostAnswer, "502 unreachable: Trakt could not be reached. Try again in a moment."),
        ] {
            simulator.add(Fault(kind, endpoint: start), to: .trakt)
            let said = try await refusal(.trakt)
            #expect(said == sentence)
            let status = try await world.status(.trakt)
            #expect(status["state"] == "unreachable")
            #expect(status[path: "flow.status"] == "unreachable")
        }
        try await world.begin(.trakt)
        #expect(try await world.status(.trakt)["state"] == "pending")
    }

    @Test func `an app that the provider does not know is said at the click`() async throws {
        try await world.post(
            "/api/config",
            [
                "trakt": ["client_id": "unknown-id"], "simkl": ["client_id": "unknown-id"],
                "tmdb": ["api_key": "ffffffffffffffffffffffffffffffff"],
            ])
        simulator.configure(.tmdb) { $0.rejectedClients = ["*"] }
        #expect(
            try await refusal(.trakt)
                == "409 app_rejected: Trakt does not know this Client ID. Copy it again from https://developer.trakt.tv/apps. Trakt deletes apps that are not used."
        )
        #expect(
            try await refusal(.simkl)
                == "409 app_rejected: SIMKL does not accept this app (invalid_client). Compare the values entered here with those at https://simkl.com/settings/developer/."
        )
        let refused = "409 app_rejected: TMDB does not accept this API Key. "
        let hint = "Copy it again from https://www.themoviedb.org/settings/api."
        #expect(try await refusal(.tmdb) == refused + hint)
        #expect(
            try await refusal(.tmdb, "authorize", method: "key")
                == refused + "It says: 'Invalid API key: You must be granted a valid key.'. " + hint)
        for provider in [SimulatedProvider.trakt, .simkl, .tmdb] {
            #expect(try await world.status(provider)["state"] == "misconfigured")
        }
    }

    @Test func `an API key is checked, kept, and forgotten`() async throws {
        let answer = try await world.post("/api/tmdb/authorize", ["method": "key"])
        #expect(answer.json == ["ok": true, "status": "ok"])
        let status = try await world.status(.tmdb)
        #expect(status["state"] == "connected")
        #expect(status["method"] == "key")
        #expect(status["can_refresh"] == false)
        let shown = try await world.post("/api/tmdb/token/reveal").json
        #expect(shown["access_token"] == .string(Simulator.demoValues["tmdb.api_key"] ?? ""))
        let ended = try await world.post("/api/tmdb/disconnect").json
        #expect(ended["revoked"] == false)
        #expect(ended["message"] == "Disconnected here. TMDB has no way to end it from here.")
        #expect(try await world.status(.tmdb)["state"] == "needs_sign_in")
    }

    // MARK: Pages that come back (TMDB)

    private func item(_ name: String, of url: String) -> String? {
        FormDecoder.items(String(url.drop { $0 != "?" }.dropFirst())).first { $0.name == name }?.value
    }

    @Test func `an approval page that comes back connects at once`() async throws {
        let start = try await world.post("/api/tmdb/pin/new")
        let back = try #require(item("redirect_to", of: start.json.text("verification_url")))
        #expect(back.hasPrefix(try world.url + "/tmdb/oauth-callback/?state="))
        simulator.approve(.tmdb, account: "ann")
        let query = back.drop { $0 != "?" }.dropFirst() + "&request_token=x&approved=true"
        let answer = try await world.arrive(.tmdb, String(query), cookie: start.cookie)
        #expect(answer.status == 303)
        #expect(answer.headers["Location"] == (try world.url + "/#sec-tmdb"))
        #expect(try await world.status(.tmdb)["state"] == "connected")
    }

    @Test func `an approval page that was denied ends the sign-in, but not with a foreign state`() async throws {
        let start = try await world.post("/api/tmdb/pin/new")
        let back = try #require(item("redirect_to", of: start.json.text("verification_url")))
        let foreign = try await world.arrive(.tmdb, "state=foreign&denied=true", cookie: start.cookie)
        #expect(foreign.status == 400)
        #expect(try await world.status(.tmdb)["state"] == "pending")
        let query = back.drop { $0 != "?" }.dropFirst() + "&denied=true"
        #expect(try await world.arrive(.tmdb, String(query), cookie: "").status == 400)
        #expect(try await world.status(.tmdb)["state"] == "pending")
        #expect(try await world.arrive(.tmdb, String(query), cookie: start.cookie).status == 303)
        #expect(
            try await end(.tmdb) == "needs_sign_in: access_denied: The request was declined at TMDB. Start again.")
    }
}
