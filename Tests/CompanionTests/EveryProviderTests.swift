import HTTP
import JSON
import Simulator
import Site
import Testing

@testable import Companion
@testable import Providers

/// Every provider that the site describes, by every method that it offers, against the simulated service over real HTTP: to
/// connected, refreshed, disconnected.
@Suite(.timeLimit(.minutes(2))) struct EveryProviderTests {
    static let names: [String] = (try? SiteSources([]).catalogue().providers.map(\.name)) ?? []

    @Test(arguments: names) func `each method connects, refreshes and disconnects`(name: String) async throws {
        let stand = try await Stand(name)
        for method in stand.provider.methods {
            try await connect(stand, method)
            try await refresh(stand, method)
            try await disconnect(stand, method)
        }
        #expect(stand.world.simulator.complaints(stand.simulated) == [])
    }

    private func connect(_ stand: Stand, _ method: SignInMethod) async throws {
        let (world, name) = (stand.world, stand.provider.name)
        switch method.kind {
        case .device, .approval:
            let answer = await world.post("/api/\(name)/pin/new", ["method": .string(method.id)])
            #expect(answer.status == 200, "\(method.id): \(answer.text)")
            #expect(world.simulator.approve(stand.simulated) == 1)
        case .redirect:
            let answer = await world.post("/api/\(name)/authorize", ["method": .string(method.id)])
            #expect(answer.status == 200, "\(method.id): \(answer.text)")
            try await stand.comeBack(answer)
        case .key:
            // What is entered for each sign-in.
            let values = stand.provider.enteredOnce(method).map { ($0.key, $0.isSecret ? "secret" : "sean" as JSON) }
            let answer = await world.post(
                "/api/\(name)/authorize", ["method": .string(method.id), "values": .object(JSONObject(values))])
            #expect(answer.summary == #"200 {"ok":true,"status":"ok"}"#)
        }
        let hasName = stand.provider.identity(for: method) != nil
        let status = try await world.status(name) { $0["connected"] == true && (!hasName || $0["account_name"] != nil) }
        #expect(status["method"] == .string(method.id))
        #expect(status["not_granted"] == nil)
    }

    private func refresh(_ stand: Stand, _ method: SignInMethod) async throws {
        let (world, name) = (stand.world, stand.provider.name)
        let before = try await world.tokens(name)
        let given = world.simulator.refreshTokens(stand.simulated)
        let canRefresh = !given.isEmpty && stand.provider.refresh(for: method) != nil
        // What the service gives for renewing is used.
        #expect(given.isEmpty || canRefresh, "\(method.id)")
        #expect(await stand.status()["can_refresh"] == .bool(canRefresh), "\(method.id)")
        guard canRefresh else { return }
        #expect(await world.post("/api/\(name)/refresh").json["ok"] == true, "\(method.id)")
        let after = try await world.tokens(name)
        #expect(after[0] != before[0])
        #expect(after[0]?.stringValue == world.simulator.accessTokens(stand.simulated).first)
        #expect(after[1]?.stringValue == world.simulator.refreshTokens(stand.simulated).first)
    }

    private func disconnect(_ stand: Stand, _ method: SignInMethod) async throws {
        let canRevoke = stand.provider.revoke(for: method) != nil
        let answer = await stand.world.post("/api/\(stand.provider.name)/disconnect").json
        #expect(answer["forgotten"] == true, "\(method.id)")
        #expect(answer["revoked"] == .bool(canRevoke), "\(method.id): \(answer)")
        if canRevoke { #expect(stand.world.simulator.accessTokens(stand.simulated) == [], "\(method.id)") }
        stand.world.simulator.endSessions(stand.simulated)
        #expect(await stand.status()["connected"] == false)
    }

    // MARK: Servers that say their addresses

    @Test func `a server that names another issuer, or none, is not believed`() async throws {
        let stand = try await Stand("oidc")
        stand.world.simulator.configure(.oidc) { $0.issuer = "https://evil.example" }
        let answer = await stand.world.post("/api/oidc/authorize")
        #expect(answer.json["error"] == "discovery_failed")
        #expect(
            answer.json["message"] == "127.0.0.1 names another issuer than \(stand.world.server.url)/oidc/id.")
        #expect(try await stand.world.stored("oidc._discovered") == nil)
    }

    @Test func `addresses may be entered where a server does not say them`() async throws {
        let stand = try await Stand("oidc")
        let base = stand.world.server.url + "/oidc/id"
        try await stand.world.vault.apply(
            [
                .remove("oidc", "issuer"), .set("oidc", "authorization_endpoint", to: .string(base + "/authorize")),
                .set("oidc", "token_endpoint", to: .string(base + "/token")),
            ], owner: "default", account: "default")
        try await stand.comeBack(await stand.world.post("/api/oidc/authorize"))
        try await stand.world.connected("oidc")
        #expect(await stand.world.post("/api/oidc/refresh").json["ok"] == true)
        // There is no address to end it at.
        #expect(await stand.world.post("/api/oidc/disconnect").json["revoked"] == false)
    }

    // MARK: Smaller grants

    @Test func `a smaller grant is told for as long as it lasts`() async throws {
        let stand = try await Stand("spotify")
        let scope = "user-read-recently-played"
        stand.world.simulator.configure(stand.simulated) { $0.refusedScopes = [scope] }
        try await stand.comeBack(await stand.world.post("/api/spotify/authorize"))
        let status = try await stand.world.status("spotify") { $0["connected"] == true }
        let sentence: JSON =
            "Spotify is linked, but did not grant 'user-read-recently-played': reading what was played will not work."
        #expect(status["message"] == sentence)
        #expect(status["hint"] == "Connect again and allow everything that is asked for.")
        #expect(status["not_granted"] == [.string(scope)])
        let next = try await stand.world.restarted(only: "spotify")
        #expect(await next.get("/api/spotify/status").json["message"] == sentence)
    }

    @Test func `Spotify refuses the redirect address of a page that is open as localhost`() async throws {
        let stand = try await Stand("spotify")
        let answer = await stand.world.post("/api/spotify/authorize")
        let url = try #require(answer.json["authorization_url"]?.stringValue)
            .replacing("127.0.0.1%3A8787", with: "localhost%3A8787")
        let page = try await Client(userAgent: "a browser").send(
            ClientRequest(method: "GET", url: url, headers: [:], body: []))
        #expect(page.status == 400)
        #expect(String(decoding: page.body, as: UTF8.self).contains("INVALID_CLIENT: Insecure redirect URI"))
        #expect(stand.provider.warning?.contains("http://127.0.0.1") == true)
    }
}
