import JSON
import Simulator
import Testing

@testable import Companion

/// What can be done with a connection: refresh, disconnect, reveal.
@Suite(.timeLimit(.minutes(1))) struct ConnectionTests {
    let world: World

    init() async throws { world = try await World.ready() }

    private func store(_ changes: [String: JSON]) async throws {
        for (key, value) in changes {
            try await world.vault.apply([.set("auth", "trakt", key, to: value)], owner: "default", account: "default")
        }
    }

    @Test func `five refreshes at once are one, and its tokens are on the disk`() async throws {
        try await world.linkTrakt()
        let statuses = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<5 { group.addTask { await world.post("/api/trakt/refresh").status } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == [200, 200, 200, 200, 200])
        #expect(world.simulator.counts(.trakt)["POST /oauth/token"] == 1)
        let next = try await world.restarted()
        #expect(
            try await next.stored("auth.trakt.refresh_token")?.stringValue
                == world.simulator.refreshTokens(.trakt).first)
        #expect(
            await next.post("/api/trakt/token/reveal").json["access_token"]?.stringValue
                == world.simulator.accessTokens(.trakt).first)
        #expect(world.simulator.complaints(.trakt) == [])
    }

    @Test func `a refresh that is refused says to connect again, and connecting again helps`() async throws {
        try await world.linkTrakt()
        world.simulator.endSessions(.trakt)
        #expect(
            await world.post("/api/trakt/refresh").summary == """
                409 {"ok":false,"error":"invalid_code","message":"Trakt has ended this link.","hint":"Sign in again."}
                """)
        let status = await world.get("/api/trakt/status").json
        #expect(status["state"] == "reconnect_needed")
        #expect(status["connected"] == false)
        #expect(status["message"] == "Trakt has ended this link.")
        #expect(status["hint"] == "Sign in again.")
        #expect((status["since"]?.intValue ?? 0) > 1_700_000_000)
        try await world.linkTrakt()
        #expect(await world.get("/api/trakt/status").json["state"] == "connected")
    }

    @Test func `a refresh that the app keys prevent says so, whatever happened to sign-ins`() async throws {
        try await world.linkTrakt()
        world.simulator.configure(.trakt) { $0.rejectedClients = ["*"] }
        #expect(await world.post("/api/trakt/refresh").json["error"] == "app_rejected")
        _ = await world.post("/api/trakt/authorize")
        _ = await world.post("/api/trakt/pin/cancel")
        let status = await world.get("/api/trakt/status").json
        #expect(status["state"] == "misconfigured")
        #expect(status["message"] == "Trakt does not know this Client ID.")
        #expect(
            status["hint"]
                == "Copy it again from https://developer.trakt.tv/apps. Trakt deletes apps that are not used.")
    }

    @Test func `a provider that is down costs nothing`() async throws {
        try await world.linkTrakt()
        let before = try await world.tokens()
        for kind: Fault.Kind in [.status(500), .emptyBody, .notJSON] {
            world.simulator.add(Fault(kind, endpoint: "POST /oauth/token"), to: .trakt)
            let answer = await world.post("/api/trakt/refresh")
            #expect(answer.status == 502)
            #expect(answer.json["error"] == "unreachable")
        }
        #expect(try await world.tokens() == before)
        #expect(await world.get("/api/trakt/status").json["state"] == "connected")
    }

    @Test func `where there is nothing to refresh or to show, that is said`() async throws {
        #expect(
            await world.post("/api/trakt/refresh").summary == """
                409 {"ok":false,"error":"not_linked","message":"Trakt is not connected.","hint":"Connect it first."}
                """)
        #expect(
            await world.post("/api/trakt/token/reveal").summary == """
                409 {"ok":false,"error":"not_linked","message":"There is no token to show.","hint":"Connect first."}
                """)
        try await store(["access_token": "t", "method": "device"])
        #expect(
            await world.post("/api/trakt/refresh").summary == """
                409 {"ok":false,"error":"no_refresh","message":"Trakt gives no way to refresh this connection.",\
                "hint":"If it has ended, connect again."}
                """)
        try await store(["method": "gone", "refresh_token": "r"])
        #expect(
            await world.post("/api/trakt/refresh").summary == """
                409 {"ok":false,"error":"method_gone","message":"The description of Trakt no longer has the sign-in \
                'gone'.","hint":"Connect again."}
                """)
    }

    @Test func `an expired connection says what can be done`() async throws {
        try await store(["access_token": "t", "method": "device", "expires_at": 1])
        let dead = await world.get("/api/trakt/status").json
        #expect(dead["state"] == "expired")
        #expect(dead["message"] == "The connection to Trakt has expired.")
        #expect(dead["hint"] == "Connect again.")
        #expect(dead["since"] == 1)
        try await store(["refresh_token": "r"])
        #expect(
            await world.get("/api/trakt/status").json["message"]
                == "The access to Trakt has expired, and is being renewed.")
    }

    @Test func `text where a token should be is no connection`() async throws {
        for value: JSON in ["", 7, .null, ["a"]] {
            try await store(["access_token": value, "method": "device"])
            #expect(await world.get("/api/trakt/status").json["state"] == "needs_sign_in")
        }
    }

    @Test func `disconnect forgets here and ends there`() async throws {
        try await world.linkTrakt()
        #expect(
            await world.post("/api/trakt/disconnect").summary
                == """
                200 {"ok":true,"forgotten":true,"revoked":true,"message":"Disconnected, and ended at Trakt.",\
                "revoke_url":"https://app.trakt.tv/settings/apps"}
                """)
        #expect(world.simulator.accessTokens(.trakt) == [])
        #expect(try await world.stored("auth") == nil)
        #expect(
            await world.post("/api/trakt/disconnect").summary
                == """
                200 {"ok":true,"forgotten":false,"revoked":false,"message":"Trakt was not connected.",\
                "revoke_url":"https://app.trakt.tv/settings/apps"}
                """)
    }

    @Test func `disconnect forgets here although the provider does not answer, and says both without an address`()
        async throws
    {
        try await world.linkTrakt()
        world.simulator.add(Fault(.status(503), endpoint: "POST /oauth/revoke"), to: .trakt)
        #expect(
            await world.post("/api/trakt/disconnect").summary == """
                200 {"ok":true,"forgotten":true,"revoked":false,"message":"Disconnected here, but not at Trakt: Trakt \
                has a problem of its own (HTTP 503).","revoke_url":"https://app.trakt.tv/settings/apps"}
                """)
        #expect(try await world.stored("auth") == nil)
        #expect(await world.get("/api/trakt/status").json["revoke_url"] == "https://app.trakt.tv/settings/apps")
    }

    @Test func `disconnect ends the sign-in that is going on, too`() async throws {
        _ = await world.post("/api/trakt/pin/new")
        #expect(await world.post("/api/trakt/disconnect").json["message"] == "Trakt was not connected.")
        #expect(await world.get("/api/trakt/status").json["flow"] == nil)
        #expect(await world.companion.engine.live.count == 0)
        #expect(try await world.stored("trakt") == ["client_id": "app"])
    }

    @Test func `what a refresh brings after the disconnect is revoked`() async throws {
        try await world.linkTrakt()
        world.simulator.add(Fault(.hold, endpoint: "POST /oauth/token"), to: .trakt)
        world.simulator.add(Fault(.status(503), endpoint: "POST /oauth/revoke"), to: .trakt)
        async let refresh = world.post("/api/trakt/refresh")
        await world.simulator.waitForRequests(1, to: "POST /oauth/token", of: .trakt)
        #expect(await world.post("/api/trakt/disconnect").json["revoked"] == false)
        world.simulator.release(.trakt)
        #expect(
            await refresh.summary == """
                409 {"ok":false,"error":"not_linked",\
                "message":"The connection was ended or made anew during the refresh."}
                """)
        #expect(world.simulator.counts(.trakt)["POST /oauth/revoke"] == 2)
        #expect(world.simulator.accessTokens(.trakt) == [])
        #expect(try await world.stored("auth") == nil)
    }
}
