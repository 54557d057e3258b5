/// What the audit log tells of. The words stay: programs read them.
public enum AuditEvent: String, Sendable, CaseIterable {
    /// A server has begun to answer.
    case started
    /// A server ends.
    case stopped
    /// Tokens of a new sign-in with a provider are stored.
    case linked
    /// New tokens of a connection are stored.
    case refreshed
    /// The provider gives no new tokens.
    case reconnectNeeded = "reconnect_needed"
    /// A connection was forgotten.
    case unlinked
    /// Somebody began a sign-in with a provider.
    case connectAsked = "connect_asked"
    /// Somebody wanted new tokens.
    case refreshAsked = "refresh_asked"
    /// Somebody wanted a connection ended.
    case disconnectAsked = "disconnect_asked"
    /// Somebody wanted an account removed.
    case removalAsked = "removal_asked"
    /// Somebody was shown a token.
    case revealed
    /// Somebody had what is stored of a watched history removed.
    case historyForgotten = "history_forgotten"
    /// App keys were entered or cleared; their names are told.
    case configChanged = "config_changed"
    /// Somebody signed in to Latchkey.
    case signedIn = "signed_in"
    /// Somebody signed out.
    case signedOut = "signed_out"
    /// Somebody was not let in.
    case signInRefused = "sign_in_refused"
    /// A request was refused for where it came from.
    case requestRefused = "request_refused"
    /// The password of Latchkey was set.
    case passwordSet = "password_set"
    /// An API key was made.
    case keyMade = "api_key_made"
    /// An API key was revoked.
    case keyRevoked = "api_key_revoked"
    /// An API key was used for the first time of a day.
    case keyUsed = "api_key_used"
    /// A token was handed to an app, for the first time of a day with this key.
    case tokenGiven = "token_given"
    /// An app said that a token was refused.
    case tokenRejected = "token_rejected"
    /// The vault has another encryption key.
    case keyRotated = "key_rotated"
    /// Lines are missing, because the disk took none and too many waited.
    case linesLost = "lines_lost"

    init(_ kind: AccountChange.Kind) {
        switch kind {
        case .linked: self = .linked
        case .refreshed: self = .refreshed
        case .reconnectNeeded: self = .reconnectNeeded
        case .unlinked: self = .unlinked
        }
    }
}
