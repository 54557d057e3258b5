import Files
import JSON
import Testing

@testable import Companion

/// What happened to whose account stands in the log, and no value does.
@Suite(.timeLimit(.minutes(1))) struct AuditTests {
    @Test func `every change of an account is a line with whose it is, and without values`() async throws {
        let world = try World { folder, _ in
            var telling = Telling()
            telling.audit = AuditLog(RotatedFile(folder("audit.log"), size: 1 << 20, count: 2))
            return telling
        }
        let keys: JSON = ["trakt": ["client_id": "app", "client_secret": "canary-secret"]]
        #expect(await world.post("/api/config", keys).status == 200)
        try await world.linkTrakt()
        let tokens = world.simulator.accessTokens(.trakt) + world.simulator.refreshTokens(.trakt)
        #expect(await world.post("/api/trakt/refresh").status == 200)
        #expect(await world.post("/api/trakt/token/reveal").status == 200)
        #expect(await world.post("/api/trakt/disconnect").status == 200)
        #expect(await world.post("/api/trakt/pin/new", ["method": "device"]).status == 200)
        #expect(await world.post("/api/trakt/pin/cancel").status == 200)
        // Another account is made, and removed.
        #expect(await world.post("/api/config?account=kids", ["trakt": ["client_id": "app"]]).status == 200)
        #expect(await world.post("/api/trakt/account/remove?account=kids").status == 200)
        let whose = "account=default"
        let lines = world.lines.all
        for event in [
            "config changed", "sign-in begun", "linked", "refreshed", "token revealed", "disconnected", "sign-in ended",
        ] {
            #expect(
                lines.contains { $0.hasPrefix("info \(event) \(whose)") && $0.contains(" owner=default") },
                "\(event) in \(lines)")
        }
        let secrets = tokens + world.simulator.accessTokens(.trakt) + ["canary-secret", "client_secret=app"]
        #expect(tokens.count == 2 && !lines.contains { line in secrets.contains(where: line.contains) })
        world.companion.settings.telling.audit?.flush(within: .seconds(60))
        let text = try world.folder.text(of: "audit.log")
        let events = text.matches(of: #/"event":"(\w+)","owner":"default"/#).map { String($0.1) }
        #expect(
            events == [
                "config_changed", "connect_asked", "linked", "refreshed", "refresh_asked", "revealed", "unlinked",
                "disconnect_asked", "connect_asked", "config_changed", "removal_asked",
            ])
        #expect(
            text.contains(#""client":"127.0.0.1","account":"default","keys":"trakt.client_id trakt.client_secret"}"#))
        #expect(!secrets.contains(where: text.contains))
    }
}
