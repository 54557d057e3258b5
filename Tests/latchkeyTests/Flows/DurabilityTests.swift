import Files
import JSON
import Simulator
import TestSupport
import Testing

/// Sign-ins outlive the process, and tokens the moment in which anybody hears of them.
@Suite(.timeLimit(.minutes(1)))
struct DurabilityTests {
    let world: World

    init() async throws {
        world = try await World()
        try await world.enterKeys()
    }

    private var simulator: Simulator { world.simulator }

    /// Changes the vault while nobody runs.
    private func edit(_ change: (inout JSON) -> Void) throws {
        var vault = try world.vault
        change(&vault)
        try Files.writeDurably(vault.encoded(pretty: true), to: world.folder("data/default.json"))
    }

    @Test(arguments: SimulatedProvider.allCases)
    func `after kill -9 the same sign-in goes on and completes`(provider: SimulatedProvider) async throws {
        let before = try await world.begin(provider)
        try await world.crash()
        let status = try await world.status(provider)
        #expect(status["state"] == "pending")
        #expect(status[path: "flow.user_code"] == before["user_code"])
        #expect(status[path: "flow.verification_url"] == before["verification_url"])
        #expect(try await world.begin(provider)["user_code"] == before["user_code"])
        simulator.approve(provider)
        try await world.status(provider, is: "connected")
        #expect(simulator.accessTokens(provider).count == 1)
    }

    @Test func `the pace that a provider asked for holds after kill -9`() async throws {
        let token = "POST /oauth/device/token"
        simulator.add(Fault(.slowDown, endpoint: token), to: .trakt)
        try await world.begin(.trakt)
        try await world.status(.trakt, flow: "slow_down")
        try await world.crash()
        let status = try await world.status(.trakt)
        #expect(status[path: "flow.status"] == "slow_down")
        #expect(status[path: "flow.interval"] == 6)
    }

    @Test func `a code whose time ended while nobody ran is told as expired`() async throws {
        try await world.begin(.trakt)
        let port = try world.port
        try await world.kill()
        try edit { $0["trakt"]?["_pending_device"]?["expires_at"] = 1_700_000_000.0 }
        let polls = simulator.counts(.trakt)["POST /oauth/device/token"]
        try await world.start(port: port)
        let status = try await world.status(.trakt, flow: "expired_token")
        #expect(status["state"] == "needs_sign_in")
        #expect(status[path: "flow.message"] == "The code was not approved at Trakt in time.")
        #expect(simulator.counts(.trakt)["POST /oauth/device/token"] == polls)
        #expect(try await world.get("/api/trakt/pin/status").json["status"] == "expired_token")
    }

    @Test func `a redirect goes on after kill -9, in the same browser`() async throws {
        let journey = try await world.depart(.simkl)
        let query = try await world.decide(journey)
        try await world.crash()
        #expect(try await world.status(.simkl)["state"] == "pending")
        let name = journey.cookie.prefix { $0 != "=" }
        #expect(try await world.arrive(.simkl, query, cookie: "\(name)=other").status == 400)
        #expect(try await world.arrive(.simkl, query, cookie: journey.cookie).status == 303)
        #expect(try await world.status(.simkl)["state"] == "connected")
    }

    @Test
    func `a redirect whose time ended while nobody ran is told as expired, and one can begin again`() async throws {
        let journey = try await world.depart(.trakt)
        let query = try await world.decide(journey)
        let port = try world.port
        try await world.kill()
        try edit { $0["trakt"]?["_pending_redirect"]?["flow"]?["expires_at"] = 1_700_000_000.0 }
        try await world.start(port: port)
        let status = try await world.status(.trakt, flow: "expired_token")
        #expect(status["state"] == "needs_sign_in")
        #expect(status[path: "flow.message"] == "The sign-in was not approved at Trakt in time.")
        _ = try await world.arrive(.trakt, query, cookie: journey.cookie)
        #expect(simulator.counts(.trakt)["POST /oauth/token"] == nil)
        #expect(try await world.depart(.trakt).state != journey.state)
        #expect(try await world.status(.trakt)["state"] == "pending")
    }

