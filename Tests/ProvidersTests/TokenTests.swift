import Crypto
import JSON
import Testing

@testable import Providers

@Suite struct TokenTests {
    static let old = TokenSet(
        accessToken: "a1", refreshToken: "r1", tokenType: "bearer", scope: "public", expiresAt: start,
        extras: ["server": "s"])

    @Test func `A refresh that rotates gives the new pair`() throws {
        var refresh = try #require(Refresh(Self.old, in: try context("trakt")))
        let body = #"{"access_token":"a2","refresh_token":"r2","expires_in":604800,"created_at":1789999990}"#
        #expect(
            refresh.outcome(of: answer(200, body), at: start)
                == .refreshed(
                    TokenSet(
                        accessToken: "a2", refreshToken: "r2", tokenType: "bearer", scope: "public",
                        expiresAt: start - 10 + 604_800, extras: ["server": "s"])))
    }

    @Test func `What the answer to a refresh leaves out is kept`() throws {
        var refresh = try #require(Refresh(Self.old, in: try context("simkl")))
        guard case .refreshed(let tokens) = refresh.outcome(of: answer(200, #"{"access_token":"a2"}"#), at: start)
        else {
            Issue.record("not refreshed")
            return
        }
        #expect(tokens.refreshToken == "r1")
        #expect(tokens.scope == "public")
        #expect(tokens.expiresAt == nil)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let exchange: Exchange
        let outcome: Refresh.Outcome
        var testDescription: String { "\(outcome)" }
    }

    static let later = "It is tried again by itself."
    static let rows: [Row] = [
        Row(
            exchange: answer(400, #"{"error":"invalid_grant","error_description":"session not found"}"#),
            outcome: .reconnect(
                FlowProblem(.invalidCode, "Trakt has ended this link.", hint: "Sign in again."))),
        Row(
            exchange: answer(401),
            outcome: .reconnect(
                FlowProblem(.invalidCode, "Trakt has ended this link.", hint: "Sign in again."))),
        Row(
            exchange: answer(401, #"{"error":"invalid_client"}"#),
            outcome: .misconfigured(
                FlowProblem(
                    .appRejected, "Trakt does not accept this app (invalid_client).",
                    hint: "Compare the values entered here with those at https://developer.trakt.tv/apps."))),
        Row(
            exchange: answer(403),
            outcome: .misconfigured(
                FlowProblem(
                    .appRejected, "Trakt does not know this Client ID.",
                    hint: "Copy it again from https://developer.trakt.tv/apps. Trakt deletes apps that are not used."))),
        Row(
            exchange: answer(500),
            outcome: .retry(
                after: nil,
                FlowProblem(.unreachable, "Trakt has a problem of its own (HTTP 500).", hint: later))),
        Row(
            exchange: answer(503, "", headers: [Parameter("Retry-After", "120")]),
            outcome: .retry(
                after: 120,
                FlowProblem(.unreachable, "Trakt has a problem of its own (HTTP 503).", hint: later))),
        Row(
            exchange: answer(429, "", headers: [Parameter("Retry-After", "9")]),
            outcome: .retry(after: 9, FlowProblem(.slowDown, "Trakt asked for patience.", hint: later))),
        Row(
            exchange: .failure(.timedOut),
            outcome: .retry(after: nil, FlowProblem(.unreachable, "Trakt did not answer in time.", hint: later))),
        Row(
            exchange: answer(200, "{}"),
            outcome: .retry(
                after: nil,
                FlowProblem(
                    .unreachable, "Trakt answered 200, but not with what was asked for.",
                    hint: "Try again; if it stays so, the description of Trakt needs a look."))),
        Row(
            exchange: answer(400),
            outcome: .retry(
                after: nil,
                FlowProblem(
                    .unreachable, "Trakt answered 400, which nothing in its description explains.",
                    hint: "Try again; if it stays so, the description of Trakt needs a look."))),
    ]

    @Test(arguments: rows) func `A failed refresh says whether the link is dead`(row: Row) throws {
        var refresh = try #require(Refresh(Self.old, in: try context("trakt")))
        #expect(refresh.outcome(of: row.exchange, at: start) == row.outcome)
    }

    @Test func `Without a refresh token there is nothing to refresh`() throws {
        #expect(Refresh(TokenSet(accessToken: "a"), in: try context("trakt")) == nil)
        #expect(try context("plex").provider.canRefresh(context("plex").method) == false)
    }

    @Test(
        arguments: [
            (#""expires_in":3600"#, start + 3600), (#""expires_in":"3600""#, start + 3600),
            (#""expires_in":3600,"created_at":1789999900"#, start + 3500),
            (#""expires_in":3600,"created_at":1690000000"#, start + 3600),
            (#""expires_in":3600,"created_at":1890000000"#, start + 3600),
            (#""expires_in":3600,"created_at":"2026-09-21T14:11:40Z""#, start + 3500),
            (#""expires_in":0"#, nil), (#""expires_in":-1"#, nil), (#""expires_in":1e300"#, start + 10_000_000_000),
            (#""expires_in":"soon""#, nil), (#""expires_at":1790003600"#, start + 3600),
            (#""expires_at":1790003600000"#, start + 3600), (#""expires_at":"2026-09-21T15:13:20Z""#, start + 3600),
            (#""expires_at":"never""#, nil), (#""expires_at":5"#, nil), (#""expires_at":1789999999"#, nil),
            (#""expires_at":1e17"#, start + 10_000_000_000),
            (#""expires_at":"1e300""#, start + 10_000_000_000),
            (#""expires_at":"9999-12-31T23:59:59Z""#, start + 10_000_000_000),
        ] as [(String, Double?)]) func `The end of a token comes from its answer`(times: String, end: Double?) throws
    {
        var refresh = try #require(Refresh(Self.old, in: try context("trakt")))
        let outcome = refresh.outcome(of: answer(200, #"{"access_token":"a2",\#(times)}"#), at: start)
        guard case .refreshed(let tokens) = outcome else {
            Issue.record("not refreshed")
            return
        }
        #expect(tokens.expiresAt == end)
    }

    @Test(
        arguments: [
            (#"{"exp":1790003600}"#, nil, start + 3600), (#"{"exp":1790003600}"#, 60, start + 60),
            (#"{"exp":"1790003600"}"#, nil, start + 3600), (#"{"sub":"x"}"#, nil, nil), ("not JSON", nil, nil),
        ] as [(String, Int?, Double?)])
    func `A JSON Web Token tells its end when the answer does not`(claims: String, life: Int?, end: Double?) throws {
        var refresh = try #require(Refresh(Self.old, in: try context("trakt")))
        let token = "eyJhbGciOiJub25lIn0.\(Base64URL.encode(claims.utf8))."
        let more = life.map { #","expires_in":\#($0)"# } ?? ""
        let outcome = refresh.outcome(of: answer(200, #"{"access_token":"\#(token)"\#(more)}"#), at: start)
        guard case .refreshed(let tokens) = outcome else {
            Issue.record("not refreshed")
            return
        }
        #expect(tokens.expiresAt == end)
    }

    @Test func `Tokens are stored and read back`() throws {
        let tokens = TokenSet(
            accessToken: "a", refreshToken: "r", tokenType: "Bearer", scope: "x y", expiresAt: start,
            redirectURI: "https://home.example/", extras: ["b": "2", "a": "1"])
        #expect(
            String(decoding: JSON.object(tokens.json).encoded(), as: UTF8.self)
                == #"{"access_token":"a","refresh_token":"r","token_type":"Bearer","scope":"x y","#
                + #""expires_at":1790000000,"redirect_uri":"https://home.example/","extras":{"a":"1","b":"2"}}"#)
        #expect(TokenSet(json: .object(tokens.json)) == tokens)
        #expect(TokenSet(json: ["access_token": ""]) == nil)
        #expect(TokenSet(json: ["access_token": "a", "account_name": "sean"]) == TokenSet(accessToken: "a"))
        #expect(TokenSet(accessToken: "a", expiresAt: 1e300).json["expires_at"] == nil)
    }

    @Test func `A revoked link is one that the provider has forgotten`() throws {
        let revoke = try #require(Revoke(Self.old, in: try context("trakt")))
        #expect(revoke.outcome(of: answer(200), at: start) == .revoked)
        #expect(revoke.outcome(of: answer(401), at: start) == .revoked)
        #expect(
            revoke.outcome(of: .failure(.timedOut), at: start)
                == .failed(FlowProblem(.unreachable, "Trakt did not answer in time.", hint: "Try again in a moment.")))
        #expect(
            revoke.outcome(of: answer(500), at: start)
                == .failed(
                    FlowProblem(
                        .unreachable, "Trakt has a problem of its own (HTTP 500).", hint: "Try again in a moment.")))
    }

    @Test(
        arguments: [
            ("trakt", #"{"user":{"username":"sean","ids":{"slug":"sean-1"}}}"#, "sean", "sean-1"),
            ("plex", #"{"id":1,"uuid":"u-1","username":"","title":"Sean\u0007"}"#, "Sean ", "u-1"),
            ("simkl", #"{"user":{"name":"Seán"},"account":{"id":42}}"#, "Seán", "42"),
            ("tmdb", #"{"id":548,"username":"sean","name":""}"#, "sean", "548"),
            // What was left out of an id could make it another one's.
            ("trakt", #"{"user":{"username":"se\u200ban","ids":{"slug":"sean\u200b-1"}}}"#, "sean", nil),
        ] as [(String, String, String?, String?)]) func `The account has a name`(
            provider: String, body: String, name: String?, id: String?
        ) throws
    {
        let identity = try #require(Identity(TokenSet(accessToken: "a"), in: try context(provider)))
        #expect(identity.outcome(of: answer(200, body), at: start) == .account(name: name, id: id, more: [:]))
    }

    @Test(arguments: ["", "<html>", "{}", "[]", #"{"error":"none"}"#])
    func `An answer without an account proves nothing`(body: String) throws {
        let identity = try #require(Identity(TokenSet(accessToken: "a"), in: try context("tmdb")))
        #expect(
            identity.outcome(of: answer(200, body), at: start)
                == .failed(
                    FlowProblem(
                        .unreachable, "TMDB answered 200, but not with what was asked for.",
                        hint: "Try again; if it stays so, the description of TMDB needs a look.")))
    }

    @Test func `A token that does not work is refused, and a provider that is down is not`() throws {
        let identity = try #require(Identity(TokenSet(accessToken: "a"), in: try context("trakt")))
        #expect(
            identity.outcome(of: answer(401), at: start)
                == .refused(FlowProblem(.invalidCode, "Trakt has ended this link.", hint: "Sign in again.")))
        #expect(
            identity.outcome(of: answer(403), at: start)
                == .refused(
                    FlowProblem(
                        .appRejected, "Trakt does not know this Client ID.",
                        hint:
                            "Copy it again from https://developer.trakt.tv/apps. Trakt deletes apps that are not used.")
                ))
        #expect(
            identity.outcome(of: answer(502), at: start)
                == .failed(
                    FlowProblem(
                        .unreachable, "Trakt has a problem of its own (HTTP 502).", hint: "Try again in a moment.")))
    }

    @Test(arguments: [
        (
            answer(401, #"{"status_code":7}"#), FlowStatus.appRejected,
            "TMDB does not accept this API Key. Copy it again from https://www.themoviedb.org/settings/api."
        ),
        (answer(500), .unreachable, "TMDB has a problem of its own (HTTP 500). Try again in a moment."),
        (.failure(.timedOut), .unreachable, "TMDB did not answer in time. Try again in a moment."),
        (answer(200, #"{"success":true}"#), .ok, "TMDB is linked. "),
        (
            answer(200, "<html>"), .unreachable,
            "TMDB answered 200, but not with what was asked for. Try again; if it stays so, the description of TMDB needs a look."
        ),
    ]) func `A key is checked`(exchange: Exchange, status: FlowStatus, message: String) throws {
        let context = try context("tmdb", "key")
        var check = KeyCheck(method: context.method)
        _ = check.handle(.begin, at: start, in: context)
        _ = check.handle(.answer(exchange), at: start, in: context)
        #expect(check.status == status)
        #expect("\(check.message) \(check.hint)" == message)
        #expect((check.tokens == nil) == (status != .ok))
    }

    @Test func `A key that is wrong with status 200 is found by its rule`() throws {
        // ListenBrainz.
        let provider = try described(
            """
            { label: "Demo", color: "#000000", hosts: { api: "https://demo.example" },
              fields: [{ key: "user_token", label: "Token", type: "password", required: true }],
              methods: [{ kind: "key", credential: "user_token",
                check: { url: "{{hosts.api}}/1/validate-token", rules: [
                  { at: "valid", equals: false, then: "app_rejected", message: "Demo does not accept this token." },
                ] } }],
              token: { headers: { Authorization: "Token {{access_token}}" } } }
            """)
        let context = try context(provider, values: ["user_token": "x"])
        var check = KeyCheck(method: context.method)
        #expect(
            text(check.handle(.begin, at: start, in: context)) == """
                GET https://demo.example/1/validate-token
                Accept: application/json
                Authorization: Token x
                """)
        _ = check.handle(.answer(answer(200, #"{"code":200,"valid":false}"#)), at: start, in: context)
        #expect(check.message == "Demo does not accept this token.")
    }

    @Test func `A login yields its token by the same kind of method`() throws {
        let provider = try described(
            """
            { label: "Demo", color: "#000000", hosts: { api: "https://demo.example" },
              fields: [{ key: "pin", label: "PIN", type: "password" },
                { key: "api_key", label: "Key", required: true }],
              methods: [{ kind: "key", check: { url: "{{hosts.api}}/login",
                json: { apikey: "{{api_key}}", "pin?": "{{pin}}", meta: { ok: true, n: [1, null] } },
                map: { access_token: "data.token" } } }],
              refresh: { url: "{{hosts.api}}/login", json: { apikey: "{{api_key}}" },
                map: { access_token: "data.token" } } }
            """)
        let context = try context(provider, values: ["api_key": "k\"1"])
        var check = KeyCheck(method: context.method)
        #expect(
            text(check.handle(.begin, at: start, in: context)) == """
                POST https://demo.example/login
                Accept: application/json
                Content-Type: application/json

                {"apikey":"k\\"1","meta":{"ok":true,"n":[1,null]}}
                """)
        _ = check.handle(.answer(answer(200, #"{"data":{"token":"t"}}"#)), at: start, in: context)
        #expect(check.tokens == TokenSet(accessToken: "t"))
        #expect(Refresh(TokenSet(accessToken: "t"), in: context) != nil)
    }
}
