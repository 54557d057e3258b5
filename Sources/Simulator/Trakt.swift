internal import Crypto
internal import HTTP
internal import JSON

/// A simulation of Trakt's sign-in, for tests and demonstrations. It shares nothing with Trakt but the dialect.
///
/// Facts: Trakt's developer portal, https://developer.trakt.tv/docs/authentication-oauth, its guides on PKCE, required
/// headers and status codes, and the contracts in https://github.com/trakt/trakt-api (projects/api/src/contracts/oauth),
/// as of October 2026. The device flow is older than RFC 8628: JSON, `code` for the device code, and the status says it all.
enum Trakt {
    static let dialect = Dialect(
        style: AuthorizationServer.Style(
            accessToken: { () throws(Crypto.Failure) in try RandomCode.hex(bytes: 32) },
            refreshToken: { () throws(Crypto.Failure) in try RandomCode.hex(bytes: 32) }),
        routes: [
            .endpoint("auth", "POST", "/oauth/device/code", deviceCode),
            .endpoint("auth", "POST", "/oauth/device/token", deviceToken),
            .endpoint("auth", "POST", "/oauth/token", token),
            .endpoint("auth", "POST", "/oauth/revoke", revoke),
            .endpoint("auth", "GET", "/.well-known/openid-configuration", discovery),
            .endpoint("api", "GET", "/users/settings", settings),
            .endpoint("api", "GET", "/sync/history/movies") { history($0, &$1, "movies") },
            .endpoint("api", "GET", "/sync/history/shows") { history($0, &$1, "shows") },
        ] + Route.page("auth", "/activate", CodePage.respond) + Route.page("auth", "/activate/{}", CodePage.respond)
            + Route.page("auth", "/oauth/authorize", authorize),
        notFound: { _ in .empty(404) })

    /// What every request should carry (guide "Required headers").
    private static func look(at call: Call, _ state: inout ProviderState) {
        state.want(header: "Content-Type", "application/json", in: call)
        state.want(header: "trakt-api-version", "2", in: call)
        state.want(header: "trakt-api-key", in: call)
        state.want(header: "User-Agent", in: call)
        if call.request.method == "POST" && !call.isJSON { state.complain("wants an object of JSON") }
        // Trakt refuses HTTP Basic (trakt-api pull request 903).
        if call.header("Authorization")?.lowercased().hasPrefix("basic ") ?? false {
            state.complain("does not accept HTTP Basic")
        }
    }

    @Sendable private static func deviceCode(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        look(at: call, &state)
        let client = call.json("client_id") ?? ""
        guard state.behaviour.knows(client: client) else { return .empty(403) }
        let grant = state.server.begin(
            secret: try RandomCode.hex(bytes: 32), userCode: try RandomCode.make(8, from: "0123456789ABCDEF"),
            clientID: client, clientName: client, scope: "public", now: call.now, lifetime: state.behaviour.expiresIn)
        return .json(
            200,
            [
                "device_code": .string(grant.secret), "user_code": .string(grant.userCode),
                "verification_url": .string(call.url("auth", "/activate")),
                "expires_in": .int(state.behaviour.expiresIn), "interval": .int(state.behaviour.interval),
            ])
    }

    /// All but the token comes without content.
    @Sendable private static func deviceToken(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        look(at: call, &state)
        let client = call.json("client_id") ?? ""
        guard state.behaviour.knows(client: client) else { return .empty(403) }
        guard state.secretIsRight(call.json("client_secret")) else { return badClient }
        switch try state.poll(secret: call.json("code") ?? "", clientID: client, now: call.now) {
        case .approved(let session): return .json(200, tokens(session))
        case .pending: return .empty(400)
        case .unknown: return .empty(404)
        case .used: return .empty(409)
        case .expired: return .empty(410)
        case .denied: return .empty(418)
        case .slowDown: return .empty(429)
        }
    }

