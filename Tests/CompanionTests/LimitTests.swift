import JSON
import Simulator
import Testing
import Vault

@testable import Companion

@Suite struct PaceTests {
    private func key(_ account: String, _ provider: String = "trakt") -> FlowEngine.Key {
        FlowEngine.Key(provider: provider, id: AccountID(owner: "default", account: account))
    }

    @Test func `a bucket gives so many at once, and then so many in a minute`() {
        var bucket = TokenBucket(burst: 10, at: 100)
        let atOnce = (0..<12).map { _ in bucket.take(at: 100) }
        #expect(atOnce == Array(repeating: true, count: 10) + [false, false])
        #expect(bucket.wait(at: 100) == 6)
        #expect(bucket.take(at: 105) == false)
        #expect(bucket.take(at: 106) == true)
        #expect(bucket.take(at: 106) == false)
        // It holds no more than at the beginning, and a clock that goes back gives nothing.
        let later = (0..<12).filter { _ in bucket.take(at: 10_000) }
        #expect(later.count == 10)
        #expect(bucket.take(at: 0) == false)
        #expect(bucket.take(at: 10_001) == false)
    }

    @Test func `ten starts a minute for each account with each provider`() {
        var pace = StartPace(pendingLimit: 1000)
        let answers = (0..<11).map { _ in pace.take(key("a"), at: 0) }
        #expect(answers == Array(repeating: nil, count: 10) + [6])
        #expect(pace.take(key("b"), at: 0) == nil)
        #expect(pace.take(key("a", "plex"), at: 0) == nil)
        #expect(pace.take(key("a"), at: 6) == nil)
        #expect(pace.take(key("a"), at: 6) == 6)
    }

    @Test(arguments: [(1, 60), (1000, 100), (101_000, 10_100)])
    func `all accounts together begin as many as the limit allows`(limit: Int, total: Int) {
        var pace = StartPace(pendingLimit: limit)
        let taken = (0..<total + 5).filter { pace.take(key("a\($0)"), at: 0) == nil }
        #expect(taken.count == total)
        #expect(pace.take(key("z"), at: 0) == 60 / Double(total))
        // Who was refused for the others' sake has lost nothing of their own.
        #expect(pace.take(key("z", "plex"), at: 0) == nil)
        #expect(pace.count <= 256)
    }
}

@Suite(.timeLimit(.minutes(1))) struct LimitTests {
    @Test func `changing the method again and again is soon refused, with the time to wait`() async throws {
        let world = try await World.ready()
        world.simulator.configure(.plex) { $0.interval = 300 }
        for number in 0..<10 {
            let method: JSON = number.isMultiple(of: 2) ? "device" : "popup"
            #expect(await world.post("/api/plex/pin/new", ["method": method]).status == 200)
        }
        let asked = world.simulator.counts(.plex)
        let answer = await world.post("/api/plex/pin/new", ["method": "device"])
        #expect(answer.status == 429)
        #expect(answer.json["error"] == "too_many")
        #expect(answer.json["message"] == "Too many sign-ins to Plex were begun in a short time.")
        let seconds = try #require(answer.headers["Retry-After"].flatMap { Int($0) })
        #expect((1...6).contains(seconds))
        #expect(answer.json["hint"] == .string("Try again in \(seconds == 1 ? "a second" : "\(seconds) seconds")."))
        #expect(world.simulator.counts(.plex) == asked)
        // The one that goes on is not disturbed, and joining it is no start.
        for _ in 0..<5 { #expect(await world.post("/api/plex/pin/new", ["method": "popup"]).status == 200) }
        #expect(await world.get("/api/plex/status").json[path: "flow.method"] == "popup")
        #expect(await world.post("/api/plex/pin/new?account=other", ["method": "device"]).status == 200)
        #expect(await world.post("/api/trakt/pin/new").status == 200)
    }

    @Test func `redirects and checks of entered keys are starts, too`() async throws {
        let world = try await World.ready()
        _ = try await startsUntilRefused(world, "tmdb", ["method": "key"])
        // Each of these comes from another browser.
        let answer = try await startsUntilRefused(world, "trakt", [:])
        #expect(answer.headers["Retry-After"] != nil)
        #expect(await world.get("/api/trakt/status").json["state"] == "pending")
    }

    /// Ten are always allowed; a machine so slow that it earns more meanwhile is refused some later.
    private func startsUntilRefused(
        _ world: World, _ provider: String, _ body: JSON
    ) async throws -> World.Answer {
        for number in 0..<50 {
            let answer = await world.post("/api/\(provider)/authorize", body)
            if answer.status == 200 { continue }
            #expect(number >= 10)
            #expect(answer.json["error"] == "too_many")
            return answer
        }
        throw NeverRefused()
    }

    private struct NeverRefused: Error {}

    @Test func `sign-ins with one provider are bounded over all accounts`() async throws {
        let world = try await World.ready(pendingLimit: 100)
        let answers = await withTaskGroup(of: String?.self) { group in
            for number in 0..<70 {
                group.addTask { await world.post("/api/trakt/authorize?account=a\(number)").json["error"]?.stringValue }
            }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        // While they begin, more may become due.
        #expect((60...62).contains(answers.filter { $0 == nil }.count))
        #expect(Set(answers) == [nil, "too_many"])
    }

    @Test func `no more accounts are made than are allowed`() async throws {
        let world = try await World.ready(accountLimit: 2)
        let body: JSON = ["trakt": ["client_id": "x"]]
        #expect(await world.post("/api/config?account=a", body).status == 200)
        #expect(await world.post("/api/trakt/pin/new?account=b").status == 200)
        let refused = """
            409 {"ok":false,"error":"account_limit","message":"There are 2 named accounts, and more are not allowed.",\
            "hint":"Use one of them, or allow more with --account-limit."}
            """
        #expect(await world.post("/api/config?account=c", body).summary == refused)
        let asked = world.simulator.counts(.trakt)["POST /oauth/device/code"]
        for path in ["/api/trakt/pin/new", "/api/trakt/authorize", "/api/plex/pin/new", "/api/tmdb/pin/new"] {
            #expect(await world.post("\(path)?account=c").summary == refused)
        }
        #expect(world.simulator.counts(.trakt)["POST /oauth/device/code"] == asked)
        #expect(try await world.vault.accounts(owner: "default") == ["a", "b", "default"])
        // Looking at one makes none, and those that are there can be used.
        #expect(await world.get("/api/status?account=c").status == 200)
        #expect(await world.post("/api/config?account=b", body).status == 200)
        #expect(await world.post("/api/config", body).status == 200)
    }

    @Test func `accounts that were stored count, and one that was not stored does not`() async throws {
        let world = try await World.ready(accountLimit: 2)
        try await world.enter(account: "a")
        let body: JSON = ["trakt": ["client_id": "x"]]
        try world.breakDisk()
        #expect(await world.post("/api/config?account=b", body).status == 507)
        try world.repairDisk()
        #expect(await world.post("/api/config?account=c", body).status == 200)
        #expect(await world.post("/api/config?account=d", body).json["error"] == "account_limit")
    }
}
