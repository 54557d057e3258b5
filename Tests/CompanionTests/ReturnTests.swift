import HTTP
import JSON
import Providers
import Simulator
import Testing

@testable import Companion

/// Browsers that come back from the page of an approval (TMDB).
@Suite(.timeLimit(.minutes(1))) struct ReturnTests {
    static let poll = "POST /3/authentication/session/new"

    let world: World

    init() async throws { world = try await World.ready() }

    /// A sign-in that has begun.
    private struct Away {
        let page: String
        let cookie: String
    }

    private func begin(_ headers: HeaderFields = [:]) async throws -> Away {
        let answer = await world.post("/api/tmdb/pin/new", headers: headers)
        #expect(answer.status == 200)
        #expect(answer.json["user_code"] == "")
        return Away(
            page: try #require(answer.json["verification_url"]?.stringValue),
            cookie: String(try #require(answer.headers["Set-Cookie"]).prefix { $0 != ";" }))
    }

    /// Decides on the provider's page; the path and query to which the browser is sent.
    private func decide(_ decision: String, _ away: Away) async throws -> String {
        let answer = try await Client(userAgent: "a browser").send(
            ClientRequest(
                method: "POST", url: away.page, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("decision=\(decision)&account=sean".utf8)))
        return String(try #require(answer.headers["Location"]).dropFirst(World.origin.utf8.count))
    }

    /// The path and query with which a page comes back that was not decided on.
    private func undecided(_ away: Away) throws -> String {
        let items = FormDecoder.items(String(away.page.drop { $0 != "?" }.dropFirst()))
        let back = try #require(items.first { $0.name == "redirect_to" }?.value)
        return String(back.dropFirst(World.origin.utf8.count))
    }

    private func comeBack(_ target: String, _ cookie: String?) async -> Int {
        await world.get(target, headers: cookie.map { ["Cookie": $0] } ?? [:]).status
    }

    private var polls: Int { world.simulator.counts(.tmdb)[Self.poll] ?? 0 }

    private func state() async -> JSON? { await world.get("/api/tmdb/status").json["state"] }

    @Test func `the way back asks at once; a state of nobody is refused`() async throws {
        world.simulator.configure(.tmdb) { $0.interval = 300 }
        let away = try await begin()
        let target = try await decide("approve", away)
        #expect(target.hasPrefix("/tmdb/oauth-callback/?state="))
        #expect(await comeBack("/tmdb/oauth-callback/?state=foreign&approved=true", away.cookie) == 400)
        #expect(await comeBack(target.replacing("tmdb", with: "trakt", maxReplacements: 1), away.cookie) == 400)
        #expect(await state() == "pending")
        #expect(await comeBack(target, away.cookie) == 303)
        #expect(try await world.connected("tmdb")["method"] == "approval")
        // It is over: the same browser may come again, and changes nothing.
        let asked = polls
        #expect(await comeBack(target, away.cookie) == 303)
        #expect(await comeBack(target, nil) == 400)
        #expect(polls == asked)
    }

    @Test func `a page that comes back after the provider was asked anyway is welcome`() async throws {
        let away = try await begin()
        let target = try await decide("approve", away)
        try await world.connected("tmdb")
        #expect(await comeBack(target, nil) == 400)
        #expect(await comeBack(target, away.cookie) == 303)
        #expect(await state() == "connected")
    }

    @Test func `a denied approval ends when the browser comes back, and only that browser`() async throws {
        world.simulator.configure(.tmdb) { $0.interval = 300 }
        let away = try await begin()
        let target = try await decide("deny", away)
        let name = away.cookie.prefix { $0 != "=" }
        for cookie in [nil, "\(name)=", "\(name)=\(String(repeating: "A", count: 43))", "x\(away.cookie)"] {
            let answer = await world.get(target, headers: cookie.map { ["Cookie": $0] } ?? [:])
            #expect(answer.summary == "400 refused")
        }
        #expect(polls == 0)
        #expect(await state() == "pending")
        #expect(await comeBack(target, away.cookie) == 303)
        #expect(await world.get("/api/tmdb/status").json[path: "flow.status"] == "access_denied")
    }

    @Test func `the cookie is for the life of the sign-in and for this server alone`() async throws {
        let answer = await world.post("/api/tmdb/pin/new")
        let cookie = try #require(answer.headers["Set-Cookie"])
        let life = try #require(answer.json["expiresIn"]?.intValue)
        #expect(cookie.contains(/^latchkey_flow_tmdb_[0-9a-f]{8}=[A-Za-z0-9_-]{43}; Path=/))
        let lives = [life - 1, life, life + 1].map { "; Path=/; Max-Age=\($0); HttpOnly; SameSite=Lax" }
        #expect(lives.contains { cookie.hasSuffix($0) })
        // Nobody comes back from a code.
        #expect(await world.post("/api/trakt/pin/new").headers["Set-Cookie"] == nil)
    }

    @Test func `of fifty returns one asks, and none before the provider's pause is over`() async throws {
        world.simulator.configure(.tmdb) { $0.interval = 300 }
        let away = try await begin()
        let target = try undecided(away)
        for _ in 0..<50 { #expect(await comeBack(target, away.cookie) == 303) }
        #expect(polls == 1)
        // What was decided meanwhile waits for the next poll, but for a no, which nobody need be asked for.
        let approved = try await decide("approve", away)
        #expect(await comeBack(approved, away.cookie) == 303)
        #expect(polls == 1)
        #expect(await state() == "pending")
        #expect(await comeBack(target + "&denied=true", away.cookie) == 303)
        #expect(await world.get("/api/tmdb/status").json[path: "flow.status"] == "access_denied")
        #expect(polls == 1)
    }

    @Test func `a return that came too early is made up for by the next poll`() async throws {
        world.simulator.configure(.tmdb) { $0.interval = 2 }
        let away = try await begin()
        #expect(await comeBack(try undecided(away), away.cookie) == 303)
        #expect(await comeBack(try await decide("approve", away), away.cookie) == 303)
        try await world.connected("tmdb")
    }

    @Test func `every browser that joins the sign-in may come back, before and after a restart`() async throws {
        world.simulator.configure(.tmdb) { $0.interval = 300 }
        let first = try await begin()
        let second = try await begin()
        #expect(second.page == first.page)
        #expect(second.cookie != first.cookie)
        #expect(try await begin(["Cookie": first.cookie]).cookie == first.cookie)
        let stored = try #require(try await world.stored("tmdb._pending_device"))
        #expect(stored["bindings"]?.arrayValue?.count == 2)
        let text = String(decoding: stored.encoded(), as: UTF8.self)
        for away in [first, second] { #expect(!text.contains(away.cookie.drop { $0 != "=" }.dropFirst())) }
        let next = try await world.restarted()
        let target = try await decide("deny", first)
        #expect(await next.get(target).status == 400)
        #expect(await next.get(target, headers: ["Cookie": second.cookie]).status == 303)
        #expect(await next.get("/api/tmdb/status").json[path: "flow.status"] == "access_denied")
        #expect(polls == 0)
    }

    @Test func `of very many browsers the first are forgotten`() async throws {
        let first = try await begin()
        for _ in 0..<8 { _ = try await begin() }
        #expect(await world.companion.engine.live.count == 1)
        #expect(try await world.stored("tmdb._pending_device.bindings")?.arrayValue?.count == 8)
        #expect(await comeBack(try undecided(first), first.cookie) == 400)
    }
}
