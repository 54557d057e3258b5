import HTTP
import JSON
import Simulator
import TestSupport
import Testing

/// The browser comes back from a provider: which returns are believed, and what they lead to.
@Suite(.timeLimit(.minutes(1)))
struct CallbackTests {
    let world: World
    private let exchange = "POST /oauth/token"

    init() async throws {
        world = try await World()
        try await world.enterKeys()
    }

    private var simulator: Simulator { world.simulator }

    /// How the sign-in stands: `state: status: message hint`.
    private func outcome(_ provider: SimulatedProvider) async throws -> String {
        let status = try await world.status(provider)
        let flow = status["flow"] ?? .null
        let text = [flow.text("message"), flow.text("hint")].filter { !$0.isEmpty }.joined(separator: " ")
        return "\(status.text("state")): \(flow.text("status")): \(text)"
    }

    private let waiting = "pending: authorization_pending: Approve at Trakt."

    // MARK: The good way

    @Test(arguments: [SimulatedProvider.trakt, .simkl])
    func `a return connects and leads to a clean address`(provider: SimulatedProvider) async throws {
        let journey = try await world.depart(provider)
        let items = journey.items
        #expect(items["response_type"] == "code")
        #expect(items["code_challenge_method"] == "S256")
        #expect(items["code_challenge"]?.utf8.count == 43)
        #expect(journey.state.utf8.count >= 22)
        #expect(items["redirect_uri"] == (try world.url) + "/\(provider.rawValue)/oauth-callback/")
        #expect(journey.redirectURI == items["redirect_uri"])
        #expect(items["scope"] == (provider == .simkl ? "media:read media:write" : nil))
        let answer = try await world.arrive(provider, try await world.decide(journey), cookie: journey.cookie)
        #expect(answer.status == 303)
        #expect(answer.headers["Location"] == (try world.url) + "/#sec-\(provider.rawValue)")
        #expect(answer.headers["Referrer-Policy"] == "no-referrer")
        #expect(answer.headers["Cache-Control"] == "no-store")
        #expect(answer.body == [])
        let status = try await world.status(provider) { $0["account_name"] != nil }
        #expect(status["state"] == "connected")
        #expect(status["account_name"] == "sean")
        #expect(status["method"] == "redirect")
        #expect(simulator.complaints(provider) == [])
    }

    @Test func `the cookie is for this flow alone`() async throws {
        let answer = try await world.post("/api/trakt/authorize")
        let cookie = try #require(answer.headers["Set-Cookie"])
        let parts = cookie.split(separator: ";").map { $0.drop { $0 == " " } }
        #expect(parts.first?.contains(/^latchkey_flow_trakt_[0-9a-f]{8}=[A-Za-z0-9_-]{43}$/) == true)
        #expect(parts.dropFirst() == ["Path=/", "Max-Age=600", "HttpOnly", "SameSite=Lax"])
    }

    @Test func `the same browser gets the same sign-in, another one its own`() async throws {
        let first = try await world.depart(.trakt)
        let again = try await world.depart(.trakt, cookie: first.cookie)
        #expect(again.authorizationURL == first.authorizationURL)
        let other = try await world.depart(.trakt)
        #expect(other.state != first.state)
        #expect(other.items["code_challenge"] != first.items["code_challenge"])
        let late = try await world.arrive(.trakt, try await world.decide(first), cookie: first.cookie)
        #expect(late.status == 400)
        let good = try await world.arrive(.trakt, try await world.decide(other), cookie: other.cookie)
        #expect(good.status == 303)
        #expect(try await world.status(.trakt)["state"] == "connected")
    }

