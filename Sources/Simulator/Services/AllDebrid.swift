internal import Crypto
internal import HTTP
internal import JSON

/// A simulation of AllDebrid's sign-in, for tests and demonstrations. It shares nothing with AllDebrid but the dialect.
///
/// Facts: https://docs.alldebrid.com/ (PIN auth): every answer is 200, with `status`, `data` or `error`.
enum AllDebrid {
    static let label = "AllDebrid"
    static let hosts = ["api", "web"]

    static let dialect = Dialect(
        style: .hex(10),
        routes: [
            .endpoint("api", "GET", "/v4.1/pin/get", begin), .endpoint("api", "POST", "/v4/pin/check", check),
            .endpoint("api", "GET", "/v4.1/user", user),
        ] + Route.page("web", "/pin/", CodePage.respond),
        notFound: { _ in failure("404") })

    private static func failure(_ code: String) -> Response {
        .json(200, ["status": "error", "error": ["code": .string(code), "message": "It did not work."]])
    }

    private static func success(_ data: JSON) -> Response { .json(200, ["status": "success", "data": data]) }

    @Sendable private static func begin(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        let pin = try RandomCode.make(4, from: "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789")
        let grant = state.server.begin(
            secret: try RandomCode.hex(bytes: 20), userCode: pin, clientID: "anyone", clientName: "An application",
            now: call.now, lifetime: state.behaviour.expiresIn)
        let page = call.url("web", "/pin/")
        return success([
            "pin": .string(pin), "check": .string(grant.secret), "expires_in": .int(state.behaviour.expiresIn),
            "user_url": .string("\(page)?pin=\(pin)"), "base_url": .string(page),
        ])
    }

    @Sendable private static func check(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        let secret = call.form("check") ?? ""
        guard let grant = state.server.grant(secret: secret), grant.userCode == call.form("pin") else {
            return failure("PIN_INVALID")
        }
        switch try state.poll(secret: secret, clientID: nil, now: call.now) {
        case .approved(let session):
            return success([
                "activated": true, "apikey": .string(session.accessToken),
                "expires_in": .int(max(0, grant.expiresAt - call.now)),
            ])
        // There is no button that says no.
        case .pending, .slowDown, .denied:
            return success(["activated": false, "expires_in": .int(max(0, grant.expiresAt - call.now))])
        case .expired: return failure("PIN_EXPIRED")
        case .used, .unknown: return failure("PIN_INVALID")
        }
    }

    @Sendable private static func user(_ call: Call, _ state: inout ProviderState) -> Response {
        let token = call.bearer ?? ""
        let account =
            token.hasPrefix(StandardOAuth.keyPrefix)
            ? state.behaviour.account : state.server.session(accessToken: token, now: call.now)?.account
        guard let account else { return failure("AUTH_BAD_APIKEY") }
        return success(["user": ["username": .string(account), "isPremium": true]])
    }
}
