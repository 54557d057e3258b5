internal import Crypto
internal import HTTP
internal import JSON

/// A simulation of Real-Debrid's sign-in, for tests and demonstrations. It shares nothing with Real-Debrid but the dialect.
///
/// Facts: https://api.real-debrid.com/ (OAuth2 workflow for mobile apps): an approved device gets an app of its own.
enum RealDebrid {
    static let label = "Real-Debrid"
    static let hosts = ["api", "web", Picture.host]
    static let openSourceClient = "X245A4XAIBGVM"
    static let grantType = "http://oauth.net/grant_type/device/1.0"

    static let dialect = Dialect(
        style: AuthorizationServer.Style(
            accessToken: { () throws(Crypto.Failure) in try RandomCode.hex(bytes: 26) },
            refreshToken: { () throws(Crypto.Failure) in try RandomCode.hex(bytes: 26) }),
        routes: [
            .endpoint("api", "GET", "/oauth/v2/device/code", begin),
            .endpoint("api", "GET", "/oauth/v2/device/credentials", credentials),
            .endpoint("api", "POST", "/oauth/v2/token", token),
            .endpoint("api", "GET", "/rest/1.0/user", user),
            .endpoint("api", "GET", "/rest/1.0/disable_access_token", disable),
        ] + Route.page("web", "/device", CodePage.respond),
        notFound: { _ in failure(404, "unknown_ressource", 1) })

    private static func failure(_ status: Int, _ error: String, _ code: Int) -> Response {
        .json(status, ["error": .string(error), "error_code": .int(code)])
    }

    @Sendable private static func begin(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard call.query("client_id") == openSourceClient, state.behaviour.knows(client: openSourceClient),
            call.query("new_credentials") == "yes"
        else { return failure(400, "wrong_parameter", 2) }
        let grant = state.server.begin(
            secret: try RandomCode.hex(bytes: 26),
            userCode: try RandomCode.make(8, from: "ABCDEFGHJKLMNPQRSTUVWXYZ234567"),
            clientID: openSourceClient, clientName: "An application", now: call.now,
            lifetime: state.behaviour.expiresIn)
        let page = call.url("web", "/device")
        return .json(
            200,
            [
                "device_code": .string(grant.secret), "user_code": .string(grant.userCode),
                "interval": .int(state.behaviour.interval), "expires_in": .int(state.behaviour.expiresIn),
                "verification_url": .string(page),
                "direct_verification_url": .string("\(page)?user_code=\(grant.userCode)"),
            ])
    }

    /// The app that the device gets: made of the device code, so that nothing has to be kept.
    private static func own(_ code: String) -> (id: String, secret: String) {
        (String(code.prefix(13)), Hex.encode(Crypto.sha256(code.utf8)))
    }

    /// 403 until the person has decided; nobody can say no.
    @Sendable private static func credentials(_ call: Call, _ state: inout ProviderState) -> Response {
        let code = call.query("code") ?? ""
        guard let grant = state.server.grant(secret: code), call.now < grant.expiresAt,
            case .approved = grant.decision
        else { return failure(403, "bad_token", 8) }
        let own = own(code)
        return .json(200, ["client_id": .string(own.id), "client_secret": .string(own.secret)])
    }

    @Sendable private static func token(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard call.isForm, call.form("grant_type") == grantType, let client = call.form("client_id"),
            let secret = call.form("client_secret"), let code = call.form("code")
        else { return failure(400, "missing_parameter", 2) }
        if let session = try state.server.refresh(
            code, clientID: openSourceClient, rotates: false, now: call.now, lifetime: state.behaviour.tokenExpiresIn)
        {
            return answer(session)
        }
        guard (client, secret) == own(code) else { return failure(403, "bad_token", 8) }
        guard
            case .approved(let session) = try state.poll(secret: code, clientID: openSourceClient, now: call.now)
        else { return failure(403, "bad_token", 8) }
        return answer(session)
    }

    private static func answer(_ session: Session) -> Response {
        .json(
            200,
            [
                "access_token": .string(session.accessToken),
                "expires_in": .int((session.expiresAt ?? session.issuedAt) - session.issuedAt),
                "token_type": "Bearer", "refresh_token": session.refreshToken.map(JSON.string) ?? .null,
            ])
    }

    @Sendable private static func user(_ call: Call, _ state: inout ProviderState) -> Response {
        let token = call.bearer ?? ""
        let account =
            token.hasPrefix(StandardOAuth.keyPrefix)
            ? state.behaviour.account : state.server.session(accessToken: token, now: call.now)?.account
        guard let account else { return failure(401, "bad_token", 8) }
        return .json(
            200,
            [
                "id": 7, "username": .string(account), "type": "premium", "expiration": "2030-01-01T00:00:00.000Z",
                "avatar": .string(call.url(Picture.host, "/images/avatars/7.png")),
            ])
    }

    @Sendable private static func disable(_ call: Call, _ state: inout ProviderState) -> Response {
        state.server.revoke(call.bearer ?? "") ? .empty(204) : failure(401, "bad_token", 8)
    }
}