    @Test(arguments: SimulatedProvider.allCases)
    func `tokens are on the disk before anybody hears of them`(provider: SimulatedProvider) async throws {
        let feed = try await EventFeed(port: try world.port)
        try await world.begin(provider)
        simulator.approve(provider)
        _ = try await feed.status(provider.rawValue) { $0["connected"] == true }
        try await world.crash()
        #expect(try await world.status(provider)["state"] == "connected")
        let shown = try await world.post("/api/\(provider.rawValue)/token/reveal").json.text("access_token")
        #expect([shown] == simulator.accessTokens(provider))
    }

    @Test func `refreshed tokens are on the disk before the answer`() async throws {
        try await world.begin(.trakt)
        simulator.approve(.trakt)
        try await world.status(.trakt, is: "connected")
        #expect(try await world.post("/api/trakt/refresh").status == 200)
        try await world.kill()
        #expect(try world.vault[path: "auth.trakt.access_token"]?.stringValue == simulator.accessTokens(.trakt)[0])
        #expect(try world.vault[path: "auth.trakt.refresh_token"]?.stringValue == simulator.refreshTokens(.trakt)[0])
    }

    // MARK: A disk that takes nothing

    /// A folder where the vault writes its temporary file: every write fails.
    private func blockDisk() throws { try Files.makeFolder(world.folder("data/default.json.new")) }
    private func freeDisk() throws { try Files.remove(world.folder("data/default.json.new")) }

    private var reason: String {
        "the state could not be saved: cannot write '\(world.folder("data/default.json.new"))': Is a directory"
    }

    @Test func `what cannot be stored is refused with the reason`() async throws {
        try blockDisk()
        for (path, body) in [
            ("/api/config", ["trakt": ["client_id": "new"]]), ("/api/trakt/pin/new", nil),
            ("/api/trakt/authorize", nil), ("/api/plex/pin/new", nil),
        ] as [(String, JSON?)] {
            let answer = try await world.post(path, body)
            #expect(answer.status == 507)
            #expect(
                answer.json == [
                    "ok": false, "error": "not_saved", "message": "The state could not be saved.",
                    "hint": "Nothing was changed. Latchkey's log says why; look at the data folder.",
                ])
        }
        #expect(try await world.waitForLog(reason) != nil)
        #expect(try await world.status(.trakt)["state"] == "needs_sign_in")
        #expect(try await world.get("/api/config").json[path: "trakt.client_id"] == "demo-trakt-client-id")
        try freeDisk()
        try await world.begin(.trakt)
    }

    @Test func `tokens that cannot be stored are told, kept, and stored when the disk takes them`() async throws {
        try await world.begin(.trakt)
        try blockDisk()
        simulator.approve(.trakt)
        let status = try await world.status(.trakt, flow: "not_saved")
        #expect(status["connected"] == false)
        #expect(status[path: "flow.message"] == "The tokens of Trakt could not be saved, and are tried again.")
        #expect(
            status[path: "flow.hint"]
                == "Until then they are only in Latchkey's memory: do not stop it. Its log says why.")
        #expect(try world.vault["auth"] == nil)
        #expect(try await world.waitForLog("tokens not saved") != nil)
        #expect(try await world.waitForLog(reason) != nil)
        try freeDisk()
        try await world.status(.trakt, is: "connected")
        #expect(try world.vault[path: "auth.trakt.access_token"]?.stringValue == simulator.accessTokens(.trakt)[0])
        #expect(simulator.counts(.trakt)["POST /oauth/device/code"] == 1)
    }

    @Test func `tokens that could not be stored are ended when nobody wants them any more`() async throws {
        try await world.begin(.trakt)
        try blockDisk()
        simulator.approve(.trakt)
        try await world.status(.trakt, flow: "not_saved")
        try freeDisk()
        #expect(try await world.post("/api/trakt/disconnect").json["revoked"] == true)
        #expect(simulator.accessTokens(.trakt) == [])
        #expect(try await world.status(.trakt)["connected"] == false)
        #expect(try world.vault["auth"] == nil)
    }
}
