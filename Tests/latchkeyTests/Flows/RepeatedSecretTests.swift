import Files
import JSON
import Simulator
import TestSupport
import Testing

/// Some services repeat in the word for an error what they do not accept. It is told without that, everywhere.
@Suite(.timeLimit(.minutes(2))) struct RepeatedSecretTests {
    private static let label = "OpenID Connect or OAuth"
    private static let unexplained = "which nothing in its description explains."

    private func openID() async throws -> World {
        let world = try await World()
        let values = world.server.values.filter { $0.key.hasPrefix("oidc.") && !$0.value.isEmpty }
        for (key, value) in values {
            let entered: JSON = .object([String(key.dropFirst(5)): .string(value)])
            #expect(try await world.post("/api/config", ["oidc": entered]).status == 200)
        }
        return world
    }

    /// Nothing of what was issued is anywhere, and nothing of these.
    private func expectNone(_ world: World, _ provider: SimulatedProvider, _ feed: EventFeed, and more: [String])
        async throws
    {
        for path in ["/api/status", "/api/oidc/status", "/oidc/auth-status/"] { _ = try await world.get(path) }
        #expect(try await world.stop() == .exited(code: 0))
        let issued = world.simulator.secrets(provider)
        let seen = [("what was seen", try world.everythingSeen + feed.text)]
        latchkeyTests.expectNone(
            of: issued.device + issued.codes + issued.tokens + more, in: try seen + world.everyFile)
    }

    @Test func `a key that is repeated is told nowhere`() async throws {
        let world = try await World()
        let feed = try await EventFeed(port: try world.port)
        // The cut after 60 characters goes through the key.
        let key = String(repeating: "0123456789abcdef", count: 4)
        world.simulator.add(Fault(.echo("Authorization", status: 422)), to: .listenbrainz)
        let answer = try await world.post("/api/listenbrainz/authorize", ["values": ["user_token": .string(key)]])
        #expect(answer.json.text("message") == "ListenBrainz answered 422: unknown Token ********, \(Self.unexplained)")
        try await expectNone(world, .listenbrainz, feed, and: [key, String(key.prefix(16))])
    }

    @Test func `tokens that are repeated are told nowhere, nor kept in the clear`() async throws {
        let world = try await openID()
        let feed = try await EventFeed(port: try world.port)
        try await world.begin(.oidc, method: "device")
        world.simulator.approve(.oidc)
        try await world.status(.oidc) { $0.text("account_name") == "demo" }
        world.simulator.add(Fault(.echo("refresh_token", status: 403)), to: .oidc)
        let refused = "\(Self.label) does not accept this app (unknown ********)."
        #expect(try await world.post("/api/oidc/refresh").json.text("message") == refused)
        #expect(try world.vault[path: "auth.oidc.problem_message"] == .string(refused))
        #expect(try await world.status(.oidc, is: "misconfigured").text("message") == refused)
        world.simulator.add(Fault(.echo("token", status: 400)), to: .oidc)
        #expect(
            try await world.post("/api/oidc/disconnect").json.text("message")
                == "Disconnected here, but not at \(Self.label): \(Self.label) answered 400: unknown ********, "
                + Self.unexplained)
        try await expectNone(world, .oidc, feed, and: [])
    }

    @Test func `what a sign-in sends is told nowhere when it is repeated`() async throws {
        let world = try await openID()
        let feed = try await EventFeed(port: try world.port)
        var sent: [String] = []
        try await world.begin(.oidc, method: "device")
        world.simulator.add(Fault(.echo("device_code", status: 400)), to: .oidc)
        let ended = try await world.status(.oidc, flow: "unreachable")
        let sentence = "\(Self.label) answered 400: unknown ********, \(Self.unexplained)"
        #expect(ended.text("flow.message") == sentence)
        for name in ["code", "code_verifier"] {
            let journey = try await world.depart(.oidc)
            sent.append(try world.vault.text("oidc._pending_redirect.flow.code_verifier"))
            let query = try await world.decide(journey)
            world.simulator.add(Fault(.echo(name, status: 400), endpoint: "POST /token"), to: .oidc)
            _ = try await world.arrive(.oidc, query, cookie: journey.cookie)
            #expect(try await world.status(.oidc).text("flow.message") == sentence)
        }
        try await expectNone(world, .oidc, feed, and: sent)
    }
}
