internal import Crypto

/// The part that all providers share: codes, polls, approvals, tokens, their exchange and their end (RFC 6749,
/// RFC 7636, RFC 7009, RFC 8628). The dialects only put it into their words. It is a value and has no clock.
struct AuthorizationServer: Sendable {
    /// How new tokens and codes of the provider look.
    struct Style: Sendable {
        var accessToken: @Sendable () throws(Crypto.Failure) -> String
        var refreshToken: (@Sendable () throws(Crypto.Failure) -> String)?
        /// Whether one client has at most one session of an account (Plex).
        var oneSessionPerClient = false

        /// Access tokens of so many random bytes in hexadecimal digits, and no refresh tokens.
        static func hex(_ bytes: Int) -> Style {
            Style(accessToken: { () throws(Crypto.Failure) in try RandomCode.hex(bytes: bytes) }, refreshToken: nil)
        }
    }

    private struct AccessToken: Sendable {
        let session: Int
        let expiresAt: Int?
    }

    let style: Style
    private var serial = 100_000_000
    private var grants: [Int: DeviceGrant] = [:]
    private var grantBySecret: [String: Int] = [:]
    private var codes: [String: AuthorizationCode] = [:]
    private var accessTokens: [String: AccessToken] = [:]
    private var refreshTokens: [String: Int] = [:]
    private(set) var sessions: [Int: Session] = [:]
    /// All that clients were handed and nobody else may see, the newest thousand at least.
    private(set) var secrets = IssuedSecrets()

    init(style: Style) { self.style = style }

    private mutating func nextSerial() -> Int {
        serial += 1
        return serial
    }

    // MARK: Device codes, PINs and request tokens

    /// Begins a sign-in. `secret` is `nil` where the number of the sign-in is the secret (Plex's PIN id).
    mutating func begin(
        secret: String?, userCode: String, clientID: String, clientName: String, scope: String = "", now: Int,
        lifetime: Int
    ) -> DeviceGrant {
        let id = nextSerial()
        if id.isMultiple(of: 1024) { forgetOldGrants(now) }
        let grant = DeviceGrant(
            id: id, secret: secret ?? String(id), userCode: userCode, clientID: clientID, clientName: clientName,
            scope: scope, expiresAt: now + lifetime, issuedAt: now)
        grants[id] = grant
        grantBySecret[grant.secret] = id
        secrets.add(grant.secret, to: \.device)
        return grant
    }

    /// A demonstration may run for weeks: what ended an hour ago is forgotten now and then.
    private mutating func forgetOldGrants(_ now: Int) {
        grants = grants.filter { $0.value.expiresAt + 3600 > now }
        grantBySecret = grantBySecret.filter { grants[$0.value] != nil }
    }

    /// The sign-in that a client asks about.
    func grant(secret: String) -> DeviceGrant? { grantBySecret[secret].flatMap { grants[$0] } }

    func grant(id: Int) -> DeviceGrant? { grants[id] }

    /// The sign-in that a person means: letters of either case, with or without the dash and spaces.
    func grant(userCode: String, at now: Int) -> DeviceGrant? {
        let wanted = Self.canonical(userCode)
        guard !wanted.isEmpty else { return nil }
        return grants.values.filter { Self.canonical($0.userCode) == wanted }
            .max { ($0.isPending(at: now) ? 1 : 0, $0.id) < ($1.isPending(at: now) ? 1 : 0, $1.id) }
    }

    /// The sign-ins that wait for a person, newest first.
    func pending(at now: Int) -> [DeviceGrant] {
        grants.values.filter { $0.isPending(at: now) }.sorted { $0.id > $1.id }
    }

    /// Changes one sign-in.
    mutating func update(_ id: Int, _ change: (inout DeviceGrant) -> Void) {
        guard var grant = grants[id] else { return }
        change(&grant)
        grants[id] = grant
    }

    /// Writes down what the person has said; false when there is nothing to decide any more.
    mutating func decide(_ id: Int, _ decision: DeviceGrant.Decision, now: Int) -> Bool {
        guard let grant = grants[id], grant.isPending(at: now) else { return false }
        update(id) { $0.decision = decision }
        return true
    }

    /// Ends all sign-ins that wait, as if their time had passed.
    mutating func expireAll(now: Int) {
        for id in grants.keys { update(id) { $0.expiresAt = min($0.expiresAt, now) } }
    }

