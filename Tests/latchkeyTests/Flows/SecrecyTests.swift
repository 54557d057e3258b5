import Files
import JSON
import Simulator
import TestSupport
import Testing

/// Nothing secret is in anything that anybody can see: answers, events, the log, pages.
@Suite(.timeLimit(.minutes(1)))
struct SecrecyTests {
    let world: World

    init() async throws {
        world = try await World()
        try await world.enterKeys()
        try await world.post(
            "/api/config",
            [
                "trakt": ["client_secret": "canary-trakt-secret"], "simkl": ["client_secret": "canary-simkl-secret"],
            ])
    }

    private var simulator: Simulator { world.simulator }

    /// The secrets of the sign-ins that wait, as they are in the vault.
    private func pendingSecrets() throws -> [String] {
        let vault = try world.vault
        var secrets: [String] = []
        for provider in SimulatedProvider.allCases {
            let device = vault[provider.rawValue]?["_pending_device"] ?? .null
            secrets += ["device_code", "pin_id"].map { device.text("values.\($0)") }
            // TMDB's page is told its state in its address, which the page has to know.
            if provider != .tmdb { secrets.append(device.text("state")) }
            let redirect = vault[provider.rawValue]?["_pending_redirect"] ?? .null
            secrets += [redirect.text("flow.state"), redirect.text("flow.code_verifier"), redirect.text("binding")]
        }
        return secrets.filter { !$0.isEmpty }
    }

    /// Reads everything there is to read.
    private func look() async throws {
        for path in ["/", "/api/status", "/api/config", "/api/auth/providers", "/api/auth/providers/html"] {
            _ = try await world.get(path)
        }
        for provider in SimulatedProvider.allCases {
            for path in ["status", "pin/status"] { _ = try await world.get("/api/\(provider.rawValue)/\(path)") }
        }
    }

    @Test func `no device code, state, verifier, token or app secret gets out`() async throws {
        let feed = try await EventFeed(port: try world.port)
        var secrets = ["canary-trakt-secret", "canary-simkl-secret"]
        // By code, with a failure on the way.
        for provider in SimulatedProvider.allCases { try await world.begin(provider) }
        secrets += try pendingSecrets()
        #expect(secrets.count == 2 + 6)
        try await look()
        try await world.crash()
        simulator.add(Fault(.status(500)), to: .trakt)
        for provider in SimulatedProvider.allCases {
            simulator.approve(provider)
            try await world.status(provider) { $0["account_name"] != nil }
        }
        try await look()
        // By redirect, refused and accepted.
        for provider in [SimulatedProvider.trakt, .simkl] {
            secrets += simulator.accessTokens(provider) + simulator.refreshTokens(provider)
            let journey = try await world.depart(provider)
            secrets += try pendingSecrets() + [journey.state]
            let query = try await world.decide(journey)
            _ = try await world.arrive(provider, query, cookie: "")
            try await look()
            _ = try await world.arrive(provider, query, cookie: journey.cookie)
            try await world.status(provider) { $0.text("account_name") == "sean" }
            secrets.append(
                contentsOf: query.split(separator: "&").filter { $0.hasPrefix("code=") }.map { String($0.dropFirst(5)) }
            )
        }
        // Refreshed, shown, and ended.
        _ = try await world.post("/api/trakt/refresh")
        _ = try await world.post("/api/simkl/refresh")
        for provider in SimulatedProvider.allCases {
            secrets += simulator.accessTokens(provider) + simulator.refreshTokens(provider)
            let shown = try await world.send(
                "POST", "/api/\(provider.rawValue)/token/reveal", ["Origin": try world.origin], isSecret: true)
            #expect(shown.status == 200)
            try await look()
            _ = try await world.post("/api/\(provider.rawValue)/disconnect")
        }
        try await look()
        var seen = try world.everythingSeen + feed.text
        for file in try Files.regularFiles(below: world.folder("site/Output")) {
            seen += try world.folder.text(of: "site/Output/" + file)
        }
        #expect(seen.contains("info linked"))
        #expect(secrets.allSatisfy { $0.utf8.count >= 9 }, "\(secrets)")
        for secret in Set(secrets) { #expect(!seen.contains(secret), "\(secret) can be seen") }
    }
}
