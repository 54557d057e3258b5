internal import HTTP
internal import Providers

/// One row of the table of endpoints: every path that Latchkey answers besides the built files.
struct Endpoint: Sendable {
    /// What a handler is given.
    struct Call: Sendable {
        let request: Request
        /// The provider that the path names; nil where the path names none.
        let provider: Provider?
        /// Who calls. Where everyone may call, it may be nobody who is known.
        let visitor: Visitor?
        let id: AccountID
    }

    typealias Handler = @Sendable (Companion) -> @Sendable (Call) async throws(Problem) -> Response

    /// `GET` or `POST`. `HEAD` is answered where `GET` is.
    let method: String
    /// Whether it changes state: `POST` does, and some `GET`s whose names are not ours (`OriginGuard.checkRead`).
    let changes: Bool
    /// Whether apps may call it with an API key, for the accounts that the key opens.
    let takesKeys: Bool
    /// The path; `{p}` stands for the name of a provider.
    let path: String
    /// Who may call it.
    let access: Access
    /// What the audit log calls it; nil where answers leave nothing there by themselves.
    let audit: AuditEvent?
    let handle: Handler
    /// The path before and after the slot; one part when there is no slot.
    private let parts: [String]

    init(
        _ method: String, _ path: String, _ access: Access, changes: Bool? = nil, takesKeys: Bool = false,
        audit: AuditEvent? = nil, _ handle: @escaping Handler
    ) {
        self.takesKeys = takesKeys
        self.method = method
        self.changes = changes ?? (method == "POST")
        self.path = path
        self.access = access
        self.audit = audit
        self.handle = handle
        parts = Self.parts(of: path)
    }

    private static func parts(of path: String) -> [String] {
        let slot = "{p}"
        guard let start = path.indices.first(where: { path[$0...].hasPrefix(slot) }) else { return [path] }
        return [String(path[..<start]), String(path[start...].dropFirst(slot.count))]
    }

    /// The provider's name when a path fits a pattern with `{p}`, an empty text when it fits one without, else nil.
    func fit(_ path: String) -> Substring? {
        guard parts.count == 2 else { return path == self.path ? "" : nil }
        let (before, after) = (parts[0], parts[1])
        guard path.hasPrefix(before), path.hasSuffix(after), path.utf8.count > before.utf8.count + after.utf8.count
        else {
            return nil
        }
        let name = path.dropFirst(before.count).dropLast(after.count)
        return name.contains("/") ? nil : name
    }
}

extension Endpoint {
    /// All endpoints. What is not here does not exist.
    static let table = own + nowPlaying

    /// Those whose names are ours.
    ///
    /// SECURITY: signing in and out is for everyone. So is our own request to the public address, which proves whose it
    /// is. A callback is, too, because the session may have ended while somebody was at the provider; it is believed
    /// only from the browser with the cookie of that sign-in.
    private static let own: [Endpoint] = [
        Endpoint("GET", "/healthz", .everyone, Companion.readHealth),
        Endpoint("GET", "/sign-in/", .everyone, Companion.openSignIn),
        Endpoint("POST", "/sign-in/", .everyone, Companion.signIn),
        Endpoint("GET", "/sign-in/callback/", .everyone, Companion.finishSignIn),
        Endpoint("POST", "/api/sign-out", .everyone, Companion.signOut),
        Endpoint("GET", "/api/config", .signedIn, Companion.readConfig),
        Endpoint("POST", "/api/config", .signedIn, Companion.changeConfig),
        Endpoint("GET", "/api/status", .signedIn, Companion.readAllStatus),
        Endpoint("GET", "/api/events", .signedIn, Companion.openEvents),
        Endpoint("GET", "/api/address/check", .signedIn, Companion.checkAddress),
        Endpoint("GET", "/api/address/echo", .everyone, Companion.echoAddress),
        Endpoint("GET", "/api/token/{p}", .app, Companion.readToken),
        Endpoint("POST", "/api/token/{p}/rejected", .app, Companion.rejectToken),
        Endpoint("GET", "/api/accounts", .signedIn, Companion.readAccounts),
        Endpoint("POST", "/api/{p}/account/remove", .signedIn, audit: .removalAsked, Companion.removeAccount),
        Endpoint("GET", "/api/apikeys", .signedIn, Companion.readApiKeys),
        Endpoint("POST", "/api/apikeys/revoke", .signedIn, Companion.revokeApiKey),
        Endpoint("GET", "/api/{p}/status", .signedIn, Companion.readStatus),
        Endpoint("GET", "/api/{p}/avatar", .signedIn, Companion.readAvatar),
        Endpoint("POST", "/api/{p}/pin/new", .signedIn, audit: .connectAsked, Companion.beginPin),
        Endpoint("GET", "/api/{p}/pin/status", .signedIn, Companion.readPin),
        Endpoint("POST", "/api/{p}/pin/cancel", .signedIn, Companion.cancelPin),
        Endpoint("POST", "/api/{p}/authorize", .signedIn, audit: .connectAsked, Companion.authorize),
        Endpoint("GET", "/{p}/oauth-callback/", .everyone, Companion.finishAuthorization),
        Endpoint("POST", "/api/{p}/refresh", .signedIn, audit: .refreshAsked, Companion.refresh),
        Endpoint("POST", "/api/{p}/disconnect", .signedIn, audit: .disconnectAsked, Companion.disconnect),
        Endpoint("POST", "/api/{p}/token/reveal", .signedIn, audit: .revealed, Companion.reveal),
    ]
}
