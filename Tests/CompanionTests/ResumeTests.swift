import HTTP
import JSON
import Simulator
import Testing
import Vault

@testable import Companion

/// What becomes of sign-ins when the process ends.
@Suite(.timeLimit(.minutes(1))) struct ResumeTests {
    @Test func `a code goes on after a restart, and is the same`() async throws {
        let before = try await World.ready()
        let code = await before.post("/api/trakt/pin/new").json["user_code"]
        _ = await before.post("/api/simkl/pin/new?account=alice")
        let world = try await before.restarted()
        // The process before is no more: it must not take the answers.
        #expect(await before.post("/api/trakt/pin/cancel").status == 200)
        #expect(await before.post("/api/simkl/pin/cancel?account=alice").status == 200)
        #expect(await world.get("/api/trakt/status").json["state"] == "pending")
        #expect(await world.post("/api/trakt/pin/new").json["user_code"] == code)
        #expect(world.simulator.counts(.trakt)["POST /oauth/device/code"] == 1)
        world.simulator.approve(.trakt)
        try await world.connected("trakt")
        world.simulator.approve(.simkl)
        try await world.connected("simkl", account: "alice")
        #expect(try await world.stored("trakt._pending_device") == nil)
    }

    @Test func `a browser that is away finds its way back after a restart`() async throws {
        let before = try await World.ready()
        let answer = await before.post("/api/trakt/authorize")
        let cookie = try #require(answer.headers["Set-Cookie"]?.split(separator: ";").first)
        let url = try #require(answer.json["authorization_url"]?.stringValue)
        let world = try await before.restarted()
        let page = try await Client(userAgent: "a browser").send(
            ClientRequest(
                method: "POST", url: url, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("decision=approve".utf8)))
        let target = try #require(page.headers["Location"]).dropFirst(World.origin.utf8.count)
        #expect(await world.get(String(target)).status == 400)
        #expect(await world.get(String(target), headers: ["Cookie": String(cookie)]).status == 303)
        try await world.connected("trakt")
    }

    @Test func `what ended while the process was down has ended as expired`() async throws {
        let before = try await World.ready()
        // The process before does not ask while this one is tested.
        before.simulator.configure(.trakt) { $0.interval = 300 }
        _ = await before.post("/api/trakt/pin/new")
        _ = await before.post("/api/simkl/authorize")
        let past = JSON.double(before.companion.parts.clock.now - 1)
        let redirect = try #require(try await before.stored("simkl._pending_redirect.flow"))
        #expect(redirect["expires_at"] != nil)
        try await before.vault.apply(
            [
                .set("trakt", "_pending_device", "expires_at", to: past),
                .set("simkl", "_pending_redirect", "flow", "expires_at", to: past),
            ], owner: "default", account: "default")
        let world = try await before.restarted()
        let device = try await world.status("trakt") { $0[path: "flow.status"] == "expired_token" }
        #expect(device[path: "flow.message"] == "The code was not approved at Trakt in time.")
        #expect(device["state"] == "needs_sign_in")
        let away = try await world.status("simkl") { $0[path: "flow.status"] == "expired_token" }
        #expect(away[path: "flow.message"] == "The sign-in was not approved at SIMKL in time.")
        #expect(away["state"] == "needs_sign_in")
        // The end is told first, then what was stored of the sign-in goes.
        for name in ["trakt", "simkl"] {
            while try await world.stored(name) != ["client_id": "app"] { await Task.yield() }
        }
        #expect(world.simulator.counts(.trakt)["POST /oauth/device/token"] == nil)
    }

    private static func flow(_ changes: [String: JSON]) -> JSON {
        var flow: JSON = [
            "method": "device", "status": "authorization_pending", "message": "", "interval": 1.0,
            "expires_at": 1.0, "next_poll_at": 0.0, "stage": 0, "failures": 0, "state": "s",
            "values": ["device_code": "d", "user_code": "u", "verification_uri": "https://trakt.tv/activate"],
        ]
        for (key, value) in changes { flow[key] = value }
        return flow
    }

    @Test(
        arguments: [
            .null, "text", 7, [], [:], flow(["expires_at": 1e300]), flow(["expires_at": "soon"]),
            flow(["method": "gone"]), flow(["method": "redirect"]), flow(["status": "ok"]), flow(["stage": -1]),
            flow(["stage": 1_000_000]), flow(["values": "none"]), flow(["interval": .null]),
        ] as [JSON])
    func `a stored sign-in that makes no sense is removed, and harms nothing`(stored: JSON) async throws {
        let before = try await World.ready()
        for name in ["_pending_device", "_pending_redirect"] {
            try await before.vault.apply(
                [.set("trakt", name, to: stored)], owner: "default", account: "default")
        }
        let world = try await before.restarted()
        #expect(await world.get("/api/trakt/status").json["state"] == "needs_sign_in")
        #expect(try await world.stored("trakt") == ["client_id": "app"])
        #expect(world.lines.all.contains { $0.hasPrefix("warning stored sign-in not usable account=default") })
        #expect(await world.post("/api/trakt/pin/new").status == 200)
    }

    @Test func `a stored time that is out of reach does not end the process`() async throws {
        let before = try await World.ready()
        let end = before.companion.parts.clock.now + 1
        try await before.vault.apply(
            [.set("trakt", "_pending_device", to: Self.flow(["next_poll_at": 1e300, "expires_at": .double(end)]))],
            owner: "default", account: "default")
        // A stage that the description does not have waits for the end, too, without asking again and again.
        try await before.vault.apply(
            [.set("trakt", "_pending_device", to: Self.flow(["stage": 9, "expires_at": .double(end)]))],
            owner: "default", account: "alice")
        let world = try await before.restarted()
        try await world.status("trakt") { $0[path: "flow.status"] == "expired_token" }
        try await world.status("trakt", account: "alice") { $0[path: "flow.status"] == "expired_token" }
        #expect(world.simulator.counts(.trakt) == [:])
    }

    @Test func `the first polls after a restart are spread over one interval, the same way each time`() async throws {
        let before = try await World.ready()
        let end = before.companion.parts.clock.now + 3600
        let accounts = (0..<60).map { "a\($0)" }
        for account in accounts {
            try await before.vault.apply(
                [.set("trakt", "_pending_device", to: Self.flow(["interval": 300, "expires_at": .double(end)]))],
                owner: "default", account: account)
        }
        let world = try await before.restarted()
        let now = world.companion.parts.clock.now
        var pauses: [Double] = []
        for account in accounts {
            let key = FlowEngine.Key(provider: "trakt", id: AccountID(owner: "default", account: account))
            let pause = try #require(await world.companion.engine.live[key]?.dueAt) - now
            // The seconds that the restart itself took do not matter here.
            #expect(abs(pause - 300 * (1 + FlowEngine.spread(key))) < 30)
            pauses.append(pause)
        }
        #expect(pauses.allSatisfy { (270...600).contains($0) })
        for third in [300.0, 400, 500] { #expect(pauses.count { (third..<third + 100).contains($0) } >= 8) }
        let key = FlowEngine.Key(provider: "trakt", id: AccountID(owner: "default", account: "a0"))
        #expect((0.0..<1.0).contains(FlowEngine.spread(key)))
        #expect(FlowEngine.spread(key) == 2_412_065_139.0 / 4_294_967_296)
    }

    @Test func `a provider that is no longer described is left alone`() async throws {
        let before = try await World.ready()
        _ = await before.post("/api/trakt/pin/new")
        _ = await before.post("/api/trakt/pin/new?account=alice")
        let world = try await before.restarted(only: "plex")
        #expect(await world.get("/api/trakt/status").status == 404)
        #expect(await world.get("/api/status").json["providers"]?.objectValue?.keys == ["plex"])
        #expect(await world.companion.engine.live.count == 0)
        #expect(await world.post("/api/plex/pin/new").status == 200)
        #expect(try await world.stored("trakt._pending_device") != nil)
        #expect(await world.get("/api/config").json.objectValue?.keys == ["plex"])
    }

    @Test func `the patience that a provider asked for holds after a restart`() async throws {
        let before = try await World.ready()
        before.simulator.add(Fault(.slowDown), to: .trakt)
        _ = await before.post("/api/trakt/pin/new")
        try await before.status("trakt") { $0[path: "flow.status"] == "slow_down" }
        #expect(try await before.stored("trakt._pending_device.interval")?.doubleValue == 6)
        let world = try await before.restarted()
        #expect(await world.get("/api/trakt/status").json[path: "flow.interval"] == 6)
    }
}
