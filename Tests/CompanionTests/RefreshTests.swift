import JSON
import Providers
import Simulator
import TestSupport
import Testing
import Vault

@testable import Companion

/// Tokens that are renewed: by whom, when, and what is told when it does not work.
@Suite(.timeLimit(.minutes(1))) struct RefreshTests {
    private static let endpoint = "POST /oauth/token"
    private let world: World

    init() async throws { world = try await .ready() }

    private var refreshes: Int? { world.simulator.counts(.trakt)[Self.endpoint] }
    private var provider: Provider {
        get throws { try #require(world.companion.parts.catalogue["trakt"]) }
    }
    private static let id = AccountID.owner
    private static let key = FlowEngine.Key(provider: "trakt", id: id)

    private func state() async -> JSON { await world.get("/api/trakt/status").json }

    // MARK: One for all

    @Test func `of a hundred who need a token that has ended, one asks the provider and all get the new one`()
        async throws
    {
        try await world.linkTrakt()
        try await world.change(["expires_at": 1])
        let (engine, provider) = (world.companion.engine, try provider)
        let tokens = try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<100 {
                group.addTask { try await engine.freshToken(provider, Self.id).json["access_token"]?.stringValue }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(tokens == [world.simulator.accessTokens(.trakt).last])
        #expect(refreshes == 1)
        #expect(world.simulator.complaints(.trakt) == [])
    }

    @Test func `so it is with two processes on one vault`() async throws {
        try await world.linkTrakt()
        try await world.change(["expires_at": 1])
        let other = try World(beside: world)
        let provider = try provider
        let tokens = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<100 {
                let engine = number.isMultiple(of: 2) ? world.companion.engine : other.companion.engine
                group.addTask { try await engine.freshToken(provider, Self.id).json["access_token"]?.stringValue }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(tokens == [world.simulator.accessTokens(.trakt).last])
        #expect(refreshes == 1)
    }

    @Test func `who is told by another process that tokens are new asks nobody`() async throws {
        try await world.linkTrakt()
        let other = try World(beside: world)
        let old = try await world.tokens()[0]?.stringValue ?? ""
        try await other.companion.engine.refresh(try provider, Self.id)
        try await world.companion.engine.refresh(try provider, Self.id, .rejected(old))
        #expect(refreshes == 1)
    }

    // MARK: What the provider answers

    @Test func `an answer without a refresh token keeps the old one`() async throws {
        #expect(await world.post("/api/simkl/pin/new", ["method": "device"]).status == 200)
        world.simulator.approve(.simkl)
        try await world.connected("simkl")
        let before = try await world.tokens("simkl")
        #expect(await world.post("/api/simkl/refresh").status == 200)
        let after = try await world.tokens("simkl")
        #expect(after[0] != before[0] && after[1] == before[1] && after[1] != nil)
    }

    @Test func `a lost answer is asked for once more, and then it is said that somebody must sign in`() async throws {
        try await world.linkTrakt()
        world.simulator.add(Fault(.lostAnswer, endpoint: Self.endpoint), to: .trakt)
        #expect(await world.post("/api/trakt/refresh").status == 502)
        #expect(await state()["state"] == "connected")
        #expect(
            await world.post("/api/trakt/refresh").summary == """
                409 {"ok":false,"error":"invalid_code","message":"The answer to an earlier renewal was lost, and Trakt \
                does not take the old tokens any more.","hint":"Connect again."}
                """)
        let status = await state()
        #expect(status["state"] == "reconnect_needed" && status["connected"] == false)
        #expect(
            status["message"]
                == "The answer to an earlier renewal was lost, and Trakt does not take the old tokens any more.")
        #expect(status["hint"] == "Connect again.")
        #expect(refreshes == 2)
        try await world.linkTrakt()
        #expect(await state()["state"] == "connected")
    }

    @Test func `that an answer may have been lost is known after a restart, which asks again by itself`() async throws {
        try await world.linkTrakt()
        world.simulator.add(Fault(.status(503), endpoint: Self.endpoint), to: .trakt)
        #expect(await world.post("/api/trakt/refresh").status == 502)
        let old = try await world.tokens()
        let next = try await world.restarted()
        await world.simulator.waitForRequests(2, to: Self.endpoint, of: .trakt)
        try await next.status("trakt") { $0["connected"] == true }
        await next.lines.wait(for: "refreshed")
        #expect(try await next.tokens()[1] != old[1])
    }

    @Test(arguments: [Fault.Kind.status(500), .status(429), .emptyBody, .notJSON])
    func `what proves nothing keeps the token, and is tried again later`(kind: Fault.Kind) async throws {
        try await world.linkTrakt()
        let before = try await world.tokens()
        world.simulator.add(Fault(kind, times: nil, endpoint: Self.endpoint), to: .trakt)
        #expect(await world.post("/api/trakt/refresh").status == 502)
        #expect(try await world.tokens() == before)
        #expect(await world.companion.engine.upkeep[Self.key]?.renewal.failures == 1)
        #expect((20...40).contains(try await pauseAfterFailure()))
    }

    /// How long after it failed a renewal is tried again, in seconds.
    private func pauseAfterFailure() async throws -> Double {
        let duty = try #require(await world.companion.engine.upkeep[Self.key]?.renewal)
        let clock = world.companion.parts.clock
        return try #require(duty.dueAt) + clock.wall - clock.now - (try #require(duty.failedAt))
    }

    @Test func `a provider that wants patience gets it`() async throws {
        try await world.linkTrakt()
        world.simulator.add(Fault(.status(429), times: nil, endpoint: Self.endpoint, retryAfter: 900), to: .trakt)
        #expect(await world.post("/api/trakt/refresh").headers["Retry-After"] == "900")
        #expect(try await pauseAfterFailure() > 890)
    }

    @Test func `failures wait longer and longer, an hour at most`() {
        var duty = Upkeep.Duty()
        let pauses = (0..<12).map { _ -> Double in
            duty.fail(Problem(502, "unreachable", "It is down."), at: 0)
            return duty.pause(spread: 0.5)
        }
        #expect(pauses == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600, 3600])
        duty.succeed()
        #expect(duty.failures == 0 && duty.problem == nil)
    }

    @Test func `without its app keys nothing is asked, and that is said`() async throws {
        try await world.linkTrakt()
        try await world.vault.apply([.remove("trakt", "client_id")], owner: "default", account: "default")
        #expect(await world.post("/api/trakt/refresh").status == 422)
        let status = await state()
        #expect(status["state"] == "misconfigured")
        #expect(status["message"] == "Trakt needs the Client ID, which is empty.")
        #expect(refreshes == nil)
        let dueAt = await world.companion.engine.upkeep[Self.key]?.renewal.dueAt ?? 0
        #expect(dueAt - world.companion.parts.clock.now > 3600)
    }

    @Test func `whoever asks for new tokens again and again is told that they come by themselves`() async throws {
        try await world.linkTrakt()
        var statuses: [Int] = []
        for _ in 0..<21 { statuses.append(await world.post("/api/trakt/refresh").status) }
        #expect(statuses == Array(repeating: 200, count: 20) + [429])
    }

    // MARK: By themselves

    @Test func `after a jump of the machine's clock everything is reckoned anew`() async throws {
        try await world.linkTrakt()
        let now = Int(EngineClock().wall)
        // They came by a clock that was a year ahead.
        try await world.change(
            ["obtained_at": .int(now + 31_536_000), "expires_at": .int(now + 31_536_000 + 86_400)])
        await world.companion.engine.replanAll()
        await world.lines.wait(for: "refreshed")
        let obtained = try await world.stored("auth.trakt.obtained_at")?.intValue ?? 0
        #expect(abs(obtained - now) < 120)
    }

    @Test func `tokens are renewed when their time has come, and nobody has to ask`() async throws {
        world.simulator.configure(.trakt) { $0.tokenExpiresIn = 4 }
        try await world.linkTrakt()
        await world.lines.wait(for: "refreshed")
        #expect(world.simulator.complaints(.trakt) == [])
        // They hardly live, and the provider is not asked every second for that. Others may have come by now on a slow
        // machine: they came later still.
        let obtained = Double(try await world.stored("auth.trakt.obtained_at")?.intValue ?? 0)
        // On a fast one they may have come within the second of the sign-in.
        try await world.change(["linked_at": .int(Int(obtained))])
        await world.companion.engine.replan(Self.key)
        let next = await world.companion.engine.upkeep[Self.key]?.renewal.dueAt ?? 0
        let clock = world.companion.parts.clock
        #expect(next + clock.wall - clock.now - obtained > 5)
        #expect(next - clock.now <= 10)
    }

    @Test func `what came due while nobody ran is renewed at the start`() async throws {
        try await world.linkTrakt()
        try await world.change(["expires_at": .int(Int(EngineClock().wall) + 60)])
        let next = try await world.restarted()
        await world.simulator.waitForRequests(1, to: Self.endpoint, of: .trakt)
        await next.lines.wait(for: "refreshed")
        #expect(await next.get("/api/trakt/status").json["state"] == "connected")
    }

    @Test func `an account that another process has linked is kept alive, too`() async throws {
        try await world.companion.resume()
        let other = try World(beside: world)
        world.simulator.configure(.trakt) { $0.tokenExpiresIn = 4 }
        #expect(await other.post("/api/trakt/pin/new", ["method": "device"]).status == 200)
        world.simulator.approve(.trakt)
        try await world.status("trakt") { $0["connected"] == true }
        await world.lines.wait(for: "refreshed")
    }

    @Test func `an account that another process has emptied is told to those who see it`() async throws {
        try await world.companion.resume()
        #expect(await world.post("/api/config", ["trakt": ["client_id": "app"]]).status == 200)
        #expect(await world.post("/api/trakt/pin/new?account=kids", ["method": "device"]).status == 200)
        world.simulator.approve(.trakt)
        try await world.status("trakt", account: "kids") { $0["connected"] == true && $0["account_name"] == "demo" }
        let page = try await world.listen(account: "kids")
        _ = try await page.next { $0 == "status" && $1["connected"] == true }
        let other = try World(beside: world)
        try await other.vault.apply([.remove("auth", "trakt")], owner: "default", account: "kids")
        let told = try await page.next { $0 == "status" && $1["connected"] == false }
        #expect(told["account"] == "kids")
        let key = FlowEngine.Key(provider: "trakt", id: AccountID(owner: "default", account: "kids"))
        #expect(await world.companion.engine.upkeep[key] == nil)
    }

    @Test func `correcting the app keys is enough after the app was rejected`() async throws {
        try await world.linkTrakt()
        world.simulator.configure(.trakt) { $0.rejectedClients = ["*"] }
        #expect(await world.post("/api/trakt/refresh").json["error"] == "app_rejected")
        #expect(await state()["state"] == "misconfigured")
        world.simulator.configure(.trakt) { $0.rejectedClients = [] }
        #expect(await world.post("/api/config", ["trakt": ["client_secret": "corrected"]]).status == 200)
        try await world.status("trakt") { $0["state"] == "connected" }
    }

    @Test func `corrected app keys help those who borrow them`() async throws {
        #expect(await world.post("/api/trakt/pin/new?account=kids", ["method": "device"]).status == 200)
        world.simulator.approve(.trakt)
        try await world.status("trakt", account: "kids") { $0["connected"] == true && $0["account_name"] == "demo" }
        world.simulator.configure(.trakt) { $0.rejectedClients = ["*"] }
        #expect(await world.post("/api/trakt/refresh?account=kids").json["error"] == "app_rejected")
        // One that was only about to sign in is told of the old keys no more, either.
        #expect(
            await world.post("/api/trakt/pin/new?account=new", ["method": "device"]).json["error"] == "app_rejected")
        for account in ["kids", "new"] {
            let status = await world.get("/api/trakt/status?account=\(account)").json
            #expect(status["state"] == "misconfigured")
        }
        world.simulator.configure(.trakt) { $0.rejectedClients = [] }
        #expect(await world.post("/api/config", ["trakt": ["client_secret": "corrected"]]).status == 200)
        try await world.status("trakt", account: "kids") { $0["state"] == "connected" }
        try await world.status("trakt", account: "new") { $0["state"] == "needs_sign_in" }
    }

    @Test func `corrected keys that all share help everybody`() async throws {
        let (alice, bob) = (Visitor.owner(ofUser: "alice"), Visitor.owner(ofUser: "bob"))
        try await world.linkTrakt()
        let auth = try #require(try await world.stored("auth")?["trakt"])
        for owner in [alice, bob] {
            try await world.vault.apply([.set("auth", "trakt", to: auth)], owner: owner, account: "default")
        }
        let parts = world.companion.parts
        let engine = world.companion.engine
        await engine.adopt(
            parts.replacing(
                catalogue: parts.catalogue, publicURL: parts.publicURL, app: parts.app, log: parts.log, sharesKeys: true
            ),
            pendingLimit: 1000)
        await engine.planEverything()
        let keys = [alice, bob].map {
            FlowEngine.Key(provider: "trakt", id: AccountID(owner: $0, account: "default"))
        }
        for key in keys {
            try await world.vault.apply(
                [.set("auth", "trakt", "problem", to: "misconfigured")], owner: key.id.owner, account: "default")
        }
        await engine.reconsiderBorrowers(of: Self.key)
        for key in keys {
            let stored = try await world.vault.read(owner: key.id.owner, account: "default").document["auth"]?["trakt"]
            #expect(stored?["problem"] != "misconfigured")
        }
    }

    // MARK: Looking

    @Test func `a token that does not work any more is found by asking, and renewed`() async throws {
        try await world.linkTrakt()
        world.simulator.advance(.trakt, by: 86_400 * 365)
        await world.companion.engine.probe(Self.key)
        #expect(refreshes == 1)
        #expect(await state()["state"] == "connected")
    }

    @Test func `a connection without a way to renew it, which the provider has ended, asks for a sign-in`() async throws
    {
        #expect(await world.post("/api/plex/pin/new", ["method": "device"]).status == 200)
        world.simulator.approve(.plex)
        try await world.status("plex") { $0["account_name"] != nil }
        world.simulator.endSessions(.plex)
        await world.companion.engine.probe(FlowEngine.Key(provider: "plex", id: Self.id))
        let status = await world.get("/api/plex/status").json
        #expect(status["state"] == "reconnect_needed")
        #expect(status["message"] == "Plex has ended this link.")
    }

    @Test func `a provider that cannot be asked twice in a row is called unreachable, until it answers`() async throws {
        try await world.linkTrakt()
        world.simulator.add(Fault(.status(500), times: 2, endpoint: "GET /users/settings"), to: .trakt)
        await world.companion.engine.probe(Self.key)
        #expect(await state()["state"] == "connected")
        await world.companion.engine.probe(Self.key)
        let status = await state()
        #expect(status["state"] == "unreachable" && status["hint"] == "It is tried again by itself.")
        #expect((status["since"]?.intValue ?? 0) > 1_700_000_000)
        await world.companion.engine.probe(Self.key)
        #expect(await state()["state"] == "connected")
        let checked = await state()["checked_at"]?.intValue
        #expect((checked ?? 0) > 1_700_000_000)
    }

    @Test func `that the app is refused in a look is believed when it is said twice, and forgotten when it is not`()
        async throws
    {
        try await world.linkTrakt()
        world.simulator.add(Fault(.status(403), times: 2, endpoint: "GET /users/settings"), to: .trakt)
        await world.companion.engine.probe(Self.key)
        #expect(await state()["state"] == "connected")
        await world.companion.engine.probe(Self.key)
        #expect(await state()["state"] == "misconfigured")
        #expect(try await world.companion.engine.freshToken(try provider, Self.id).linked.method == "device")
        await world.companion.engine.probe(Self.key)
        #expect(await state()["state"] == "connected")
    }

    @Test func `tokens that cannot be renewed remind of their end`() async throws {
        let now = Int(EngineClock().wall)
        try await world.change(
            [
                "access_token": "t", "method": "device", "obtained_at": .int(now - 86_400 * 355),
                "expires_at": .int(now + 86_400 * 10),
            ])
        let status = await state()
        #expect(status["state"] == "expiring" && status["connected"] == true)
        #expect(status["message"] == "The connection to Trakt ends soon, and cannot be renewed by itself.")
        #expect(status["hint"] == "Connect again before it does.")
    }
}
