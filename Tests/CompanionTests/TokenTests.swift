import Files
import HTTP
import JSON
import Simulator
import TestSupport
import Testing
import Vault

@testable import Companion

/// `GET /api/token/<provider>`, as apps see it.
@Suite(.timeLimit(.minutes(1))) struct TokenTests {
    private let world: World
    private let key: String

    init() async throws {
        world = try World(apiKeys: true)
        try await world.enter(account: "default")
        let book = try #require(world.companion.settings.apiKeys)
        key = try book.make(
            ApiKey(
                name: "kodi", owner: "default",
                grants: ["trakt", "plex", "tmdb", "simkl:*"].compactMap(ApiKey.Grant.init)))
    }

    private func headers(_ key: String) -> HeaderFields { ["Authorization": "Bearer \(key)"] }

    private func token(_ target: String = "/api/token/trakt") async -> World.Answer {
        await world.get(target, headers: headers(key))
    }

    private func reject(_ body: JSON? = nil) async -> World.Answer {
        await world.send("POST", "/api/token/trakt/rejected", body, headers: headers(key))
    }

    /// The token of Trakt has lived for a day, and has minutes left, too few.
    private func nearEnd() async throws {
        let now = Int(EngineClock().wall)
        try await world.change(["obtained_at": .int(now - 86_400), "expires_at": .int(now + 200)])
    }

    private func link(_ provider: SimulatedProvider) async throws {
        #expect(await world.post("/api/\(provider.rawValue)/pin/new").status == 200)
        world.simulator.approve(provider)
        try await world.status(provider.rawValue) { $0["connected"] == true && $0["account_name"] != nil }
    }

    @Test func `an app gets the token with everything that its requests need`() async throws {
        try await world.linkTrakt()
        let stored = try await world.tokens()
        #expect(
            await token().json == [
                "ok": true, "access_token": stored[0] ?? .null, "token_type": "bearer",
                "expires_at": stored[2] ?? .null, "account": "default", "account_name": "demo",
                "headers": [
                    "Content-Type": "application/json",
                    "Authorization": .string("Bearer \(stored[0]?.stringValue ?? "")"),
                    "trakt-api-version": "2", "trakt-api-key": "app",
                ],
            ])
    }

    @Test func `a provider that wants an identifier, or the token in the query, says so`() async throws {
        try await link(.plex)
        let plex = await token("/api/token/plex").json
        #expect(plex["headers"]?["X-Plex-Token"] == plex["access_token"])
        #expect(plex["headers"]?["X-Plex-Client-Identifier"]?.stringValue?.utf8.count == 36)
        #expect(plex["expires_at"] == .null)
        try await link(.tmdb)
        let tmdb = await token("/api/token/tmdb").json
        #expect(tmdb["query"] == ["api_key": .string(World.tmdbKey), "session_id": tmdb["access_token"] ?? .null])
    }

    @Test func `without a key, with a wrong one and for what a key does not open there is nothing`() async throws {
        #expect(
            await world.get("/api/token/trakt").summary == """
                401 {"ok":false,"error":"no_api_key","message":"There is no API key in the request.","hint":"Send \
                'Authorization: Bearer' and a key that 'latchkey apikey new' has made."}
                """)
        #expect(await world.get("/api/token/trakt", headers: headers("lk_wrong")).json["error"] == "wrong_api_key")
        #expect(await token("/api/token/trakt?account=alice").status == 403)
        #expect(await token("/api/token/simkl?account=alice").json["error"] == "not_linked")
        try #require(world.companion.settings.apiKeys).revoke("kodi")
        #expect(await token().json["error"] == "wrong_api_key")
    }

    @Test func `what apps are given, call rejected and may not have is in the audit log`() async throws {
        let world = try World(apiKeys: true) { folder, _ in
            var telling = Telling()
            telling.audit = AuditLog(RotatedFile(folder("audit.log"), size: 1 << 20, count: 2))
            return telling
        }
        try await world.enter(account: "default")
        try await world.linkTrakt()
        let book = try #require(world.companion.settings.apiKeys)
        let grants = ["trakt"].compactMap(ApiKey.Grant.init)
        let first = try book.make(ApiKey(name: "first", owner: "default", grants: grants))
        let second = try book.make(ApiKey(name: "second", owner: "default", grants: grants))
        for _ in 0..<2 { #expect(await world.get("/api/token/trakt", headers: headers(first)).status == 200) }
        // The answer from memory is told of as well.
        let request = Request(method: "GET", path: "/api/token/trakt", headers: headers(second))
        var ready = 0
        while ready < 2 {
            _ = await world.get("/api/token/trakt", headers: headers(first))
            if world.companion.readyResponse(to: request) != nil { ready += 1 }
        }
        for _ in 0..<2 {
            _ = await world.send("POST", "/api/token/trakt/rejected", ["access_token": "x"], headers: headers(first))
        }
        #expect(await world.get("/api/token/trakt?account=alice", headers: headers(first)).status == 403)
        #expect(await world.get("/plex/auth-status/", headers: headers(first)).status == 403)
        world.companion.settings.telling.audit?.flush(within: .seconds(60))
        let entries = try world.folder.text(of: "audit.log").split(separator: "\n").map {
            try JSON.parse(Array($0.utf8))
        }
        func whose(_ event: String) -> [[String]] {
            entries.filter { $0["event"] == .string(event) }
                .map { entry in ["key", "owner", "provider", "account", "reason"].compactMap { entry[$0]?.stringValue }
                }
        }
        let given = ["default", "trakt", "default"]
        #expect(whose("token_given") == [["first"] + given, ["second"] + given])
        #expect(whose("token_rejected") == [["first"] + given, ["first"] + given])
        let reason = "api_key_not_allowed"
        #expect(whose("request_refused") == [["trakt", reason], ["plex", reason]])
    }

    @Test func `where nothing is connected, that is said`() async {
        #expect(
            await token().summary == """
                409 {"ok":false,"error":"not_linked","message":"Trakt is not connected.","hint":"Connect it first."}
                """)
    }

    @Test func `the answer from memory is the one that was made, and ends with the token and with the key`()
        async throws
    {
        try await world.linkTrakt()
        let request = Request(method: "GET", path: "/api/token/trakt", headers: headers(key))
        #expect(world.companion.readyResponse(to: request) == nil)
        let made = await token()
        guard case .bytes(let bytes)? = world.companion.readyResponse(to: request)?.body else {
            Issue.record("There is no answer from memory.")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self) == made.text)
        let alone = Request(method: "GET", path: "/api/token/trakt")
        #expect(world.companion.readyResponse(to: alone) == nil)
        let other = Request(method: "GET", path: "/api/token/trakt", query: "account=alice", headers: headers(key))
        #expect(world.companion.readyResponse(to: other) == nil)
        #expect(await world.post("/api/trakt/refresh").status == 200)
        #expect(world.companion.readyResponse(to: request) == nil)
        #expect(await token().json["access_token"] != made.json["access_token"])
        #expect(world.companion.readyResponse(to: request) != nil)
        try #require(world.companion.settings.apiKeys).revoke("kodi")
        #expect(world.companion.readyResponse(to: request) == nil)
    }

    @Test func `a token near its end is renewed before it is given`() async throws {
        try await world.linkTrakt()
        let old = try await world.tokens()[0]
        try await nearEnd()
        let given = await token().json["access_token"]
        let stored = try await world.tokens()[0]
        #expect(given != old && given == stored)
    }

    @Test func `while the provider is down a token that works is given, and one that has ended is not`() async throws {
        try await world.linkTrakt()
        world.simulator.add(Fault(.status(500), times: nil, endpoint: "POST /oauth/token"), to: .trakt)
        try await nearEnd()
        #expect(await token().status == 200)
        try await world.change(["expires_at": 1])
        let answer = await token()
        #expect(answer.status == 503 && answer.json["error"] == "unreachable")
        #expect((answer.headers["Retry-After"].flatMap { Int($0) } ?? 0) > 0)
        // It is not asked with each request of an app.
        #expect(world.simulator.counts(.trakt)["POST /oauth/token"] == 1)
    }

    @Test func `a connection that has ended is an error that says what to do`() async throws {
        try await world.linkTrakt()
        world.simulator.endSessions(.trakt)
        #expect(await world.post("/api/trakt/refresh").status == 409)
        #expect(
            await token().summary == """
                409 {"ok":false,"error":"reconnect_needed","message":"Trakt has ended this link.","hint":"Sign in again."}
                """)
    }

    @Test func `for a connection that has ended the provider is not asked again, however often an app does`()
        async throws
    {
        try await world.linkTrakt()
        world.simulator.endSessions(.trakt)
        try await world.change(["expires_at": 1, "obtained_at": 0])
        for _ in 0..<5 { #expect(await token().json["error"] == "reconnect_needed") }
        #expect(await reject().json["error"] == "reconnect_needed")
        #expect(world.simulator.counts(.trakt)["POST /oauth/token"] == 1)
    }

    // MARK: Rejected

    @Test func `a token that an app calls rejected is replaced, once`() async throws {
        try await world.linkTrakt()
        let old = try await world.tokens()[0] ?? .null
        try await world.change(["obtained_at": .int(Int(EngineClock().wall) - 60)])
        let answer = await reject(["access_token": old])
        #expect(answer.status == 200 && answer.json["access_token"] != old)
        // Another app was refused with the same one, a little later.
        #expect(await reject(["access_token": old]).json["access_token"] == answer.json["access_token"])
        #expect(world.simulator.counts(.trakt)["POST /oauth/token"] == 1)
    }

    @Test func `a token that is only seconds old is not replaced, whatever an app says`() async throws {
        try await world.linkTrakt()
        #expect(
            await reject().summary == """
                409 {"ok":false,"error":"just_renewed","message":"This token of Trakt is only seconds old.","hint":"Look \
                at what the provider says: it may refuse the request for another reason."}
                """)
        #expect(world.simulator.counts(.trakt)["POST /oauth/token"] == nil)
    }

    @Test func `where nothing can be renewed, the provider is asked whether it is true`() async throws {
        try await link(.plex)
        let headers = headers(key)
        #expect(await world.send("POST", "/api/token/plex/rejected", headers: headers).status == 200)
        world.simulator.endSessions(.plex)
        #expect(
            await world.send("POST", "/api/token/plex/rejected", headers: headers).json["error"] == "reconnect_needed")
    }
}
