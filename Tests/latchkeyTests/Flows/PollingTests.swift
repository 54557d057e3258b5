import JSON
import Simulator
import TestSupport
import Testing

/// How providers are asked: once for each sign-in, and no more often than they want.
@Suite(.timeLimit(.minutes(1)))
struct PollingTests {
    let world: World
    private let token = "POST /oauth/device/token"

    init() async throws {
        world = try await World()
        try await world.enterKeys()
    }

    private var simulator: Simulator { world.simulator }

    @Test func `five clicks at once give one code and one poller`() async throws {
        simulator.configure(.trakt) { $0.interval = 3 }
        let codes = try await withThrowingTaskGroup { group in
            for _ in 1...5 { group.addTask { try await world.begin(.trakt).text("user_code") } }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(codes == Set(simulator.pendingCodes(.trakt)))
        #expect(codes.count == 1)
        #expect(try await world.begin(.trakt).text("user_code") == codes.first)
        #expect(simulator.counts(.trakt)["POST /oauth/device/code"] == 1)
        // The simulator complains of polls that come sooner than two seconds after another.
        await simulator.waitForRequests(2, to: token, of: .trakt)
        #expect(simulator.complaints(.trakt) == [])
        #expect(simulator.counts(.trakt)["POST /oauth/device/code"] == 1)
    }

    @Test func `a provider that says slow down is asked five seconds later from then on`() async throws {
        try await world.begin(.trakt)
        await simulator.waitForRequests(1, to: token, of: .trakt)
        simulator.add(Fault(.slowDown, endpoint: token), to: .trakt)
        let slow = try await world.status(.trakt, flow: "slow_down")
        #expect(slow[path: "flow.interval"] == 6)
        #expect(slow[path: "flow.message"] == "Trakt asked for patience; still waiting.")
        #expect(slow["state"] == "pending")
        // From here the simulator itself complains of a poll that comes sooner than that.
        simulator.configure(.trakt) { $0.interval = 6 }
        simulator.approve(.trakt)
        try await world.status(.trakt, is: "connected")
        #expect(simulator.complaints(.trakt) == [])
    }

    @Test func `Retry-After is waited for, and a failure is not the end`() async throws {
        try await world.begin(.trakt)
        await simulator.waitForRequests(1, to: token, of: .trakt)
        simulator.add(Fault(.status(503), endpoint: token, retryAfter: 6), to: .trakt)
        let message: JSON = "Trakt has a problem of its own (HTTP 503); still trying."
        let waiting = try await world.status(.trakt) { $0[path: "flow.message"] == message }
        #expect(waiting[path: "flow.status"] == "authorization_pending")
        #expect(waiting["state"] == "pending")
        simulator.configure(.trakt) { $0.interval = 6 }
        simulator.approve(.trakt)
        try await world.status(.trakt, is: "connected")
        #expect(simulator.complaints(.trakt) == [])
    }

    @Test func `an answer without a status is tried again with growing pauses`() async throws {
        simulator.add(Fault(.lostAnswer, times: 2, endpoint: "GET /api/v2/pins/{}"), to: .plex)
        try await world.begin(.plex)
        let message: JSON = "Plex could not be reached; still trying."
        try await world.status(.plex) { $0[path: "flow.message"] == message }
        simulator.approve(.plex)
        try await world.status(.plex, is: "connected")
    }

    @Test func `after cancelling nobody asks any more, and a late approval connects nothing`() async throws {
        try await world.begin(.trakt)
        await simulator.waitForRequests(1, to: token, of: .trakt)
        let answer = try await world.post("/api/trakt/pin/cancel")
        #expect(answer.json == ["ok": true, "status": "cancelled"])
        let status = try await world.status(.trakt)
        #expect(status["state"] == "needs_sign_in")
        #expect(
            status["flow"] == [
                "method": "device", "status": "cancelled", "message": "Connecting Trakt was cancelled.",
            ])
        let count = simulator.counts(.trakt)[token]
        simulator.approve(.trakt)
        // While another provider is asked three times, at the same pace, this one is not.
        try await world.begin(.simkl)
        await simulator.waitForRequests(3, to: "POST /oauth2/token", of: .simkl)
        #expect(simulator.counts(.trakt)[token] == count)
        #expect(try await world.status(.trakt)["connected"] == false)
        #expect(try world.vault["trakt"]?.objectValue?.keys == ["client_id"])
        #expect(try await world.post("/api/trakt/pin/cancel").status == 409)
    }

    @Test func `an approval that arrives after cancelling is ended at the provider`() async throws {
        simulator.add(Fault(.hold, endpoint: token), to: .trakt)
        try await world.begin(.trakt)
        await simulator.waitForRequests(1, to: token, of: .trakt)
        simulator.approve(.trakt)
        try await world.post("/api/trakt/pin/cancel")
        simulator.clearFaults(.trakt)
        await simulator.waitForRequests(1, to: "POST /oauth/revoke", of: .trakt)
        #expect(try await world.status(.trakt)[path: "flow.status"] == "cancelled")
        #expect(try await world.post("/api/trakt/token/reveal").status == 409)
        #expect(try world.vault["auth"] == nil)
    }

    @Test func `a new code after cancelling is another one`() async throws {
        let first = try await world.begin(.trakt)
        try await world.post("/api/trakt/pin/cancel")
        let second = try await world.begin(.trakt)
        #expect(first["user_code"] != second["user_code"])
        simulator.approve(.trakt, userCode: first.text("user_code"))
        await simulator.waitForRequests(2, to: token, of: .trakt)
        #expect(try await world.status(.trakt)["state"] == "pending")
        simulator.approve(.trakt, userCode: second.text("user_code"))
        try await world.status(.trakt, is: "connected")
    }

    @Test func `accounts sign in beside each other`() async throws {
        try await world.begin(.trakt)
        let other = try await world.post("/api/trakt/pin/new?account=alice").json
        #expect(simulator.pendingCodes(.trakt).count == 2)
        simulator.approve(.trakt, userCode: other.text("user_code"), account: "alice")
        let feed = try await EventFeed(port: try world.port, path: "/api/events?account=alice")
        let status = try await feed.status("trakt") { $0["account_name"] != nil }
        #expect(status["account"] == "alice")
        #expect(status["account_name"] == "alice")
        #expect(try await world.status(.trakt)["state"] == "pending")
    }

    @Test func `disconnecting ends a sign-in that is going on`() async throws {
        try await world.begin(.trakt)
        await simulator.waitForRequests(1, to: token, of: .trakt)
        #expect(try await world.post("/api/trakt/disconnect").json["revoked"] == false)
        let status = try await world.status(.trakt)
        #expect(status["state"] == "needs_sign_in")
        #expect(status["flow"] == nil)
    }
}