    /// One poll. `early` is called when the client did not wait for the interval and says whether that is refused.
    mutating func poll(
        secret: String, clientID: String?, now: Int, interval: Int, tokenLifetime: Int?, early: () -> Bool
    ) throws(Crypto.Failure) -> DevicePoll {
        guard let grant = grant(secret: secret), grant.clientID == clientID ?? grant.clientID else { return .unknown }
        let isEarly = grant.lastPoll.map { now - $0 < interval - 1 } ?? false
        update(grant.id) { $0.lastPoll = now }
        if grant.session != nil { return .used }
        if now >= grant.expiresAt { return .expired }
        if isEarly && early() { return .slowDown }
        switch grant.decision {
        case .undecided: return .pending
        case .denied: return .denied
        case .approved(let account):
            let session = try issue(
                clientID: grant.clientID, account: account, scope: grant.scope, now: now, lifetime: tokenLifetime)
            update(grant.id) { $0.session = session }
            return .approved(session)
        }
    }

    private static func canonical(_ userCode: String) -> String {
        String(userCode.uppercased().filter { $0.isLetter || $0.isNumber })
    }

    // MARK: Authorization codes

    /// Makes a code for an approval in the browser.
    mutating func authorize(_ request: AuthorizationRequest, account: String, now: Int, lifetime: Int)
        throws(Crypto.Failure) -> AuthorizationCode
    {
        let code = AuthorizationCode(
            code: try Crypto.randomToken(), clientID: request.clientID, redirectURI: request.redirectURI,
            challenge: request.challenge, scope: request.scope, account: account, expiresAt: now + lifetime)
        codes[code.code] = code
        secrets.add(code.code, to: \.codes)
        return code
    }

    /// Takes a code: whatever comes of it, it never works again (RFC 6749 section 4.1.2).
    mutating func take(code: String) -> AuthorizationCode? { codes.removeValue(forKey: code) }

    // MARK: Tokens

    /// A new session with fresh tokens.
    mutating func issue(clientID: String, account: String, scope: String, now: Int, lifetime: Int?)
        throws(Crypto.Failure) -> Session
    {
        if style.oneSessionPerClient {
            for old in sessions.values where old.clientID == clientID && old.account == account { end(old.id) }
        }
        let session = Session(
            id: nextSerial(), clientID: clientID, account: account, scope: scope,
            accessToken: try style.accessToken(), refreshToken: try style.refreshToken?(), issuedAt: now,
            expiresAt: lifetime.map { now + $0 })
        remember(session)
        return session
    }

    /// Exchanges a refresh token. With `rotates` the old one dies at once; without it the access token does.
    mutating func refresh(_ token: String, clientID: String, rotates: Bool, now: Int, lifetime: Int?)
        throws(Crypto.Failure) -> Session?
    {
        guard let id = refreshTokens[token], var session = sessions[id], session.clientID == clientID else {
            return nil
        }
        if rotates {
            refreshTokens[token] = nil
            session.refreshToken = try style.refreshToken?()
        } else {
            accessTokens[session.accessToken] = nil
        }
        session.accessToken = try style.accessToken()
        session.issuedAt = now
        session.expiresAt = lifetime.map { now + $0 }
        remember(session)
        return session
    }

    /// The session of an access token that is good now.
    func session(accessToken: String, now: Int) -> Session? {
        guard let token = accessTokens[accessToken], token.expiresAt.map({ now < $0 }) ?? true else { return nil }
        return sessions[token.session]
    }

    /// Ends the session of an access or refresh token; false when there is none (RFC 7009 answers 200 all the same).
    @discardableResult
    mutating func revoke(_ token: String) -> Bool {
        guard let id = accessTokens[token]?.session ?? refreshTokens[token] else { return false }
        end(id)
        return true
    }

    /// Ends all sessions, as when a person removes the app from the account.
    mutating func endSessions() { for id in sessions.keys { end(id) } }

    private mutating func remember(_ session: Session) {
        sessions[session.id] = session
        for token in [session.accessToken, session.refreshToken].compactMap(\.self) { secrets.add(token, to: \.tokens) }
        accessTokens[session.accessToken] = AccessToken(session: session.id, expiresAt: session.expiresAt)
        if let refresh = session.refreshToken { refreshTokens[refresh] = session.id }
    }

    private mutating func end(_ id: Int) {
        sessions[id] = nil
        accessTokens = accessTokens.filter { $0.value.session != id }
        refreshTokens = refreshTokens.filter { $0.value != id }
    }
}
