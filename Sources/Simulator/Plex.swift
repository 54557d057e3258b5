internal import Crypto
internal import HTTP
internal import JSON

/// A simulation of Plex's sign-in by PIN, for tests and demonstrations. It shares nothing with Plex but the dialect.
///
/// Facts: https://developer.plex.tv/ (authentication, PINs), and what python-plexapi (plexapi/myplex.py) and Seerr
/// (src/utils/plex.ts) send, as of October 2026. There is no denied state: after a denial the PIN stays pending.
enum Plex {
    static let dialect = Dialect(
        style: AuthorizationServer.Style(
            accessToken: { () throws(Crypto.Failure) in try RandomCode.make(20, from: letters) },
            refreshToken: nil, oneSessionPerClient: true),
        routes: [
            .endpoint("api", "POST", "/api/v2/pins", begin),
            .endpoint("api", "GET", "/api/v2/pins/{}", poll),
            .endpoint("api", "GET", "/api/v2/user", user),
            .endpoint("web", "GET", "/users/{}/avatar") { _, _ in Picture.response },
            .endpoint("api", "DELETE", "/api/v2/users/signout", signOut),
        ] + Route.page("web", "/link", CodePage.respond) + Route.page("api", "/link", CodePage.respond)
            + Route.page("app", "/auth", strongPage),
        notFound: { call in PlexReply.error(404, 1002, "Not found", call) })

    private static let letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
    private static let short = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

    /// Plex takes its headers as query parameters, too.
    private static func field(_ name: String, _ call: Call) -> String? { call.header(name) ?? call.query(name) }

    private static func client(_ call: Call) -> String? {
        field("X-Plex-Client-Identifier", call).flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func missingClient(_ call: Call) -> Response {
        PlexReply.error(400, 1000, "X-Plex-Client-Identifier is missing", call)
    }

    private static func gone(_ call: Call) -> Response { PlexReply.error(404, 1020, "Code not found or expired", call) }

    @Sendable private static func begin(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard let client = client(call) else { return missingClient(call) }
        guard state.behaviour.knows(client: client) else { return PlexReply.error(403, 1003, "Forbidden", call) }
        if field("X-Plex-Product", call) == nil { state.complain("wants the header X-Plex-Product") }
        let strong = (call.query("strong") ?? call.form("strong")) == "true"
        let product = field("X-Plex-Product", call) ?? "An application"
        let grant = state.server.begin(
            secret: nil, userCode: try RandomCode.make(strong ? 25 : 4, from: strong ? letters.lowercased() : short),
            clientID: client, clientName: product, now: call.now, lifetime: state.behaviour.expiresIn)
        state.server.update(grant.id) { $0.isStrong = strong }
        return PlexReply.pin(201, grant, call)
    }

    @Sendable private static func poll(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard let client = client(call) else { return missingClient(call) }
        let outcome = try state.poll(secret: call.firstCaptured, clientID: client, now: call.now)
        guard let grant = state.server.grant(secret: call.firstCaptured), grant.clientID == client else {
            return gone(call)
        }
        switch outcome {
        case .slowDown: return PlexReply.error(429, 1003, "Too many requests", call)
        case .expired where !state.behaviour.expiredPinAnswersNull: return gone(call)
        // The PIN shows the token again until its time is over.
        case .used where call.now >= grant.expiresAt: return gone(call)
        default: return PlexReply.pin(200, grant, call)
        }
    }

    @Sendable private static func user(_ call: Call, _ state: inout ProviderState) -> Response {
        let token = field("X-Plex-Token", call) ?? ""
        guard let session = state.server.session(accessToken: token, now: call.now) else {
            return PlexReply.error(401, 1001, "User could not be authenticated", call)
        }
        return PlexReply.object(
            200, "user",
            [
                ("id", .int(1_000_000)), ("uuid", "00d3mo"), ("username", .string(session.account)),
                ("title", .string(session.account)), ("email", "demo@example.invalid"),
                ("thumb", .string(call.url("web", "/users/00d3mo/avatar"))),
                ("authToken", .string(session.accessToken)),
            ], call)
    }

    @Sendable private static func signOut(_ call: Call, _ state: inout ProviderState) -> Response {
        guard state.server.revoke(field("X-Plex-Token", call) ?? "") else {
            return PlexReply.error(401, 1001, "User could not be authenticated", call)
        }
        return .empty(204)
    }

    /// The auth app. Its real parameters stand behind `#`, which a page without a script does not see: it then takes
    /// the newest strong PIN that waits.
    @Sendable private static func strongPage(_ call: Call, _ state: inout ProviderState) -> Response {
        let code = call.form("user_code") ?? call.query("code")
        let newest = state.server.pending(at: call.now).first(where: \.isStrong)
        guard let grant = code.map({ state.server.grant(userCode: $0, at: call.now) }) ?? newest else {
            return Page.message(404, "Nothing waits", "No application waits for a sign-in.", provider: .plex)
        }
        if call.request.method == "POST" {
            let answer = CodePage.decide(grant, call, &state)
            guard answer.status == 200, let forward = call.query("forwardUrl") else { return answer }
            return ConsentPage.go(to: forward, adding: [], provider: .plex)
        }
        let fields: HTML = """
            <p>\(grant.clientName) wants to use your account.</p>
            <input type="hidden" name="user_code" value="\(grant.userCode)">
            """
        let form = Page.form(fields, account: state.behaviour.account)
        return .page(200, Page.whole("Connect an application", provider: .plex, form))
    }
}
