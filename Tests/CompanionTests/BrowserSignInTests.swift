import HTTP
import JSON
import Simulator
import Testing

@testable import Companion

/// Sign-ins whose browser goes to the provider and comes back: by redirect (Trakt, SIMKL) and by approval (TMDB).
@Suite(.timeLimit(.minutes(1))) struct BrowserSignInTests {
    let world: World
    private let client = Client(userAgent: "a browser")

    init() async throws { world = try await World.ready() }

    /// What a browser holds after a click.
    private struct Away {
        let url: String
        let cookie: String
    }

    private func authorize(_ provider: String, headers: HeaderFields = [:], account: String = "default") async throws
        -> Away
    {
        let answer = await world.post("/api/\(provider)/authorize?account=\(account)", headers: headers)
        #expect(answer.status == 200)
        let cookie = try #require(answer.headers["Set-Cookie"]?.split(separator: ";").first)
        return Away(
            url: try #require(answer.json["authorization_url"]?.stringValue), cookie: String(cookie))
    }

    /// Decides on the provider's page; the path and query to which the browser is sent.
    private func decide(_ decision: String, at url: String) async throws -> String {
        let answer = try await client.send(
            ClientRequest(
                method: "POST", url: url, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("decision=\(decision)&account=sean".utf8)))
        let location = try #require(answer.headers["Location"])
        #expect(location.hasPrefix(World.origin))
        return String(location.dropFirst(World.origin.utf8.count))
    }

    private func comeBack(_ target: String, _ cookie: String?) async -> World.Answer {
        await world.get(target, headers: cookie.map { ["Cookie": $0] } ?? [:])
    }

    private func state(of target: String) throws -> String {
        let items = FormDecoder.items(String(try #require(target.split(separator: "?").last)))
        return try #require(items.first { $0.name == "state" }).value
    }

    @Test func `the callback links and leads to a clean address`() async throws {
        let answer = await world.post("/api/simkl/authorize")
        #expect(answer.json["redirect_uri"] == "http://127.0.0.1:8787/simkl/oauth-callback/")
        #expect((595...600).contains(answer.json["expiresIn"]?.intValue ?? 0))
        let cookie = try #require(answer.headers["Set-Cookie"])
        #expect(cookie.contains(/^latchkey_flow_simkl_[0-9a-f]{8}=[A-Za-z0-9_-]{43};/))
        #expect(cookie.hasSuffix("; Path=/; Max-Age=600; HttpOnly; SameSite=Lax"))
        let away = try await authorize("simkl", headers: ["Cookie": String(cookie.prefix { $0 != ";" })])
        #expect(away.url == answer.json["authorization_url"]?.stringValue)
        #expect(away.cookie == cookie.prefix { $0 != ";" })
        let target = try await decide("approve", at: away.url)
        let back = await comeBack(target, away.cookie)
        #expect(back.status == 303)
        #expect(back.headers["Location"] == "http://127.0.0.1:8787/#sec-simkl")
        #expect(back.headers["Referrer-Policy"] == "no-referrer")
        let status = try await world.status("simkl") { $0["account_name"] == "sean" }
        #expect(status["method"] == "redirect")
        #expect(try await world.stored("simkl._pending_redirect") == nil)
        // A reload is no error, and asks nobody.
        #expect(await comeBack(target, away.cookie).status == 303)
        #expect(world.simulator.counts(.simkl)["POST /oauth2/token"] == 1)
        #expect(world.simulator.complaints(.simkl) == [])
    }

    @Test func `of twenty simultaneous callbacks one exchanges the code, and none is an error`() async throws {
        let away = try await authorize("trakt")
        let target = try await decide("approve", at: away.url)
        let statuses = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { await comeBack(target, away.cookie).status } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses == Array(repeating: 303, count: 20))
        try await world.connected("trakt")
        #expect(world.simulator.counts(.trakt)["POST /oauth/token"] == 1)
    }

    @Test func `a callback that is not this browser's, or has no single state, goes nowhere`() async throws {
        let away = try await authorize("trakt")
        let target = try await decide("approve", at: away.url)
        let state = try state(of: target)
        let other = "\(away.cookie.prefix { $0 != "=" })=\(String(repeating: "A", count: 43))"
        let path = "/trakt/oauth-callback/"
        let wrong: [(String, String?)] = [
            (target, nil), (target, other), (target.replacing("trakt", with: "simkl", maxReplacements: 1), away.cookie),
            (path, away.cookie), ("\(path)?code=x", away.cookie), ("\(path)?code=x&state=", away.cookie),
            ("\(target)&state=\(state)", away.cookie), ("\(path)?code=x&state=foreign", away.cookie),
            ("\(path)?error=access_denied", away.cookie),
        ]
        for (target, cookie) in wrong {
            let answer = await comeBack(target, cookie)
            #expect(answer.summary == "400 refused")
            #expect(answer.headers["Content-Type"] == "text/html; charset=utf-8")
        }
        #expect(world.simulator.counts(.trakt)["POST /oauth/token"] == nil)
        // Nor is it spent by any of these.
        #expect(await world.get("/api/trakt/status").json["state"] == "pending")
        #expect(await comeBack(target, away.cookie).status == 303)
        try await world.connected("trakt")
    }

    @Test(
        arguments: [
            ["Sec-Purpose": "prefetch;prerender"], ["Purpose": "prefetch"], ["X-Moz": "prefetch"],
        ] as [HeaderFields])
    func `looking ahead spends nothing`(headers: HeaderFields) async throws {
        let away = try await authorize("trakt")
        let target = try await decide("approve", at: away.url)
        var headers = headers
        headers["Cookie"] = away.cookie
        #expect(await world.get(target, headers: headers).summary == "204 ")
        #expect(await world.send("HEAD", target, headers: ["Cookie": away.cookie]).summary == "204 ")
        #expect(await comeBack(target, away.cookie).status == 303)
        try await world.connected("trakt")
    }

    @Test func `a denial and a wrong issuer end the sign-in, each in its own words`() async throws {
        var away = try await authorize("trakt")
        #expect(await comeBack(try await decide("deny", at: away.url), away.cookie).status == 303)
        #expect(
            await world.get("/api/trakt/status").json["flow"] == [
                "method": "redirect", "status": "access_denied", "message": "The request was declined at Trakt.",
                "hint": "Start again.",
            ])
        world.simulator.configure(.simkl) { $0.issuer = "https://evil.example" }
        away = try await authorize("simkl")
        #expect(await comeBack(try await decide("approve", at: away.url), away.cookie).status == 303)
        #expect(
            await world.get("/api/simkl/status").json[path: "flow.message"]
                == "The answer for SIMKL came from 'https://evil.example', so it was refused.")
        #expect(world.simulator.counts(.simkl)["POST /oauth2/token"] == nil)
        #expect(try await world.stored("simkl._pending_redirect") == nil)
    }

    @Test func `a cookie that was not given out is not taken over, and each sign-in has its own`() async throws {
        let first = try await authorize("trakt")
        let name = String(first.cookie.prefix { $0 != "=" })
        let planted = "\(name)=\(String(repeating: "A", count: 43))"
        let second = try await authorize("trakt", headers: ["Cookie": planted])
        #expect(second.url != first.url)
        let third = try await authorize("trakt", headers: ["Cookie": "\(first.cookie); \(planted)"])
        #expect(Set([first, second, third].map { $0.cookie.prefix { $0 != "=" } }).count == 3)
        #expect(Set([first, second, third].map { $0.cookie.drop { $0 != "=" } }).count == 3)
        #expect(!third.cookie.contains("AAAA"))
    }

    @Test func `sign-ins of two accounts go on beside each other in one browser`() async throws {
        let first = try await authorize("trakt")
        let second = try await authorize("trakt", headers: ["Cookie": first.cookie], account: "alice")
        let both = "\(first.cookie); \(second.cookie)"
        let again = try await authorize("trakt", headers: ["Cookie": both])
        #expect(again.url == first.url)
        #expect(again.cookie == first.cookie)
        #expect(await comeBack(try await decide("approve", at: first.url), both).status == 303)
        try await world.connected("trakt")
        #expect(await comeBack(try await decide("approve", at: second.url), both).status == 303)
        try await world.connected("trakt", account: "alice")
    }

    @Test func `a browser that holds many of the cookies loses the oldest`() async throws {
        let names = (0..<10).map { "latchkey_flow_trakt_0000000\($0)" }
        let strange = ["latchkey_flow_trakt_\"", "other", "latchkey_flow_A"]
        let cookies = (names + strange).map { "\($0)=x" }.joined(separator: "; ")
        let answer = await world.post("/api/trakt/authorize", headers: ["Cookie": cookies])
        let gone = names.prefix(3).map { "\($0)=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax" }
        #expect(Array(answer.headers.values(of: "Set-Cookie").dropFirst()) == gone)
    }

    @Test func `what was cancelled during the exchange is not linked, but revoked`() async throws {
        let away = try await authorize("trakt")
        let target = try await decide("approve", at: away.url)
        world.simulator.add(Fault(.hold, endpoint: "POST /oauth/token"), to: .trakt)
        async let back = comeBack(target, away.cookie)
        await world.simulator.waitForRequests(1, to: "POST /oauth/token", of: .trakt)
        #expect(await world.get("/api/trakt/status").json["state"] == "pending")
        #expect(await world.post("/api/trakt/pin/cancel").status == 200)
        world.simulator.release(.trakt)
        #expect(await back.status == 303)
        #expect(world.simulator.counts(.trakt)["POST /oauth/revoke"] == 1)
        #expect(world.simulator.accessTokens(.trakt) == [])
        #expect(await world.get("/api/trakt/status").json[path: "flow.status"] == "cancelled")
        #expect(try await world.stored("auth") == nil)
    }

    @Test func `a wrong key is told, a right one is kept`() async throws {
        world.simulator.configure(.tmdb) { $0.rejectedClients = ["*"] }
        #expect(
            await world.post("/api/tmdb/authorize").summary == """
                409 {"ok":false,"error":"app_rejected","message":"TMDB does not accept this API Key. It says: \
                'Invalid API key: You must be granted a valid key.'.",\
                "hint":"Copy it again from https://www.themoviedb.org/settings/api."}
                """)
        #expect(await world.get("/api/tmdb/status").json["state"] == "misconfigured")
        world.simulator.configure(.tmdb) { $0.rejectedClients = [] }
        #expect(await world.post("/api/tmdb/authorize").summary == #"200 {"ok":true,"status":"ok"}"#)
        let status = await world.get("/api/tmdb/status").json
        #expect(status["state"] == "connected")
        #expect(status["can_refresh"] == false)
        #expect(
            await world.post("/api/tmdb/disconnect").summary
                == """
                200 {"ok":true,"forgotten":true,"revoked":false,"message":"Disconnected here. TMDB has no way to end it \
                from here.","revoke_url":"https://www.themoviedb.org/settings/permissions"}
                """
        )
    }
}
