internal import Crypto
internal import HTTP
internal import JSON

/// A simulation of SIMKL's sign-in (version 2), for tests and demonstrations. It shares nothing with SIMKL but the dialect.
///
/// Facts: https://api.simkl.org/ (errors, users/settings) and, for version 2, what its clients send and expect, as of
/// October 2026: RFC 8628 and PKCE by form bodies, an issuer at the callback (RFC 9207), refresh without rotation.
enum Simkl {
    static let dialect = Dialect(
        style: AuthorizationServer.Style(
            accessToken: { () throws(Crypto.Failure) in "simkl_at_" + (try RandomCode.hex(bytes: 24)) },
            refreshToken: { () throws(Crypto.Failure) in "simkl_rt_" + (try RandomCode.hex(bytes: 24)) }),
        routes: [
            .endpoint("api", "POST", "/oauth2/device", device),
            .endpoint("api", "POST", "/oauth2/token", token),
            .endpoint("api", "POST", "/oauth2/revoke", revoke),
            .endpoint("api", "GET", "/users/settings", settings),
            .endpoint("api", "POST", "/users/settings", settings),
        ] + Route.page("web", "/pin", CodePage.respond) + Route.page("web", "/pin/{}", CodePage.respond)
            + Route.page("web", "/oauth2/authorize", authorize),
        notFound: { _ in failure(404, "url_failed", "There is no such address") })

    static let deviceGrantType = "urn:ietf:params:oauth:grant-type:device_code"

    /// What every request should carry.
    private static func look(at call: Call, _ state: inout ProviderState) {
        for name in ["client_id", "app-name", "app-version"] where (call.query(name) ?? "").isEmpty {
            state.complain("wants the query parameter \(name)")
        }
        state.want(header: "User-Agent", in: call)
    }

    /// SIMKL's own errors: clients branch on `error` only.
    private static func failure(_ status: Int, _ error: String, _ message: String) -> Response {
        .json(status, ["error": .string(error), "code": .int(status), "message": .string(message)])
    }

    /// A misspelt or missing scope silently gives read access only.
    private static func granted(_ asked: String?) -> String {
        let known = ["media:read", "media:write"]
        let scopes = (asked ?? "").split(separator: " ").map(String.init).filter(known.contains)
        return scopes.contains("media:write") ? scopes.joined(separator: " ") : "media:read"
    }

    /// The client of a form request, or the answer that refuses it.
    private static func client(_ call: Call, _ state: ProviderState) -> Result<String, Refusal> {
        guard call.isForm else { return .failure(Refusal(error: "invalid_request", text: "the body must be a form")) }
        let client = call.form("client_id") ?? ""
        guard state.behaviour.knows(client: client) else {
            return .failure(Refusal(error: "invalid_client", text: "no application has this client id"))
        }
        return .success(client)
    }

    private struct Refusal: Error {
        let error: String
        let text: String
        var response: Response { .oauthError(400, error, text) }
    }

    @Sendable private static func device(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        look(at: call, &state)
        let client: String
        switch self.client(call, state) {
        case .failure(let refusal): return refusal.response
        case .success(let known): client = known
        }
        let letters = "BCDFGHJKLMNPQRSTVWXZ"
        let userCode = try RandomCode.make(4, from: letters) + "-" + RandomCode.make(4, from: letters)
        let grant = state.server.begin(
            secret: try Crypto.randomToken(), userCode: userCode, clientID: client, clientName: client,
            scope: granted(call.form("scope")), now: call.now, lifetime: state.behaviour.expiresIn)
        let page = call.url("web", "/pin")
        var members: [(String, JSON)] = [
            ("device_code", .string(grant.secret)), ("user_code", .string(userCode)),
            ("verification_uri", .string(page)),
            ("expires_in", .int(state.behaviour.expiresIn)), ("interval", .int(state.behaviour.interval)),
        ]
        if state.behaviour.givesCompleteURI {
            members.append(("verification_uri_complete", .string("\(page)/\(userCode)")))
        }
        return .json(200, .object(JSONObject(members)))
    }

