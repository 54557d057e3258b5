internal import Crypto
internal import HTTP
internal import JSON

/// A simulation of the sign-in to the PlayStation Network by an NPSSO. It shares nothing with Sony but the dialect.
///
/// Facts: https://github.com/achievements-app/psn-api (src/authenticate), as of October 2026. Sony documents nothing of it.
enum PSN {
    static let label = "PlayStation Network"
    static let hosts = ["account", "profile"]

    /// An NPSSO. Any of this length is accepted that does not begin with `unknown`.
    static let npsso = String(repeating: "demoNPSSO0123456", count: 4)
    private static let client = "09515159-7237-4370-9b40-3806e67c0891"
    private static let redirectURI = "com.scee.psxandroid.scecompcall://redirect"

    static let dialect = Dialect(
        style: AuthorizationServer.Style(
            accessToken: { () throws(Crypto.Failure) in "at." + (try RandomCode.hex(bytes: 20)) },
            refreshToken: { () throws(Crypto.Failure) in "rt." + (try RandomCode.hex(bytes: 20)) }),
        routes: [
            .endpoint("account", "GET", "/api/authz/v3/oauth/authorize", authorize),
            .endpoint("account", "POST", "/api/authz/v3/oauth/token", token),
            .endpoint("profile", "GET", "/userProfile/v1/users/me/profile2", profile),
        ],
        notFound: { _ in .oauthError(404, "not_found", "There is no such address") })

    /// Always a redirect, to an address that only an app can open.
    @Sendable private static func authorize(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard call.query("client_id") == client, call.query("redirect_uri") == redirectURI,
            call.query("response_type") == "code", call.query("access_type") == "offline"
        else { return .oauthError(400, "invalid_request", "The request is not that of the app") }
        let cookie = call.header("Cookie") ?? ""
        guard cookie.utf8.count == 6 + 64, cookie.hasPrefix("npsso="),
            state.behaviour.knows(client: String(cookie.dropFirst(6)))
        else {
            return found("\(redirectURI)/?error=login_required&error_code=4165&error_description=not+signed+in")
        }
        let request = AuthorizationRequest(
            clientID: client, redirectURI: redirectURI, state: nil, challenge: nil, scope: "")
        let code = try state.server.authorize(
            request, account: state.behaviour.account, now: call.now, lifetime: state.behaviour.codeExpiresIn)
        return found("\(redirectURI)/?code=v3.\(code.code)&cid=7")
    }

    private static func found(_ address: String) -> Response {
        Response(status: 302, headers: ["Location": address])
    }

    @Sendable private static func token(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard let pair = call.basic, pair.user == client, !pair.password.isEmpty else {
            return .oauthError(401, "invalid_client", "Bad client credentials")
        }
        guard call.form("token_format") == "jwt" else {
            return .oauthError(400, "invalid_request", "token_format is wanted")
        }
        if call.form("grant_type") == "refresh_token" {
            let session = try state.server.refresh(
                call.form("refresh_token") ?? "", clientID: client, rotates: true, now: call.now,
                lifetime: state.behaviour.tokenExpiresIn)
            return session.map { .json(200, tokens($0)) } ?? invalid
        }
        let exchange = CodeExchange(
            code: call.form("code").map { String($0.dropFirst(3)) }, clientID: client,
            redirectURI: call.form("redirect_uri"), verifier: nil,
            hasSecret: true)
        guard case .success(let code) = exchange.check(&state, now: call.now) else { return invalid }
        let session = try state.server.issue(
            clientID: client, account: code.account, scope: "psn:mobile.v2.core psn:clientapp", now: call.now,
            lifetime: state.behaviour.tokenExpiresIn)
        return .json(200, tokens(session))
    }

    private static var invalid: Response { .oauthError(400, "invalid_grant", "Invalid code or refresh token") }

    private static func tokens(_ session: Session) -> JSON {
        var answer: JSON = [
            "access_token": .string(session.accessToken), "token_type": "bearer", "scope": .string(session.scope),
            "refresh_token_expires_in": 5_184_000,
        ]
        answer["refresh_token"] = session.refreshToken.map(JSON.string)
        answer["expires_in"] = session.expiresAt.map { .int($0 - session.issuedAt) }
        return answer
    }

    @Sendable private static func profile(_ call: Call, _ state: inout ProviderState) -> Response {
        guard let token = call.bearer, let session = state.server.session(accessToken: token, now: call.now) else {
            return .json(401, ["error": ["code": 2_240_513, "message": "Access token is invalid"]])
        }
        return .json(
            200,
            ["profile": ["onlineId": .string(session.account), "accountId": "7007"]])
    }
}