    @Sendable private static func token(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        look(at: call, &state)
        let client = call.json("client_id") ?? ""
        guard !client.isEmpty else { return badClient }
        guard state.behaviour.knows(client: client) else { return .empty(403) }
        guard state.secretIsRight(call.json("client_secret")) else { return badClient }
        switch call.json("grant_type") {
        case "authorization_code": return try exchange(call, client, &state)
        case "refresh_token": return try refresh(call, client, &state)
        default: return .oauthError(400, "unsupported_grant_type", "grant_type is not supported")
        }
    }

    private static func exchange(_ call: Call, _ client: String, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        let secret = call.json("client_secret") ?? ""
        let exchange = CodeExchange(
            code: call.json("code"), clientID: client, redirectURI: call.json("redirect_uri"),
            verifier: call.json("code_verifier"), hasSecret: !secret.isEmpty)
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
        if call.json("redirect_uri") == nil { state.complain("wants redirect_uri with a refresh") }
        let session = try state.server.refresh(
            call.json("refresh_token") ?? "", clientID: client, rotates: true, now: call.now,
            lifetime: state.behaviour.tokenExpiresIn)
        guard let session else { return .oauthError(400, "invalid_grant", "session not found") }
        return .json(200, tokens(session))
    }

    @Sendable private static func revoke(_ call: Call, _ state: inout ProviderState) -> Response {
        look(at: call, &state)
        guard state.behaviour.knows(client: call.json("client_id") ?? "") else { return .empty(403) }
        guard state.secretIsRight(call.json("client_secret")) else { return badClient }
        state.server.revoke(call.json("token") ?? "")
        return .json(200, [:])
    }

    @Sendable private static func authorize(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        try ConsentPage.respond(call, &state, requiresPKCE: false, scope: "public")
    }

    @Sendable private static func settings(_ call: Call, _ state: inout ProviderState) -> Response {
        look(at: call, &state)
        guard state.behaviour.knows(client: call.header("trakt-api-key") ?? "") else { return .empty(403) }
        guard let token = call.bearer, let session = state.server.session(accessToken: token, now: call.now) else {
            return .empty(401)
        }
        let slug = session.account.lowercased()
        return .json(
            200,
            [
                "user": [
                    "username": .string(session.account), "private": false, "name": .string(session.account),
                    "vip": false, "vip_ep": false, "ids": ["slug": .string(slug), "uuid": .string("demo-\(slug)")],
                    "images": ["avatar": ["full": .string(call.url(Picture.host, "/users/7/avatar.png"))]],
                ],
                "account": ["timezone": "Etc/UTC", "date_format": "dmy", "time_24hr": true],
            ])
    }

    private static func history(_ call: Call, _ state: inout ProviderState, _ kind: String) -> Response {
        look(at: call, &state)
        guard state.behaviour.knows(client: call.header("trakt-api-key") ?? "") else { return .empty(403) }
        guard let token = call.bearer, state.server.session(accessToken: token, now: call.now) != nil else {
            return .empty(401)
        }
        return (state.history[kind] ?? WatchHistory()).page(call, kind)
    }

    @Sendable private static func discovery(_ call: Call, _ state: inout ProviderState) -> Response {
        .json(
            200,
            [
                "issuer": .string(call.url("auth", "")),
                "authorization_endpoint": .string(call.url("auth", "/oauth/authorize")),
                "token_endpoint": .string(call.url("auth", "/oauth/token")),
                "revocation_endpoint": .string(call.url("auth", "/oauth/revoke")),
                "device_authorization_endpoint": .string(call.url("auth", "/oauth/device/code")),
                "code_challenge_methods_supported": ["S256"],
            ])
    }

    private static var badClient: Response {
        .oauthError(401, "invalid_client", "client authentication failed")
    }

    private static func tokens(_ session: Session) -> JSON {
        [
            "access_token": .string(session.accessToken), "token_type": "bearer",
            "expires_in": .int((session.expiresAt ?? session.issuedAt) - session.issuedAt),
            "refresh_token": session.refreshToken.map(JSON.string) ?? .null, "scope": .string(session.scope),
            "created_at": .int(session.issuedAt),
        ]
    }
}
