import HTTP
import JSON
import Testing

@testable import Simulator

@Suite(.timeLimit(.minutes(1)))
struct RedirectTests {
    let world: World
    let callback = "http://127.0.0.1:8787/trakt/oauth-callback/"

    init() throws { world = try World() }

    private func address(_ path: String, _ changes: [String: String?] = [:]) -> String {
        var items: [String: String?] = [
            "response_type": "code", "client_id": "app", "redirect_uri": callback, "state": "a b&c",
            "code_challenge": PKCE.challenge, "code_challenge_method": "S256", "scope": "media:read media:write",
        ]
        for (name, value) in changes { items.updateValue(value, forKey: name) }
        let pairs = items.compactMap { item in item.value.map { (item.key, $0) } }.sorted { $0.0 < $1.0 }
        return path + "?" + Form.encode(pairs)
    }

    private func decide(_ decision: String, at address: String) async throws -> World.Answer {
        try await world.post(address, form: [("decision", decision), ("account", "sean")])
    }

    /// The parameters that the browser carries back.
    private func items(_ answer: World.Answer) throws -> [String: String] {
        let location = try #require(answer.headers["Location"])
        #expect(location.hasPrefix(callback + "?"))
        let query = location.dropFirst(callback.count + 1)
        return Dictionary(FormDecoder.items(String(query)), uniquingKeysWith: { $1 })
    }

    private func trakt(_ code: String?, _ changes: JSONObject = [:]) async throws -> World.Answer {
        var body: JSONObject = [
            "grant_type": "authorization_code", "code": .string(code ?? ""), "client_id": "app",
            "redirect_uri": .string(callback), "code_verifier": .string(PKCE.verifier),
        ]
        for member in changes.members { body[member.key] = member.value }
        return try await world.post("/trakt/auth/oauth/token", json: .object(body))
    }

    private func traktCode() async throws -> String? {
        try items(try await decide("approve", at: address("/trakt/auth/oauth/authorize")))["code"]
    }

    private func refused(_ description: String) -> String {
        #"400 {"error":"invalid_grant","error_description":"\#(description)"}"#
    }

    @Test func `Trakt's page names the client and where it goes, with all of it escaped`() async throws {
        let page = try await world.get(address("/trakt/auth/oauth/authorize", ["client_id": "<b>\"app'"]))
        #expect(page.status == 200)
        #expect(page.text.contains("<code>&lt;b&gt;&quot;app&#39;</code>"))
        #expect(page.text.contains("<strong>Simulated Trakt</strong>"))
        #expect(!page.text.contains("<script"))
        #expect(page.headers["Content-Security-Policy"]?.contains("default-src 'none'") == true)
    }

    @Test func `Trakt's code comes back with the state as it was, and is good for one exchange`() async throws {
        let back = try items(try await decide("approve", at: address("/trakt/auth/oauth/authorize")))
        #expect(Set(back.keys) == ["code", "state"])
        #expect(back["state"] == "a b&c")
        #expect(try await trakt(back["code"]).status == 200)
        #expect(try await trakt(back["code"]).summary == refused("the code is unknown or was used"))
    }

    @Test func `a denial comes back as access_denied`() async throws {
        let back = try items(try await decide("deny", at: address("/trakt/auth/oauth/authorize")))
        #expect(back == ["error": "access_denied", "state": "a b&c"])
    }

    @Test func `everything about a code has to fit`() async throws {
        #expect(
            try await trakt(try await traktCode(), ["code_verifier": .string(PKCE.verifier + "x")]).summary
                == refused("code_verifier does not fit code_challenge"))
        #expect(
            try await trakt(try await traktCode(), ["code_verifier": .null]).summary
                == refused("code_verifier does not fit code_challenge"))
        #expect(
            try await trakt(try await traktCode(), ["redirect_uri": .string(callback.dropLast().description)]).summary
                == refused("redirect_uri is not the one of the authorization request"))
        #expect(
            try await trakt(try await traktCode(), ["client_id": "other"]).summary
                == refused("the code was issued to another client"))
        let late = try await traktCode()
        world.simulator.advance(.trakt, by: 600)
        #expect(try await trakt(late).summary == refused("the code has expired"))
    }

    @Test func `a code without PKCE needs the secret`() async throws {
        let bare: [String: String?] = ["code_challenge": nil, "code_challenge_method": nil]
        func code() async throws -> String? {
            try items(try await decide("approve", at: address("/trakt/auth/oauth/authorize", bare)))["code"]
        }
        #expect(try await trakt(try await code(), ["code_verifier": .null]).status == 400)
        #expect(
            try await trakt(try await code(), ["code_verifier": .null, "client_secret": "s"]).status == 200)
    }

    @Test func `a redirect URI that is not registered never gets the browser`() async throws {
        world.simulator.configure(.trakt) { $0.redirectURIs = ["https://example.org/callback"] }
        let page = try await decide("approve", at: address("/trakt/auth/oauth/authorize"))
        #expect(page.status == 400)
        #expect(page.headers["Location"] == nil)
        #expect(page.text.contains("The redirect URI is not one that the application has registered."))
    }

    @Test func `the out-of-band address leads to no page`() async throws {
        let oob = address("/trakt/auth/oauth/authorize", ["redirect_uri": "urn:ietf:wg:oauth:2.0:oob"])
        #expect(try await decide("approve", at: oob).status == 404)
    }

    private func simkl(_ code: String?) async throws -> World.Answer {
        try await world.post(
            "/simkl/api/oauth2/token",
            form: [
                ("grant_type", "authorization_code"), ("code", code ?? ""), ("client_id", "app"),
                ("redirect_uri", callback), ("code_verifier", PKCE.verifier),
            ])
    }

    @Test func `SIMKL names its issuer, which can be changed and left out`() async throws {
        let authorize = address("/simkl/web/oauth2/authorize")
        let back = try items(try await decide("approve", at: authorize))
        #expect(back["iss"] == "https://simkl.com")
        #expect(back["state"] == "a b&c")
        let tokens = try await simkl(back["code"])
        #expect(tokens.status == 200)
        #expect(tokens.json["scope"] == "media:read media:write")
        world.simulator.configure(.simkl) { $0.issuer = "https://evil.example" }
        #expect(try items(try await decide("approve", at: authorize))["iss"] == "https://evil.example")
        world.simulator.configure(.simkl) { $0.issuer = nil }
        #expect(try items(try await decide("approve", at: authorize))["iss"] == nil)
    }

    @Test func `SIMKL wants PKCE with S256`() async throws {
        let plain = address("/simkl/web/oauth2/authorize", ["code_challenge_method": "plain"])
        #expect(try items(try await world.get(plain))["error"] == "invalid_request")
        let bare = address("/simkl/web/oauth2/authorize", ["code_challenge": nil])
        #expect(
            try items(try await world.get(bare))
                == [
                    "error": "invalid_request", "error_description": "code_challenge is missing", "state": "a b&c",
                    "iss": "https://simkl.com",
                ])
    }

    @Test func `SIMKL's authorization lives on the web host only`() async throws {
        #expect(try await world.get(address("/simkl/api/oauth2/authorize")).status == 404)
    }
}
