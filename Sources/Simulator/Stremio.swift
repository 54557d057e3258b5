internal import Crypto
internal import HTTP
internal import JSON

/// A simulation of Stremio's sign-in, by a code and by a password. It shares nothing with Stremio but the dialect.
///
/// Facts: stremio-core (src/types/api), as of October 2026. Errors come with 200.
enum Stremio {
    static let dialect = Dialect(
        style: .hex(16),
        routes: [
            .endpoint("link", "GET", "/api/v2/create", create),
            .endpoint("link", "GET", "/api/v2/read", read),
            .endpoint("api", "POST", "/api/login", signIn),
            .endpoint("api", "POST", "/api/logout", signOut),
            .endpoint("api", "POST", "/api/getUser", user),
        ] + Route.page("link", "/", CodePage.respond),
        notFound: { _ in .empty(404) })

    private static func error(_ code: Int, _ message: String) -> Response {
        .json(200, ["error": ["code": .int(code), "message": .string(message)]])
    }

    @Sendable private static func create(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        let code = try RandomCode.make(4, from: "ABCDEFGHJKLMNPQRSTUVWXYZ")
        _ = state.server.begin(
            secret: code, userCode: code, clientID: "stremio", clientName: "An application", now: call.now,
            lifetime: state.behaviour.expiresIn)
        return .json(200, ["result": ["code": .string(code), "link": .string(call.url("link", "/?code=\(code)"))]])
    }

    @Sendable private static func read(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        let outcome = try state.poll(secret: call.query("code") ?? "", clientID: nil, now: call.now)
        guard case .approved(let session) = outcome else { return error(101, "Code not found") }
        return .json(200, ["result": ["authKey": .string(session.accessToken)]])
    }

    @Sendable private static func signIn(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard let email = call.json("email"), call.json("password") == state.behaviour.password else {
            return error(3, "Wrong passphrase")
        }
        let session = try state.server.issue(
            clientID: "stremio", account: email, scope: "", now: call.now, lifetime: nil)
        return .json(200, ["result": ["authKey": .string(session.accessToken), "user": ["email": .string(email)]]])
    }

    private static func session(_ call: Call, _ state: ProviderState) -> Session? {
        state.server.session(accessToken: call.json("authKey") ?? "", now: call.now)
    }

    @Sendable private static func signOut(_ call: Call, _ state: inout ProviderState) -> Response {
        state.server.revoke(call.json("authKey") ?? "")
            ? .json(200, ["result": ["success": true]]) : error(1, "Session does not exist")
    }

    @Sendable private static func user(_ call: Call, _ state: inout ProviderState) -> Response {
        guard let session = session(call, state) else { return error(1, "Session does not exist") }
        return .json(200, ["result": ["_id": "user-1", "email": .string(session.account)]])
    }
}
