import HTTP
import JSON
import Simulator
import Testing

@testable import Companion
@testable import Providers

/// Connections that take several requests: what each of them gives is kept, and their errors are told.
@Suite(.timeLimit(.minutes(1))) struct StepTests {
    private func world(_ provider: SimulatedProvider) async throws -> World {
        let world = try World(only: provider.rawValue)
        let prefix = provider.rawValue + "."
        for (key, value) in world.server.values where key.hasPrefix(prefix) {
            try await world.vault.apply(
                [.set(provider.rawValue, String(key.dropFirst(prefix.utf8.count)), to: .string(value))],
                owner: "default", account: "default")
        }
        return world
    }

    /// The answer of the callback after the person has approved.
    private func comeBack(_ world: World) async throws -> World.Answer {
        let answer = await world.post("/api/xbox/authorize")
        let cookie = try #require(answer.headers["Set-Cookie"]?.split(separator: ";").first)
        let page = try await Client(userAgent: "a browser").send(
            ClientRequest(
                method: "POST", url: try #require(answer.json["authorization_url"]?.stringValue),
                headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("decision=approve&account=sean".utf8)))
        let location = try #require(page.headers["Location"])
        return await world.get(
            String(location.dropFirst(World.origin.utf8.count)), headers: ["Cookie": String(cookie)])
    }

    // MARK: A refresh

    @Test func `a refresh whose last step fails loses nothing, and the next one works`() async throws {
        let world = try await world(.xbox)
        #expect(try await comeBack(world).status == 303)
        _ = try await world.status("xbox") { $0["account_name"] == "sean" }
        let before = try await world.tokens("xbox")
        world.simulator.add(Fault(.status(503), endpoint: "POST /xsts/authorize"), to: .xbox)
        let failed = await world.post("/api/xbox/refresh")
        #expect(
            failed.summary == """
                502 {"ok":false,"error":"unreachable","message":"Xbox has a problem of its own (HTTP 503).",\
                "hint":"It is tried again by itself."}
                """)
        // The refresh token was spent by the first step, and the new one is on the disk.
        let between = try await world.tokens("xbox")
        #expect(between[0] == before[0])
        #expect(between[1] != before[1])
        #expect(between[1]?.stringValue == world.simulator.refreshTokens(.xbox).first)
        let next = try await world.restarted(only: "xbox")
        let renewed = try await next.status("xbox") { _ in true }
        #expect(renewed["state"] == "connected")
        #expect(await next.post("/api/xbox/refresh").json["ok"] == true)
        let after = try await next.tokens("xbox")
        #expect(after[0] != before[0])
        #expect(after[1]?.stringValue == world.simulator.refreshTokens(.xbox).first)
        #expect(try await next.stored("auth.xbox._refreshing") == nil)
        #expect(try await next.stored("auth.xbox.extras.uhs") == "7007")
        #expect(world.simulator.complaints(.xbox) == [])
    }

    @Test func `a disk that does not take the new refresh token stops the refresh, and loses nothing`() async throws {
        let world = try await world(.xbox)
        #expect(try await comeBack(world).status == 303)
        _ = try await world.status("xbox") { $0["account_name"] == "sean" }
        let asked = world.simulator.counts(.xbox)["POST /xsts/authorize"]
        world.simulator.add(Fault(.hold, endpoint: "POST /oauth20_token.srf"), to: .xbox)
        async let answer = world.post("/api/xbox/refresh")
        while world.simulator.counts(.xbox)["POST /oauth20_token.srf"] != 2 { await Task.yield() }
        try world.breakDisk()
        world.simulator.clearFaults(.xbox)
        #expect(await answer.json["error"] == "not_saved")
        #expect(world.simulator.counts(.xbox)["POST /xsts/authorize"] == asked)
        try world.repairDisk()
        #expect(await world.post("/api/xbox/refresh").json["ok"] == true)
        #expect(try await world.tokens("xbox")[1]?.stringValue == world.simulator.refreshTokens(.xbox).first)
        #expect(try await world.stored("auth.xbox.extras")?.objectValue?.keys == ["uhs", "xuid"])
    }

    // MARK: A sign-in

    @Test(
        arguments: [
            (
                2_148_916_233,
                "This Microsoft account has no Xbox profile. Make one at https://www.xbox.com/live, then connect again."
            ),
            (
                2_148_916_235,
                "Xbox is not offered in the country of this account. Look at https://www.xbox.com/regions."
            ),
            (
                2_148_916_238,
                "This is the account of a child. An adult has to add it to a family at https://account.microsoft.com/family/ first."
            ),
            (
                7,
                "Xbox does not let this account in. Look at https://account.xbox.com with this account, then connect again."
            ),
        ] as [(Int, String)])
    func `an account that the last step refuses is told why`(number: Int, sentence: String) async throws {
        let world = try await world(.xbox)
        world.simulator.configure(.xbox) { $0.accountError = number }
        #expect(try await comeBack(world).status == 303)
        let flow = await world.get("/api/xbox/status").json["flow"]
        #expect(flow?["status"] == "feature_disabled")
        #expect("\(flow?["message"]?.stringValue ?? "") \(flow?["hint"]?.stringValue ?? "")" == sentence)
    }

    @Test func `an NPSSO is used once: it is in no file, no log and no answer`() async throws {
        let world = try await world(.psn)
        let npsso = world.simulator.behaviour(.psn).password
        let answer = await world.post("/api/psn/authorize", ["values": ["npsso": .string(npsso)]])
        #expect(answer.summary == #"200 {"ok":true,"status":"ok"}"#)
        let status = try await world.status("psn") { $0["account_name"] != nil }
        #expect(status["account_name"] == "demo")
        #expect(status["can_refresh"] == true)
        let stored = try await world.vault.read(owner: "default", account: "default").document
        for text in ["\(stored)", world.lines.all.joined(), "\(status)", try world.folder.text(of: "default.json")] {
            #expect(!text.contains(npsso) && !text.contains("v3."))
        }
    }

    @Test func `an NPSSO that has ended is told so`() async throws {
        let world = try await world(.psn)
        let wrong = "unknown" + String(repeating: "a", count: 57)
        #expect(
            await world.post("/api/psn/authorize", ["values": ["npsso": .string(wrong)]]).summary == """
                409 {"ok":false,"error":"unauthorized","message":"Sony does not accept this NPSSO.",\
                "hint":"It ends when you sign out at playstation.com. Sign in there and copy it again."}
                """)
        #expect(world.simulator.counts(.psn)["POST /api/authz/v3/oauth/token"] == nil)
    }
}
