/// One sign-in that waits for a person: a device code (RFC 8628), a PIN or a request token.
struct DeviceGrant: Sendable {
    /// What the person has said.
    enum Decision: Sendable, Equatable {
        case undecided
        case approved(account: String)
        case denied
    }

    /// A number that is never used twice.
    let id: Int
    /// What the client shows when it polls: `device_code`, the PIN's id, the request token.
    let secret: String
    /// What the person types; empty when the person follows a link instead.
    let userCode: String
    /// The client that asked.
    let clientID: String
    /// What the client calls itself, for the person to read.
    let clientName: String
    /// The scope that was granted.
    let scope: String
    /// Where the approval page sends the browser afterwards (TMDB v4 names it at the start).
    var redirect: String?
    /// Whether the code is only for the approval page and too long to type (Plex's strong PIN).
    var isStrong = false
    /// When the sign-in ends, in seconds of the Unix epoch.
    var expiresAt: Int
    /// When it began.
    let issuedAt: Int
    /// What the person has said.
    var decision = Decision.undecided
    /// The session that was handed out.
    var session: Session?
    /// When the client polled last.
    var lastPoll: Int?

    func isPending(at now: Int) -> Bool { decision == .undecided && now < expiresAt }
}

/// What a poll finds out.
enum DevicePoll: Sendable {
    case unknown, pending, slowDown, denied, expired, used
    case approved(Session)
}

/// An authorization code (RFC 6749 section 4.1.2): good for one exchange.
struct AuthorizationCode: Sendable {
    let code: String
    let clientID: String
    let redirectURI: String
    /// The PKCE challenge (RFC 7636, S256); `nil` when the client sent none.
    let challenge: String?
    let scope: String
    let account: String
    let expiresAt: Int
}

/// An account that is linked to a client, with the tokens for it.
struct Session: Sendable, Equatable {
    let id: Int
    let clientID: String
    let account: String
    let scope: String
    var accessToken: String
    var refreshToken: String?
    var issuedAt: Int
    /// When the access token ends; `nil` when it does not.
    var expiresAt: Int?
}
