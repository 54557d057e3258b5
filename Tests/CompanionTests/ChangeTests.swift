import JSON
import Simulator
import Synchronization
import Testing

@testable import Companion

/// What happens to connections is told to those who follow it.
@Suite(.timeLimit(.minutes(1))) struct ChangeTests {
    @Test func `linked, refreshed, broken and forgotten connections are told, each once and in order`() async throws {
        let world = try await World.ready()
        let told = Mutex<[AccountChange]>([])
        world.companion.parts.changes.listen { change in told.withLock { $0.append(change) } }
        try await world.linkTrakt()
        #expect(await world.post("/api/trakt/refresh").status == 200)
        world.simulator.endSessions(.trakt)
        #expect(await world.post("/api/trakt/refresh").status == 409)
        #expect(await world.post("/api/trakt/refresh").status == 409)
        #expect(await world.post("/api/trakt/disconnect").status == 200)
        #expect(await world.post("/api/trakt/disconnect").status == 200)
        let changes = told.withLock(\.self)
        #expect(changes.map(\.kind) == [.linked, .refreshed, .reconnectNeeded, .unlinked])
        #expect(changes.allSatisfy { $0.provider == "trakt" && $0.owner == "default" && $0.account == "default" })
        #expect(changes.map(\.at) == changes.map(\.at).sorted() && changes.allSatisfy { $0.at > 1_700_000_000 })
    }

    @Test func `a connection that was mended and breaks again is told again`() {
        let hub = ChangeHub()
        let told = Mutex<[AccountChange.Kind]>([])
        hub.listen { change in told.withLock { $0.append(change.kind) } }
        let key = FlowEngine.Key(provider: "trakt", id: AccountID(owner: "default", account: "kids"))
        let kinds: [AccountChange.Kind] = [.reconnectNeeded, .reconnectNeeded, .linked, .reconnectNeeded]
        for kind in kinds { hub.tell(AccountChange(kind, key, at: 1)) }
        #expect(told.withLock(\.self) == [.reconnectNeeded, .linked, .reconnectNeeded])
    }
}