    @Sendable private static func token(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        look(at: call, &state)
        let client: String
        switch self.client(call, state) {
        case .failure(let refusal): return refusal.response
        case .success(let known): client = known
        }
        switch call.form("grant_type") {
        case deviceGrantType: return try poll(call, client, &state)
        case "authorization_code": return try exchange(call, client, &state)
        case "refresh_token": return try refresh(call, client, &state)
        default: return .oauthError(400, "unsupported_grant_type", "grant_type is not supported")
        }
    }

    /// RFC 8628 section 3.5. The device flow has no secret.
    private static func poll(_ call: Call, _ client: String, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        switch try state.poll(secret: call.form("device_code") ?? "", clientID: client, now: call.now) {
        case .approved(let session): .json(200, tokens(session))
        case .pending: .oauthError(400, "authorization_pending", "the person has not decided yet")
        case .slowDown: .oauthError(400, "slow_down", "wait 5 seconds more between polls")
        case .denied: .oauthError(400, "access_denied", "the person has denied")
        case .expired: .oauthError(400, "expired_token", "the device code has expired")
        case .used, .unknown: .oauthError(400, "invalid_grant", "the device code is unknown or was used")
        }
    }

    private static func exchange(_ call: Call, _ client: String, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard state.secretIsRight(call.form("client_secret")) else { return badSecret }
        let exchange = CodeExchange(
            code: call.form("code"), clientID: client, redirectURI: call.form("redirect_uri"),
            verifier: call.form("code_verifier"), hasSecret: false)
        switch exchange.check(&state, now: call.now) {
        case .failure(let refusal): return .oauthError(400, refusal.error, refusal.description)
        case .success(let code):
            let session = try state.server.issue(
                clientID: client, account: code.account, scope: code.scope, now: call.now,
                lifetime: state.behaviour.tokenExpiresIn)
            return .json(200, tokens(session))
        }
    }

    private static func refresh(_ call: Call, _ client: String, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard state.secretIsRight(call.form("client_secret")) else { return badSecret }
        let session = try state.server.refresh(
            call.form("refresh_token") ?? "", clientID: client, rotates: false, now: call.now,
            lifetime: state.behaviour.tokenExpiresIn)
        guard let session else { return .oauthError(400, "invalid_grant", "the refresh token is not valid") }
        return .json(200, tokens(session))
    }

    /// RFC 7009: 200 whatever the token is.
    @Sendable private static func revoke(_ call: Call, _ state: inout ProviderState) -> Response {
        look(at: call, &state)
        if case .failure(let refusal) = client(call, state) { return refusal.response }
        guard state.secretIsRight(call.form("client_secret")) else { return badSecret }
        state.server.revoke(call.form("token") ?? "")
        return .json(200, [:])
    }

    @Sendable private static func authorize(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        try ConsentPage.respond(call, &state, requiresPKCE: true, scope: granted(call.query("scope")))
    }

    @Sendable private static func settings(_ call: Call, _ state: inout ProviderState) -> Response {
        look(at: call, &state)
        let client = call.query("client_id") ?? call.header("simkl-api-key") ?? ""
        guard state.behaviour.knows(client: client) else {
            return failure(412, "client_id_failed", "Wrong or missing client_id")
        }
        guard let token = call.bearer, let session = state.server.session(accessToken: token, now: call.now) else {
            return failure(401, "user_token_failed", "Wrong or missing user token")
        }
        return .json(
            200,
            [
                "user": [
                    "name": .string(session.account), "joined_at": "2026-01-01T00:00:00Z",
                    "avatar": .string(call.url(Picture.host, "/avatars/7/7_100.jpg")),
                ],
                "account": ["id": 1, "timezone": "Etc/UTC", "type": "free"],
                "connections": [:],
            ])
    }

    private static var badSecret: Response {
        .oauthError(400, "invalid_client", "client_secret is wrong or missing")
    }

    private static func tokens(_ session: Session) -> JSON {
        [
            "access_token": .string(session.accessToken), "token_type": "Bearer",
            "expires_in": .int((session.expiresAt ?? session.issuedAt) - session.issuedAt),
            "refresh_token": session.refreshToken.map(JSON.string) ?? .null, "scope": .string(session.scope),
        ]
    }
}
