internal import Crypto
internal import HTTP
internal import JSON

/// A simulation of TMDB's sign-in (version 3 sessions, version 4 tokens), for tests and demonstrations. It shares nothing
/// with TMDB but the dialect, and it is neither endorsed nor certified by TMDB.
///
/// Facts: https://developer.themoviedb.org/ (authentication: how do I generate a session id; user authentication of
/// version 4; errors), as of October 2026. The parameters of the return (`approved`, `denied`) come from client code.
enum TMDB {
    static let dialect = Dialect(
        style: .hex(20),
        routes: [
            .endpoint("api", "GET", "/3/authentication", keyCheck),
            .endpoint("api", "GET", "/3/configuration", configuration),
            .endpoint("api", "GET", "/3/authentication/token/new", requestToken),
            .endpoint("api", "POST", "/3/authentication/session/new", newSession),
            .endpoint("api", "DELETE", "/3/authentication/session", deleteSession),
            .endpoint("api", "GET", "/3/account", account),
            .endpoint("api", "POST", "/4/auth/request_token", requestToken4),
            .endpoint("api", "POST", "/4/auth/access_token", accessToken4),
            .endpoint("api", "DELETE", "/4/auth/access_token", deleteToken4),
        ] + Route.page("web", "/authenticate/{}", approve) + Route.page("web", "/auth/access", approve4),
        notFound: { _ in status(404, 34, "The resource you requested could not be found.") })

    private static func status(_ http: Int, _ code: Int, _ message: String) -> Response {
        let success = http < 300
        return .json(
            http, ["success": .bool(success), "status_code": .int(code), "status_message": .string(message)])
    }

    private static var badKey: Response { status(401, 7, "Invalid API key: You must be granted a valid key.") }
    private static var denied: Response { status(401, 17, "Session denied.") }
    private static var badToken: Response {
        status(401, 33, "Invalid request token: The request token is either expired or invalid.")
    }
    private static var badSession: Response {
        status(401, 3, "Authentication failed: You do not have permissions to access the service.")
    }

    /// The app: 32 hexadecimal digits as `api_key`, or the read token (a JWT) as bearer.
    private static func client(_ call: Call, _ state: ProviderState) -> String? {
        if let key = call.query("api_key"), !key.isEmpty {
            let isKey = key.utf8.count == 32 && key.allSatisfy { $0.isHexDigit && !$0.isUppercase }
            return isKey && state.behaviour.knows(client: key) ? key : nil
        }
        return readToken(call, state)
    }

    private static func readToken(_ call: Call, _ state: ProviderState) -> String? {
        guard let token = call.bearer, token.split(separator: ".").count == 3 else { return nil }
        return state.behaviour.knows(client: token) ? token : nil
    }

    @Sendable private static func keyCheck(_ call: Call, _ state: inout ProviderState) -> Response {
        client(call, state) == nil ? badKey : status(200, 1, "Success.")
    }

    @Sendable private static func configuration(_ call: Call, _ state: inout ProviderState) -> Response {
        client(call, state) == nil
            ? badKey : .json(200, ["images": ["secure_base_url": "https://example.invalid/t/p/"], "change_keys": []])
    }

    // MARK: Version 3

    @Sendable private static func requestToken(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard let client = client(call, state) else { return badKey }
        let grant = try begin(client, call, &state)
        return .json(
            200,
            [
                "success": true, "expires_at": .string(Timestamp.spaced(grant.expiresAt)),
                "request_token": .string(grant.secret),
            ])
    }

