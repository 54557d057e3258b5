import JSON
import Simulator
import Testing
import Vault

@testable import Companion

/// Looks at connections: each is about one of them, and keeps no other one waiting.
@Suite(.timeLimit(.minutes(1))) struct LookTests {
    @Test func `an account that is connected during the look at another one is looked at, too`() async throws {
        let world = try await World.ready()
        world.simulator.add(Fault(.hold, endpoint: "GET /users/settings"), to: .trakt)
        for (number, name) in ["alice", "bob"].enumerated() {
            #expect(await world.post("/api/trakt/pin/new", ["method": "device"]).status == 200)
            world.simulator.approve(.trakt, account: name)
            await world.lines.wait(for: "info linked", count: number + 1)
            await world.simulator.waitForRequests(1, to: "GET /users/settings", of: .trakt)
        }
        world.simulator.release(.trakt)
        try await world.status("trakt") { $0["account_name"] == "bob" }
    }

    private static let status = "GET /api/v3/system/status"

    /// Connects an account with a server of its owner's, as after a start.
    private static func connect(_ world: World, _ key: FlowEngine.Key, to server: SimulatorServer) async throws {
        let values = Simulator.values(base: server.url)
        let (url, secret) = (JSON.string(values["sonarr.server"] ?? ""), values["sonarr.api_key"] ?? "")
        let auth: JSON = [
            "access_token": .string(secret), "method": "key", "linked_at": 1, "obtained_at": 1,
            "_servers": ["server": url],
        ]
        try await world.vault.apply(
            [.set("sonarr", "server", to: url), .set("auth", "sonarr", to: auth)], owner: key.id.owner,
            account: key.id.account)
    }

    @Test func `a server of one person that hangs keeps nobody else waiting`() async throws {
        let world = try World(only: "sonarr")
        let (alice, bob) = (Visitor.owner(ofUser: "alice"), Visitor.owner(ofUser: "bob"))
        let engine = world.companion.engine
        world.simulator.add(Fault(.hold, times: nil, endpoint: Self.status), to: .sonarr)
        var looks: [Task<Void, Never>] = []
        for number in 1...6 {
            let key = FlowEngine.Key(provider: "sonarr", id: AccountID(owner: alice, account: "a\(number)"))
            try await Self.connect(world, key, to: world.server)
            looks.append(Task { await engine.probe(key) })
        }
        await world.simulator.waitForRequests(4, to: Self.status, of: .sonarr)
        let key = FlowEngine.Key(provider: "sonarr", id: AccountID(owner: bob, account: "default"))
        let other = try SimulatorServer()
        try await Self.connect(world, key, to: other)
        await engine.probe(key)
        let stored = try await world.vault.read(owner: bob, account: "default").document
        #expect(stored["auth"]?["sonarr"]?["account_name"] == "Sonarr Home")
        #expect(world.simulator.counts(.sonarr)[Self.status] == 4)
        world.simulator.clearFaults(.sonarr)
        world.simulator.release(.sonarr)
        for look in looks { await look.value }
        #expect(world.simulator.counts(.sonarr)[Self.status] == 6)
        #expect(await engine.probeSlots.isIdle)
    }
}
