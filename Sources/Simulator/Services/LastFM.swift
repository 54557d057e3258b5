internal import Crypto
internal import HTTP
internal import JSON

/// A simulation of Last.fm's sign-in, for tests and demonstrations. It shares nothing with Last.fm but the dialect.
///
/// Facts: https://www.last.fm/api/authspec, /desktopauth, /webauth and /show/auth.getSession: one address, a method by
/// name, signed requests, errors by number.
enum LastFM {
    static let label = "Last.fm"
    static let hosts = ["api", "web", Picture.host]
    static let demoSecret = "fedcba9876543210fedcba9876543210"

    static let dialect = Dialect(
        style: .hex(16),
        routes: [.endpoint("api", "GET", "/2.0/", respond), .endpoint("api", "POST", "/2.0/", respond)]
            + Route.page("web", "/api/auth/", approve),
        notFound: { _ in .empty(404) })

    private static func failure(_ status: Int, _ number: Int, _ message: String) -> Response {
        .json(status, ["error": .int(number), "message": .string(message)])
    }

    @Sendable private static func respond(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        let key = call.query("api_key") ?? ""
        guard state.behaviour.knows(client: key) else {
            return failure(403, 10, "Invalid API key - You must be granted a valid key by last.fm")
        }
        if call.query("format") != "json" { state.complain("answers XML without format=json") }
        guard isSigned(call, state.behaviour.clientSecret ?? demoSecret) else {
            return failure(403, 13, "Invalid method signature supplied")
        }
        switch call.query("method") {
        case "auth.getToken":
            let grant = state.server.begin(
                secret: try RandomCode.hex(bytes: 16), userCode: "", clientID: key, clientName: "An application",
                now: call.now, lifetime: state.behaviour.expiresIn)
            return .json(200, ["token": .string(grant.secret)])
        case "auth.getSession": return try session(call, key, &state)
        case "user.getInfo":
            guard let session = state.server.session(accessToken: call.query("sk") ?? "", now: call.now) else {
                return failure(403, 9, "Invalid session key - Please re-authenticate")
            }
            let image = JSON.string(call.url(Picture.host, "/i/u/174s/7.png"))
            let images = ["small", "medium", "large"].map { JSON.object(["size": .string($0), "#text": image]) }
            return .json(
                200, ["user": ["name": .string(session.account), "playcount": "7", "image": .array(images)]])
        default: return failure(400, 3, "Invalid Method - No method with that name in this package")
        }
    }

    private static func session(_ call: Call, _ key: String, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        let token = call.query("token") ?? ""
        // The token of the web sign-in is as good as a code.
        if let code = state.server.take(code: token) {
            return answer(
                try state.server.issue(clientID: key, account: code.account, scope: "", now: call.now, lifetime: nil))
        }
        switch try state.poll(secret: token, clientID: key, now: call.now) {
        case .approved(let session): return answer(session)
        case .pending, .denied: return failure(403, 14, "This token has not been authorized")
        case .slowDown: return failure(429, 29, "Rate Limit Exceeded")
        case .expired: return failure(403, 15, "This token has expired")
        case .used, .unknown: return failure(403, 4, "Invalid authentication token supplied")
        }
    }

    private static func answer(_ session: Session) -> Response {
        .json(
            200,
            ["session": ["name": .string(session.account), "key": .string(session.accessToken), "subscriber": 0]])
    }

    /// The md5 of all parameters but `format` and `callback`, sorted, with the secret at the end.
    private static func isSigned(_ call: Call, _ secret: String) -> Bool {
        let signed = call.request.queryItems.filter { !["format", "callback", "api_sig"].contains($0.name) }
        let text = signed.sorted { $0.name < $1.name }.map { $0.name + $0.value }.joined() + secret
        return call.query("api_sig") == Hex.encode(Crypto.md5(text.utf8))
    }

    /// With a token it is the page of a sign-in that waits; without one the browser goes back to `cb` with a new token.
    @Sendable private static func approve(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard state.behaviour.knows(client: call.query("api_key") ?? "") else {
            return Page.message(400, "Invalid API key", "No application has this key.", provider: state.provider)
        }
        let form = Page.form("<p>An application wants to use your account.</p>", account: state.behaviour.account)
        guard call.request.method == "POST" else {
            return .page(200, Page.whole("Connect an application", provider: state.provider, form))
        }
        if let token = call.query("token") {
            guard let grant = state.server.grant(secret: token) else {
                return Page.message(400, "Invalid token", "Begin again.", provider: state.provider)
            }
            return CodePage.decide(grant, call, &state)
        }
        guard call.form("decision") == "approve" else {
            return CodePage.done(approves: false, "The application", state.provider)
        }
        let request = AuthorizationRequest(
            clientID: call.query("api_key") ?? "", redirectURI: call.query("cb") ?? "", state: nil, challenge: nil,
            scope: "")
        let code = try state.server.authorize(
            request, account: Page.account(call, state), now: call.now, lifetime: 3600)
        return ConsentPage.go(to: request.redirectURI, adding: [("token", code.code)], provider: state.provider)
    }
}