    @Test func `both legs use the configured address, to the byte`() async throws {
        let world = try await World(["--public-url", "https://latchkey.example/my%20settings"])
        try await world.enterKeys()
        let journey = try await world.depart(.trakt)
        let redirect = "https://latchkey.example/my%20settings/trakt/oauth-callback/"
        #expect(journey.redirectURI == redirect)
        #expect(
            journey.authorizationURL.contains("&redirect_uri=https%3A%2F%2Flatchkey.example%2Fmy%2520settings%2Ftrakt"))
        let answer = try await world.post("/api/trakt/authorize", nil, ["Cookie": journey.cookie])
        #expect(answer.headers["Set-Cookie"]?.hasSuffix("; HttpOnly; SameSite=Lax; Secure") == true)
        #expect(answer.headers["Set-Cookie"]?.contains("; Path=/my%20settings/;") == true)
        // The simulator compares the bytes of both legs, as a provider does.
        let back = try await world.arrive(.trakt, try await world.decide(journey), cookie: journey.cookie)
        #expect(back.headers["Location"] == "https://latchkey.example/my%20settings/#sec-trakt")
        #expect(try await world.status(.trakt)["state"] == "connected")
        #expect(try world.vault[path: "auth.trakt.redirect_uri"]?.stringValue == redirect)
        #expect(try await world.post("/api/trakt/refresh").status == 200)
    }

    @Test func `a path before a proxy is part of everything`() async throws {
        let world = try await World(["--base-path", "/settings/"])
        try await world.post("/settings/api/config", ["trakt": ["client_id": "demo"]])
        let journey = try await world.depart(.trakt, path: "/settings")
        #expect(journey.redirectURI == "http://127.0.0.1:\(try world.port)/settings/trakt/oauth-callback/")
        let query = try await world.decide(journey)
        let back = try await world.get("/settings/trakt/oauth-callback/?\(query)", ["Cookie": journey.cookie])
        #expect(back.headers["Location"] == "http://127.0.0.1:\(try world.port)/settings/#sec-trakt")
        #expect(try await world.get("/settings/api/trakt/status").json["state"] == "connected")
        #expect(try await world.get("/api/trakt/status").status == 404)
        let bare = try await world.get("/settings")
        #expect(bare.status == 308)
        #expect(bare.headers["Location"] == "./settings/")
    }

    // MARK: Returns that are not believed

    @Test func `a missing, empty, doubled or foreign state is refused, and the code goes nowhere`() async throws {
        let journey = try await world.depart(.trakt)
        let query = try await world.decide(journey)
        let code = query.split(separator: "&").first { $0.hasPrefix("code=") } ?? ""
        let state = journey.state
        let name = journey.cookie.prefix { $0 != "=" }
        for (bad, cookie) in [
            ("", journey.cookie), ("\(code)", journey.cookie), ("\(code)&state=", journey.cookie),
            ("\(query)&state=\(state)", journey.cookie), ("\(query)&state=", journey.cookie),
            ("\(code)&state=\(state)x", journey.cookie), ("\(code)&state=\(state.dropLast())", journey.cookie),
            ("\(code)&state=\(state.lowercased())", journey.cookie), ("\(code)&STATE=\(state)", journey.cookie),
            ("error=access_denied", journey.cookie), ("error=access_denied&state=x", journey.cookie),
            (query, ""), (query, "\(name)="), (query, "\(name)=other"), (query, "x\(journey.cookie)"),
            (query, journey.cookie.replacing("trakt", with: "simkl")),
        ] {
            let answer = try await world.arrive(.trakt, bad, cookie: cookie)
            #expect(answer.status == 400, "\(bad) with \(cookie)")
            #expect(answer.headers["Location"] == nil)
            #expect(answer.headers["Content-Type"] == "text/html; charset=utf-8")
            #expect(answer.text.contains("<link rel=\"stylesheet\" href=\"../../assets/latchkey.css\">"))
        }
        #expect(simulator.counts(.trakt)[exchange] == nil)
        #expect(try await outcome(.trakt) == waiting)
        #expect(try await world.arrive(.trakt, query, cookie: journey.cookie).status == 303)
        #expect(try await world.status(.trakt)["state"] == "connected")
    }

    @Test func `a return to another provider's path goes to no token endpoint`() async throws {
        let journey = try await world.depart(.trakt)
        let query = try await world.decide(journey)
        let cookies = "\(journey.cookie); \(journey.cookie.replacing("trakt", with: "simkl"))"
        #expect(try await world.arrive(.simkl, query, cookie: cookies).status == 400)
        #expect(simulator.counts(.simkl)["POST /oauth2/token"] == nil)
        #expect(simulator.counts(.trakt)[exchange] == nil)
        #expect(try await outcome(.trakt) == waiting)
        #expect(try await world.arrive(.trakt, query, cookie: cookies).status == 303)
    }

    @Test func `a state is spent by its use, and by disconnecting`() async throws {
        let journey = try await world.depart(.trakt)
        let query = try await world.decide(journey)
        #expect(try await world.arrive(.trakt, query, cookie: journey.cookie).status == 303)
        let token = simulator.accessTokens(.trakt)
        // The same browser again, as by Back or a reload: it gets to the card, and nothing happens.
        #expect(try await world.arrive(.trakt, query, cookie: journey.cookie).status == 303)
        #expect(try await world.arrive(.trakt, query, cookie: "").status == 400)
        #expect(simulator.counts(.trakt)[exchange] == 1)
        #expect(simulator.accessTokens(.trakt) == token)
        try await world.post("/api/trakt/disconnect")
        let next = try await world.depart(.trakt)
        let nextQuery = try await world.decide(next)
        try await world.post("/api/trakt/disconnect")
        #expect(try await world.arrive(.trakt, nextQuery, cookie: next.cookie).status == 400)
        #expect(simulator.counts(.trakt)[exchange] == 1)
    }

    @Test func `SIMKL's issuer must be there, once, and be the right one`() async throws {
        for (issuers, what) in [
            ([], "does not say who sent it"),
            (["https://evil.example"], "came from 'https://evil.example'"),
            (["https://simkl.com/"], "came from 'https://simkl.com/'"),
            (["https://SIMKL.com"], "came from 'https://SIMKL.com'"),
            (["https://simkl.com", "https://simkl.com"], "names more than one sender"),
        ] as [([String], String)] {
            let journey = try await world.depart(.simkl)
            let query = try await world.decide(journey).split(separator: "&").filter { !$0.hasPrefix("iss=") }
                .joined(separator: "&")
            let bad =
                query + issuers.map { "&iss=" + $0.replacing(":", with: "%3A").replacing("/", with: "%2F") }.joined()
            #expect(try await world.arrive(.simkl, bad, cookie: journey.cookie).status == 303)
            let said = try await outcome(.simkl)
            #expect(
                said
                    == "needs_sign_in: invalid_code: The answer for SIMKL \(what), so it was refused. It must come from https://simkl.com. Start again."
            )
        }
        #expect(simulator.counts(.simkl)["POST /oauth2/token"] == nil)
    }

    // MARK: Returns that say no

    @Test func `a denial ends the sign-in, with or without an issuer`() async throws {
        let journey = try await world.depart(.trakt)
        let denied = try await world.decide(journey, "deny")
        #expect(try await world.arrive(.trakt, denied, cookie: journey.cookie).status == 303)
        #expect(
            try await outcome(.trakt) == "needs_sign_in: access_denied: The request was declined at Trakt. Start again."
        )
        let second = try await world.depart(.simkl)
        let query = "error=access_denied&state=\(second.state)"
        #expect(try await world.arrive(.simkl, query, cookie: second.cookie).status == 303)
        #expect(
            try await outcome(.simkl) == "needs_sign_in: access_denied: The request was declined at SIMKL. Start again."
        )
    }

    @Test func `whatever a provider says is data, never markup`() async throws {
        let evil = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E%0D%0ASet-Cookie:%20x=y"
        let journey = try await world.depart(.trakt)
        let query = "error=\(evil)&error_description=\(evil)&error_uri=\(evil)&state=\(journey.state)"
        let answer = try await world.arrive(.trakt, query, cookie: journey.cookie)
        #expect(answer.status == 303)
        #expect(answer.headers["Location"] == (try world.url) + "/#sec-trakt")
        #expect(answer.headers["Set-Cookie"] == nil)
        let status = try await world.status(.trakt)
        #expect(status["state"] == "misconfigured")
        #expect(!status.text("flow.message").contains("\r"))
        #expect(!status.text("flow.message").contains("\n"))
        let refused = try await world.arrive(.trakt, "code=\(evil)&state=\(evil)&x=\(evil)", cookie: "")
        #expect(refused.status == 400)
        #expect(!refused.text.contains("script>alert"))
        for path in ["/\(evil)", "/api/\(evil)/status", "/api/status?account=\(evil)", "/api/\(evil)"] {
            let answer = try await world.get(path)
            #expect(answer.headers["Content-Type"]?.hasPrefix("text/html") != true)
            #expect(answer.headers["Set-Cookie"] == nil)
        }
    }

    @Test func `a code that cannot be exchanged ends the sign-in with the reason`() async throws {
        for (fault, sentence) in [
            (
                Fault.Kind.status(503),
                "unreachable: unreachable: Trakt has a problem of its own (HTTP 503). Try again in a moment."
            ),
            (
                .emptyBody,
                "unreachable: unreachable: Trakt answered 200, but not with what was asked for. Try again; if it stays so, the description of Trakt needs a look."
            ),
            (.lostAnswer, "unreachable: unreachable: Trakt could not be reached. Try again in a moment."),
        ] {
            simulator.add(Fault(fault, endpoint: exchange), to: .trakt)
            let journey = try await world.depart(.trakt)
            let query = try await world.decide(journey)
            #expect(try await world.arrive(.trakt, query, cookie: journey.cookie).status == 303)
            let said = try await outcome(.trakt)
            #expect(said == sentence)
        }
        #expect(simulator.counts(.trakt)[exchange] == 3)
        let journey = try await world.depart(.trakt)
        for query in ["state=\(journey.state)", "code=&state=\(journey.state)"] {
            _ = try await world.arrive(.trakt, query, cookie: journey.cookie)
        }
        #expect(
            try await outcome(.trakt)
                == "needs_sign_in: invalid_code: Trakt came back with no code, so the sign-in was ended. Start again.")
        #expect(simulator.counts(.trakt)[exchange] == 3)
    }

    // MARK: Many returns

    @Test func `of twenty returns at once one gets the token, and all get to the card`() async throws {
        let journey = try await world.depart(.trakt)
        let query = try await world.decide(journey)
        let answers = try await withThrowingTaskGroup { group in
            for _ in 1...20 {
                group.addTask { try await world.arrive(.trakt, query, cookie: journey.cookie) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.map(\.status) == Array(repeating: 303, count: 20))
        #expect(Set(answers.map { $0.headers["Location"] }) == [(try world.url) + "/#sec-trakt"])
        #expect(simulator.counts(.trakt)[exchange] == 1)
        #expect(simulator.accessTokens(.trakt).count == 1)
        try await world.status(.trakt, is: "connected")
    }

    @Test func `a browser that only looks ahead spends nothing`() async throws {
        let journey = try await world.depart(.trakt)
        let query = try await world.decide(journey)
        for (method, headers) in [
            ("HEAD", [:]), ("OPTIONS", [:]), ("POST", ["Origin": try world.origin]),
            ("GET", ["Sec-Purpose": "prefetch;prerender"]), ("GET", ["Purpose": "prefetch"]),
            ("GET", ["X-Moz": "prefetch"]),
        ] as [(String, HeaderFields)] {
            let answer = try await world.arrive(.trakt, query, cookie: journey.cookie, headers, method: method)
            #expect(answer.status == (method == "POST" ? 400 : 204))
        }
        #expect(simulator.counts(.trakt)[exchange] == nil)
        #expect(try await outcome(.trakt) == waiting)
        #expect(try await world.arrive(.trakt, query, cookie: journey.cookie).status == 303)
        #expect(try await world.status(.trakt)["state"] == "connected")
    }

    @Test func `no parameter leads to another host`() async throws {
        let journey = try await world.depart(.trakt)
        let query = try await world.decide(journey)
        let answer = try await world.arrive(
            .trakt, query + "&next=//evil.example&redirect_uri=https://evil.example&return_to=%0d%0aLocation:%20//evil",
            cookie: journey.cookie)
        #expect(answer.headers.values(of: "Location") == [(try world.url) + "/#sec-trakt"])
    }
}
