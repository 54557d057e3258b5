import JSON
import Simulator
import Testing

@testable import Companion

/// Tokens that the disk does not take: the provider gives them only once.
@Suite(.timeLimit(.minutes(1))) struct SavingTests {
    static let message = "The tokens of Trakt could not be saved, and are tried again."
    static let hint = "Until then they are only in Latchkey's memory: do not stop it. Its log says why."
    static let key = FlowEngine.Key(provider: "trakt", id: AccountID(owner: "default", account: "default"))

    let world: World

    init() async throws { world = try await World.ready() }

    /// A sign-in is approved, and its tokens are not stored.
    private func approveUnsaved() async throws {
        #expect(await world.post("/api/trakt/pin/new").status == 200)
        try world.breakDisk()
        world.simulator.approve(.trakt)
        try await world.status("trakt") { $0[path: "flow.status"] == "not_saved" }
    }

    @Test func `the status says so, and they are stored as soon as that is possible`() async throws {
        try await approveUnsaved()
        let polls = world.simulator.counts(.trakt)["POST /oauth/device/token"]
        let status = await world.get("/api/trakt/status").json
        #expect(status["connected"] == false)
        #expect(status["message"] == .string(Self.message))
        #expect(
            status["flow"] == [
                "method": "device", "status": "not_saved", "message": .string(Self.message),
                "hint": .string(Self.hint),
            ])
        try world.repairDisk()
        let connected = try await world.connected("trakt")
        #expect(connected["message"] == "Connected to Trakt.")
        #expect(connected["flow"] == nil)
        #expect(world.simulator.counts(.trakt)["POST /oauth/device/token"] == polls)
        #expect(try await world.stored("trakt") == ["client_id": "app"])
        #expect(
            try await world.stored("auth.trakt.access_token")?.stringValue == world.simulator.accessTokens(.trakt).first
        )
    }

    @Test func `the pause between two tries grows to a minute`() async throws {
        try await approveUnsaved()
        for _ in 0..<8 { _ = try? await world.companion.engine.save(Self.key) }
        let pauses = world.lines.all.filter { $0.hasPrefix("warning tokens not saved") }
            .compactMap { $0.split(separator: "retry_in=").last }
        #expect(pauses.starts(with: ["1s", "2s", "4s", "8s", "16s", "32s", "60s", "60s"]))
        let entry = try #require(await world.companion.engine.unsaved[Self.key])
        let wait = try #require(entry.dueAt) - world.companion.parts.clock.now
        #expect((50...60).contains(wait))
    }

    @Test func `disconnect ends them here and at the provider, and nothing is tried again`() async throws {
        try await approveUnsaved()
        #expect(
            await world.post("/api/trakt/disconnect").summary
                == """
                200 {"ok":true,"forgotten":true,"revoked":true,"message":"Disconnected, and ended at Trakt.",\
                "revoke_url":"https://app.trakt.tv/settings/apps"}
                """)
        #expect(world.simulator.accessTokens(.trakt) == [])
        #expect(await world.companion.engine.unsaved.isEmpty)
        try world.repairDisk()
        try await world.companion.engine.save(Self.key)
        #expect(try await world.stored("auth") == nil)
        #expect(await world.get("/api/trakt/status").json["message"] == "Trakt is not connected.")
    }

    @Test func `cancel ends them, too`() async throws {
        try await approveUnsaved()
        #expect(await world.post("/api/trakt/pin/cancel").status == 200)
        await world.simulator.waitForRequests(1, to: "POST /oauth/revoke", of: .trakt)
        #expect(await world.companion.engine.unsaved.isEmpty)
        let status = await world.get("/api/trakt/status").json
        #expect(status["message"] == "Trakt is not connected.")
        #expect(status[path: "flow.status"] == "cancelled")
    }

    @Test func `a new sign-in takes their place`() async throws {
        try await approveUnsaved()
        // Until the disk takes something, no sign-in begins.
        #expect(await world.post("/api/trakt/pin/new").status == 507)
        try world.repairDisk()
        #expect(await world.post("/api/trakt/pin/new").status == 200)
        world.simulator.approve(.trakt)
        try await world.status("trakt") { $0["connected"] == true && $0["flow"] == nil }
        try await world.companion.engine.save(Self.key)
        #expect(await world.companion.engine.unsaved.isEmpty)
        #expect(
            try await world.stored("auth.trakt.access_token")?.stringValue == world.simulator.accessTokens(.trakt).last)
    }

    @Test func `a checked key that is not stored is an error`() async throws {
        try world.breakDisk()
        let answer = await world.post("/api/tmdb/authorize")
        #expect(
            answer.summary == """
                507 {"ok":false,"error":"not_saved","message":"The tokens of TMDB could not be saved, and are tried \
                again.","hint":"\(Self.hint)"}
                """)
        try world.repairDisk()
        try await world.connected("tmdb")
    }

    @Test func `refreshed tokens are not lost, and the spent refresh token is not sent again`() async throws {
        try await world.linkTrakt()
        let old = try await world.stored("auth.trakt.refresh_token")
        // The disk breaks while the provider answers.
        world.simulator.add(Fault(.hold, endpoint: "POST /oauth/token"), to: .trakt)
        async let first = world.post("/api/trakt/refresh")
        await world.simulator.waitForRequests(1, to: "POST /oauth/token", of: .trakt)
        try world.breakDisk()
        world.simulator.clearFaults(.trakt)
        #expect(await first.status == 507)
        let answer = await world.post("/api/trakt/refresh")
        #expect(answer.status == 507)
        #expect(answer.json["message"] == .string(Self.message))
        #expect(try await world.stored("auth.trakt.refresh_token") == old)
        #expect(await world.get("/api/trakt/status").json["message"] == .string(Self.message))
        try world.repairDisk()
        #expect(await world.post("/api/trakt/refresh").status == 200)
        #expect(world.simulator.counts(.trakt)["POST /oauth/token"] == 1)
        #expect(
            try await world.stored("auth.trakt.refresh_token")?.stringValue
                == world.simulator.refreshTokens(.trakt).first)
        #expect(await world.get("/api/trakt/status").json["account_name"] == "demo")
        // Now they are the ones that are used.
        #expect(await world.post("/api/trakt/refresh").status == 200)
        #expect(world.simulator.counts(.trakt)["POST /oauth/token"] == 2)
    }

    @Test func `a disk that takes nothing is told before the provider is asked, and nothing is spent`() async throws {
        try await world.linkTrakt()
        try world.breakDisk()
        #expect(
            await world.post("/api/trakt/refresh").summary == """
                507 {"ok":false,"error":"not_saved","message":"The state could not be saved.","hint":"Nothing was \
                changed. Latchkey's log says why; look at the data folder."}
                """)
        #expect(world.simulator.counts(.trakt)["POST /oauth/token"] == nil)
        try world.repairDisk()
        #expect(await world.post("/api/trakt/refresh").status == 200)
        #expect(world.simulator.counts(.trakt)["POST /oauth/token"] == 1)
    }

    @Test func `tokens that a disk took although it said no are not taken for unwanted`() async throws {
        try await world.linkTrakt()
        let engine = world.companion.engine
        let old = try #require(try await engine.linked(Self.key))
        #expect(await world.post("/api/trakt/refresh").status == 200)
        let new = try #require(try await engine.linked(Self.key))
        // What was stored is stored again, as after a failure that came too late.
        try await engine.replace(old, by: new.tokens, Self.key)
        #expect(world.simulator.counts(.trakt)["POST /oauth/revoke"] == nil)
        #expect(try await engine.linked(Self.key) == new)
    }

    @Test func `a connection that cannot be removed is still connected`() async throws {
        try await world.linkTrakt()
        try world.breakDisk()
        #expect(await world.post("/api/trakt/disconnect").status == 507)
        #expect(world.simulator.counts(.trakt)["POST /oauth/revoke"] == nil)
        #expect(await world.get("/api/trakt/status").json["state"] == "connected")
    }
}