    private static func begin(_ client: String, _ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> DeviceGrant
    {
        state.server.begin(
            secret: try RandomCode.hex(bytes: 20), userCode: "", clientID: client, clientName: "An application",
            now: call.now, lifetime: state.behaviour.expiresIn)
    }

    @Sendable private static func newSession(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard let client = client(call, state) else { return badKey }
        switch try state.poll(secret: call.json("request_token") ?? "", clientID: client, now: call.now) {
        case .approved(let session): return .json(200, ["success": true, "session_id": .string(session.accessToken)])
        case .pending, .denied: return denied
        case .slowDown: return status(429, 25, "Your request count is over the allowed limit.")
        case .expired, .used, .unknown: return badToken
        }
    }

    @Sendable private static func deleteSession(_ call: Call, _ state: inout ProviderState) -> Response {
        guard client(call, state) != nil else { return badKey }
        guard state.server.revoke(call.json("session_id") ?? "") else {
            return status(404, 34, "The resource you requested could not be found.")
        }
        return .json(200, ["success": true])
    }

    @Sendable private static func account(_ call: Call, _ state: inout ProviderState) -> Response {
        guard client(call, state) != nil else { return badKey }
        guard let session = state.server.session(accessToken: call.query("session_id") ?? "", now: call.now) else {
            return badSession
        }
        return .json(
            200,
            [
                "id": 1, "username": .string(session.account), "name": .string(session.account),
                "avatar": ["gravatar": ["hash": "c9e9fc152ee756a900db85757c29815d"], "tmdb": ["avatar_path": .null]],
                "include_adult": false, "iso_639_1": "en", "iso_3166_1": "US",
            ])
    }

    /// The approval page of version 3: the return carries the request token and what the person said.
    @Sendable private static func approve(_ call: Call, _ state: inout ProviderState) -> Response {
        approve(call, &state, token: call.firstCaptured, redirect: call.query("redirect_to")) { approves, token in
            [("request_token", token), approves ? ("approved", "true") : ("denied", "true")]
        }
    }

    private static func approve(
        _ call: Call, _ state: inout ProviderState, token: String, redirect: String?,
        answer: (_ approves: Bool, _ token: String) -> [(String, String)]
    ) -> Response {
        guard let grant = state.server.grant(secret: token), grant.isPending(at: call.now) else {
            return Page.message(404, "Nothing waits", "This request token is not valid any more.", provider: .tmdb)
        }
        guard call.request.method == "POST" else {
            let fields: HTML = "<p>\(grant.clientName) wants to use your account.</p>"
            let form = Page.form(fields, account: state.behaviour.account)
            return .page(200, Page.whole("Connect an application", provider: .tmdb, form))
        }
        let response = CodePage.decide(grant, call, &state)
        guard let redirect else { return response }
        let approves = call.form("decision") == "approve"
        return ConsentPage.go(to: redirect, adding: answer(approves, token), provider: .tmdb)
    }

    // MARK: Version 4

    @Sendable private static func requestToken4(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard let client = readToken(call, state) else { return badKey }
        let grant = try begin(client, call, &state)
        // Version 4 gives fifteen minutes where version 3 gives sixty.
        state.server.update(grant.id) {
            $0.redirect = call.json("redirect_to")
            $0.expiresAt = min($0.expiresAt, call.now + 900)
        }
        return .json(
            200,
            [
                "success": true, "status_code": 1, "status_message": "Success.",
                "request_token": .string(grant.secret),
            ])
    }

    @Sendable private static func approve4(_ call: Call, _ state: inout ProviderState) -> Response {
        let token = call.query("request_token") ?? ""
        let redirect = state.server.grant(secret: token)?.redirect
        return approve(call, &state, token: token, redirect: redirect) { _, _ in [] }
    }

    @Sendable private static func accessToken4(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard let client = readToken(call, state) else { return badKey }
        switch try state.poll(secret: call.json("request_token") ?? "", clientID: client, now: call.now) {
        case .approved(let session):
            return .json(
                200,
                [
                    "success": true, "status_code": 1, "status_message": "Success.",
                    "access_token": .string(session.accessToken), "account_id": .string("demo-\(session.account)"),
                ])
        case .pending, .denied: return denied
        case .slowDown: return status(429, 25, "Your request count is over the allowed limit.")
        case .expired, .used, .unknown: return badToken
        }
    }

    @Sendable private static func deleteToken4(_ call: Call, _ state: inout ProviderState) -> Response {
        guard readToken(call, state) != nil else { return badKey }
        guard state.server.revoke(call.json("access_token") ?? "") else {
            return status(404, 34, "The resource you requested could not be found.")
        }
        return status(200, 13, "The item/record was deleted successfully.")
    }
}
