import JSON
import Testing

@testable import Providers

@Suite struct RedirectFlowTests {
    static let state = "state-of-this-sign-in-0001"
    static let secrets = FlowSecrets(state: state, codeVerifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")

    func begun(_ context: FlowContext) -> RedirectFlow {
        var flow = RedirectFlow(method: context.method)
        _ = flow.handle(.begin(Self.secrets), at: start, in: context)
        return flow
    }

    struct Row: CustomTestStringConvertible, Sendable {
        let query: [Parameter]
        let outcome: String

        init(_ query: [(String, String)], _ outcome: String) {
            self.query = query.map { Parameter($0.0, $0.1) }
            self.outcome = outcome
        }

        var testDescription: String { outcome }
    }

    static let refused = "refused (invalid_state): The answer for SIMKL came"
    static let again = ", so it was refused. Start again from the settings page, in the same browser."
    static let issuer = ("iss", "https://simkl.com")
    static let console = "Compare the values entered here with those at https://simkl.com/settings/developer/."

    static let rows: [Row] = [
        Row([("code", "c"), issuer], "\(refused) without a state\(again)"),
        Row([("code", "c"), ("state", ""), issuer], "\(refused) with an empty state\(again)"),
        Row([("code", "c"), ("state", "x"), issuer], "\(refused) with the state of another sign-in\(again)"),
        Row(
            [("code", "c"), ("state", state), ("state", state), issuer], "\(refused) with more than one state\(again)"),
        Row([("code", "c"), ("state", state), ("state", "x"), issuer], "\(refused) with more than one state\(again)"),
        Row([("code", "c"), ("State", state), issuer], "\(refused) without a state\(again)"),
        Row(
            [("code", "c"), ("state", state)],
            "invalid_code: The answer for SIMKL does not say who sent it, so it was refused. "
                + "It must come from https://simkl.com. Start again."),
        Row(
            [("code", "c"), ("state", state), ("iss", "https://simkl.com/")],
            "invalid_code: The answer for SIMKL came from 'https://simkl.com/', so it was refused. "
                + "It must come from https://simkl.com. Start again."),
        Row(
            [("code", "c"), ("state", state), issuer, issuer],
            "invalid_code: The answer for SIMKL names more than one sender, so it was refused. "
                + "It must come from https://simkl.com. Start again."),
        Row(
            [("error", "access_denied"), ("state", state)],
            "access_denied: The request was declined at SIMKL. Start again."),
        Row(
            [("error", "access_denied"), ("state", state), ("iss", "https://evil.example")],
            "invalid_code: The answer for SIMKL came from 'https://evil.example', so it was refused. "
                + "It must come from https://simkl.com. Start again."),
        Row(
            [("error", "invalid_scope"), ("error_description", "<b>no\u{7}</b>"), ("state", state), issuer],
            "app_rejected: SIMKL does not accept this app (invalid_scope). It says: <b>no </b> \(console)"),
        Row(
            [("error", "server_error"), ("code", "c"), ("state", state), issuer],
            "unreachable: SIMKL has a problem of its own. Try again in a moment."),
        Row(
            [("state", state), issuer],
            "invalid_code: SIMKL came back with no code, so the sign-in was ended. Start again."),
        Row(
            [("code", ""), ("state", state), issuer],
            "invalid_code: SIMKL came back with a code that cannot be one, so the sign-in was ended. Start again."),
        Row(
            [("code", "a"), ("code", "b"), ("state", state), issuer],
            "invalid_code: SIMKL came back with more than one code, so the sign-in was ended. Start again."),
        Row([("code", "c"), ("state", state), issuer], "sent"),
        Row([("state", state), ("code", "c"), ("session_state", "1"), issuer], "sent"),
    ]

    @Test(arguments: rows) func `A callback is judged by its state, its issuer, its error and its code`(row: Row) throws
    {
        let context = try context("simkl", "redirect")
        let before = begun(context)
        var flow = before
        switch flow.handle(.callback(row.query), at: start + 5, in: context) {
        case .send: #expect(row.outcome == "sent")
        case .none: #expect("\(flow.status.rawValue): \(flow.message) \(flow.hint)" == row.outcome)
        case .refused(let problem):
            #expect("refused (\(problem.code)): \(problem)" == row.outcome)
            // Nobody can end another person's sign-in by a foreign callback.
            #expect(flow == before)
        }
    }

    static let good = [Parameter("code", "c"), Parameter("state", state), Parameter("iss", "https://simkl.com")]

    @Test func `A state is used once`() throws {
        let context = try context("simkl", "redirect")
        var flow = begun(context)
        #expect(flow.handle(.callback(Self.good), at: start + 5, in: context) != .none)
        let again =
            "refused (invalid_state): No sign-in to SIMKL is waiting for this answer. "
            + "Start again from the settings page."
        #expect(text(flow.handle(.callback(Self.good), at: start + 5, in: context)) == again)
        _ = flow.handle(.answer(answer(200, #"{"access_token":"t","refresh_token":"r"}"#)), at: start + 6, in: context)
        #expect(flow.status == .ok)
        #expect(
            flow.tokens
                == TokenSet(
                    accessToken: "t", refreshToken: "r", redirectURI: "https://home.example/simkl/oauth-callback/"))
        #expect(text(flow.handle(.callback(Self.good), at: start + 7, in: context)) == again)
    }

    @Test func `A state lives ten minutes`() throws {
        let context = try context("simkl", "redirect")
        var late = begun(context)
        #expect(late.expiresAt == start + 600)
        #expect(late.handle(.callback(Self.good), at: start + 600, in: context) == .none)
        #expect(late.status == .expiredToken)
        #expect(late.message == "The sign-in was not approved at SIMKL in time.")
        var ended = begun(context)
        #expect(ended.handle(.due, at: start + 599, in: context) == .none)
        #expect(ended.status == .authorizationPending)
        _ = ended.handle(.due, at: start + 600, in: context)
        #expect(ended.status == .expiredToken)
    }

    @Test func `A state is bound to its redirect URI`() throws {
        var context = try context("simkl", "redirect")
        var flow = begun(context)
        context.redirectURI = "https://elsewhere.example/simkl/oauth-callback/"
        #expect(flow.handle(.callback(Self.good), at: start + 5, in: context) == .none)
        #expect(flow.status == .expiredToken)
        #expect(flow.message == "The public address of this server changed during the sign-in.")
    }

    @Test func `A flow goes on after a restart, and an ended one does not`() throws {
        let context = try context("simkl", "redirect")
        let flow = begun(context)
        #expect(RedirectFlow(json: try JSON.parse(flow.json.encoded())) == flow)
        #expect(RedirectFlow(json: [:]) == nil)
        #expect(RedirectFlow(json: RedirectFlow(method: context.method).json) == nil)
    }

    static let exchanges: [Row] = [
        Row([("400", #"{"error":"invalid_grant"}"#)], "invalid_code: SIMKL does not know this code. Start again."),
        Row(
            [("401", #"{"error":"invalid_client"}"#)],
            "app_rejected: SIMKL does not accept this app (invalid_client). \(console)"),
        Row(
            [("200", #"{"access_token":"t","scope":"media:read"}"#)],
            "app_rejected: SIMKL did not grant 'media:write', which is needed. "
                + "Sign in again and allow everything that is asked for."),
        Row(
            [("200", "")],
            "unreachable: SIMKL answered 200, but not with what was asked for. "
                + "Try again; if it stays so, the description of SIMKL needs a look."),
        Row(
            [("503", "<html>")],
            "unreachable: SIMKL has a problem of its own (HTTP 503). Try again in a moment."),
        Row([("429", "")], "unreachable: SIMKL asks to wait for a while. Try again then."),
        Row([("200", #"{"access_token":"t","scope":["media:read","media:write"]}"#)], "ok: SIMKL is linked. "),
    ]

    @Test(arguments: exchanges) func `The answer to an exchange means`(row: Row) throws {
        let context = try context("simkl", "redirect")
        var flow = begun(context)
        _ = flow.handle(.callback(Self.good), at: start + 5, in: context)
        let exchange = answer(Int(row.query[0].name) ?? 0, row.query[0].value)
        #expect(flow.handle(.answer(exchange), at: start + 6, in: context) == .none)
        #expect("\(flow.status.rawValue): \(flow.message) \(flow.hint)" == row.outcome)
    }

    @Test func `A provider without PKCE and state parameters carries the state in the callback`() throws {
        // Last.fm's shape, without its signature.
        let provider = try described(
            """
            { label: "Demo", color: "#000000", hosts: { web: "https://demo.example" },
              fields: [{ key: "api_key", label: "Key", required: true }],
              methods: [{ kind: "redirect", pkce: "none", callback: { code: "token" },
                authorize: { url: "{{hosts.web}}/auth", standard: false,
                  query: { api_key: "{{api_key}}", cb: "{{return_url}}" } },
                exchange: { url: "{{hosts.web}}/session", method: "GET", query: { token: "{{code}}" },
                  map: { access_token: "session.key" } } }] }
            """)
        let context = try context(provider, values: ["api_key": "k"])
        var flow = begun(context)
        #expect(
            flow.authorizationURL == "https://demo.example/auth?api_key=k&cb="
                + "https%3A%2F%2Fhome.example%2Fdemo%2Foauth-callback%2F%3Fstate%3Dstate-of-this-sign-in-0001")
        let step = flow.handle(
            .callback([Parameter("state", Self.state), Parameter("token", "tk")]), at: start + 5, in: context)
        #expect(text(step) == "GET https://demo.example/session?token=tk\nAccept: application/json")
        _ = flow.handle(.answer(answer(200, #"{"session":{"key":"sk"}}"#)), at: start + 6, in: context)
        #expect(flow.tokens?.accessToken == "sk")
    }

    @Test func `A client that authenticates by Basic sends no secret in the body`() throws {
        let provider = try described(
            """
            { label: "Demo", color: "#000000", hosts: { api: "https://demo.example" },
              fields: [{ key: "client_id", label: "Client ID", required: true },
                { key: "client_secret", label: "Client Secret", type: "password" }],
              methods: [{ kind: "redirect", scope: "a b", pkce: "plain", authorize: "{{hosts.api}}/authorize",
                exchange: { url: "{{hosts.api}}/token", basic: ["{{client_id}}", "{{client_secret}}"] } }] }
            """)
        let context = try context(provider, values: ["client_id": "my id"])
        var flow = begun(context)
        #expect(
            flow.authorizationURL.hasSuffix("&code_challenge=\(Self.secrets.codeVerifier)&code_challenge_method=plain"))
        let step = flow.handle(
            .callback([Parameter("state", Self.state), Parameter("code", "c")]), at: start + 5, in: context)
        // "my+id:" in base64: the empty secret of a public client stays empty.
        #expect(
            text(step) == """
                POST https://demo.example/token
                Accept: application/json
                Content-Type: application/x-www-form-urlencoded
                Authorization: Basic bXkraWQ6

                grant_type=authorization_code&code=c\
                &redirect_uri=https%3A%2F%2Fhome.example%2Fdemo%2Foauth-callback%2F\
                &code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk
                """)
    }

    @Test func `New secrets differ each time and are long enough`() throws {
        let first = try FlowSecrets.random()
        let second = try FlowSecrets.random()
        #expect(first.state != second.state && first.codeVerifier != second.codeVerifier)
        #expect(first.state.utf8.count == 43 && first.codeVerifier.utf8.count == 43)
    }
}
