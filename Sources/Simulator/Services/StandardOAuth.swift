internal import Crypto
internal import HTTP
internal import JSON

/// How a provider speaks that follows RFC 6749, 7009, 7636 and 8628, with its own words for some of it. A table of these
/// describes most providers (`StandardOAuth.of`).
struct StandardOAuth: Sendable {
    /// An endpoint: one of the provider's hosts, and a path there.
    struct Place: Sendable {
        let host: String
        let path: String

        init(_ host: String, _ path: String) {
            self.host = host
            self.path = path
        }
    }

    /// How the app proves itself at the token endpoint.
    enum ClientProof: Sendable {
        /// By `client_secret` in the body, where it has one.
        case body
        /// By HTTP Basic, whose password may be empty.
        case basic
    }

    /// What an answer to a refresh brings.
    enum Refreshing: Sendable {
        case none
        /// A new refresh token each time; the old one is spent.
        case rotates
        /// No refresh token: the old one stays.
        case keeps
    }

    /// The device flow.
    struct Device: Sendable {
        let start: Place
        /// Where it is polled; the token endpoint when nil.
        var poll: Place?
        let page: Place
        var grantType = "urn:ietf:params:oauth:grant-type:device_code"
        /// What the device code is called in a poll.
        var code = "device_code"
        /// What must be in the start besides the client.
        var wanted: [String: String] = [:]
        /// The query of the page that has the code in it; nil when the answer names no such page.
        var complete: String?
        var userCode: @Sendable () throws(Crypto.Failure) -> String = { () throws(Crypto.Failure) in
            try RandomCode.make(8, from: "BCDFGHJKLMNPQRSTVWXZ")
        }
        /// The status of what is no token.
        var status = 400
        /// Statuses and words that are not those of RFC 8628.
        var expired = (400, "expired_token")
        var unknown = (400, "invalid_grant")
        var denied = "access_denied"
        /// Whether apps that use codes are public ones, which must not send a secret.
        var isPublic = false
    }

    /// Who am I.
    struct Identity: Sendable {
        var method = "GET"
        let place: Place
        let answer: @Sendable (_ account: String) -> JSON
        /// Adds the address of the account's picture to the answer.
        var picture: (@Sendable (_ answer: inout JSON, _ address: String) -> Void)?
        /// What the answer to a wrong token is.
        var refusal: @Sendable () -> Response = { .oauthError(401, "invalid_token", "The access token is not valid") }
    }

    let label: String
    let hosts: [String]
    let token: Place
    var device: Device?
    var authorize: Place?
    var proof = AuthorizationRequest.ProofKey.s256
    var requiresProof = false
    var client = ClientProof.body
    /// Whether an app without a secret can do nothing.
    var needsSecret = false
    /// Whether token requests are JSON and not forms.
    var speaksJSON = false
    /// The words of a wrong client.
    var badClient = (401, "invalid_client")
    /// The word of a wrong authorization code, and its status.
    var badCode = (400, "invalid_grant")
    /// The scopes that there are; nil when the provider knows none.
    var scopes: [String]?
    /// Those that are granted and not listed in the answer.
    var unlisted: [String] = []
    var refreshing = Refreshing.none
    var revoke: (place: Place, method: String)?
    var identity: Identity?
    /// The query item of an API key, where those are taken, too.
    var keyParameter: String?
    /// Refuses redirect URIs of the host `localhost` (Spotify).
    var refusesLocalhost = false
    /// Whether it says its addresses itself (RFC 8414).
    var saysItsAddresses = false
    var interval = 5
    var expiresIn = 900
    var tokenExpiresIn: Int? = 3600

    /// API keys that are good begin so.
    static let keyPrefix = "demo-key-"

    var behaviour: Behaviour { Behaviour(interval: interval, expiresIn: expiresIn, tokenExpiresIn: tokenExpiresIn) }

    var dialect: Dialect {
        let refresh: @Sendable () throws(Crypto.Failure) -> String = { () throws(Crypto.Failure) in
            "rt_" + (try RandomCode.hex(bytes: 24))
        }
        return Dialect(
            style: AuthorizationServer.Style(
                accessToken: { () throws(Crypto.Failure) in "at_" + (try RandomCode.hex(bytes: 24)) },
                refreshToken: refreshing == .none ? nil : refresh),
            routes: routes, notFound: { _ in .oauthError(404, "not_found", "There is no such address") })
    }

    private var routes: [Route] {
        var routes = [route("POST", token, Self.token)]
        if let device {
            if device.start.path != token.path { routes.append(route("POST", device.start, Self.begin)) }
            if let poll = device.poll { routes.append(route("POST", poll, Self.token)) }
            routes += Route.page(device.page.host, device.page.path, CodePage.respond)
        }
        if let authorize {
            routes += Route.page(authorize.host, authorize.path) {
                (call: Call, state: inout ProviderState) throws(Crypto.Failure) -> Response in
                try self.authorize(call, &state)
            }
        }
        if saysItsAddresses {
            for name in ["openid-configuration", "oauth-authorization-server"] {
                routes.append(route("GET", Place(token.host, "/.well-known/" + name), Self.metadata))
            }
        }
        if let revoke { routes.append(route(revoke.method, revoke.place, Self.revoke)) }
        if let identity { routes.append(route(identity.method, identity.place, Self.identify)) }
        return routes
    }

    private func route(
        _ method: String, _ place: Place,
        _ handler: @escaping @Sendable (Self) -> (Call, inout ProviderState) throws(Crypto.Failure) -> Response
    ) -> Route {
        .endpoint(place.host, method, place.path) {
            (call: Call, state: inout ProviderState) throws(Crypto.Failure) -> Response in
            try handler(self)(call, &state)
        }
    }

    // MARK: Requests

    private func metadata(_ call: Call, _ state: inout ProviderState) throws(Crypto.Failure) -> Response {
        guard !(state.behaviour.isPlainOAuth && state.endpoint.hasSuffix("openid-configuration")) else {
            return .empty(404)
        }
        let places: [(name: String, place: Place?)] = [
            ("token_endpoint", token), ("authorization_endpoint", authorize), ("userinfo_endpoint", identity?.place),
            ("device_authorization_endpoint", device?.start), ("revocation_endpoint", revoke?.place),
        ]
        var answer: JSON = ["issuer": .string(state.behaviour.issuer ?? call.url(token.host, ""))]
        answer["token_endpoint_auth_methods_supported"] = state.behaviour.clientProofs.map {
            .array($0.map(JSON.string))
        }
        if state.behaviour.issuer != nil { answer["authorization_response_iss_parameter_supported"] = true }
        for (name, place) in places where !state.behaviour.missingEndpoints.contains(name) {
            if let place { answer[name] = .string(call.url(place.host, place.path)) }
        }
        return .json(200, answer)
    }

    /// A value of the body, in the way in which the provider reads it.
    func value(_ name: String, _ call: Call) -> String? { speaksJSON ? call.json(name) : call.form(name) }

    /// The app of a token request, or the answer that refuses it. The secret is looked at where `proves` is true.
    private func client(_ call: Call, _ state: inout ProviderState, proves: Bool = true) -> Result<String, Refused> {
        guard speaksJSON ? call.isJSON : call.isForm else {
            state.complain("wants \(speaksJSON ? "an object of JSON" : "a form")")
            return .failure(Refused(.oauthError(400, "invalid_request", "The body cannot be read")))
        }
        var (id, secret) = (value("client_id", call), value("client_secret", call))
        if saysItsAddresses, let pair = call.basic {
            // One way, and no other (RFC 6749 section 2.3).
            guard secret == nil, state.behaviour.clientProofs?.contains("client_secret_basic") ?? true else {
                return .failure(wrongClient)
            }
            (id, secret) = pair
        } else if saysItsAddresses, secret != nil {
            guard state.behaviour.clientProofs?.contains("client_secret_post") == true else {
                return .failure(wrongClient)
            }
        }
        if client == .basic {
            guard let pair = call.basic else { return .failure(wrongClient) }
            (id, secret) = pair
        }
        guard let id, state.behaviour.knows(client: id) else { return .failure(wrongClient) }
        if proves {
            let isMissing = needsSecret && (secret ?? "").isEmpty
            guard !isMissing, state.secretIsRight(secret) else { return .failure(wrongClient) }
        }
        return .success(id)
    }

    /// The answer that refuses an app.
    struct Refused: Error {
        let response: Response

        init(_ response: Response) { self.response = response }
    }

    private var wrongClient: Refused {
        Refused(.oauthError(badClient.0, badClient.1, "The app is not known, or its secret is wrong"))
    }

    /// What is granted of what was asked for; all that there is when nothing was.
    private func granted(_ asked: String?, _ state: ProviderState) -> String {
        guard let scopes else { return "" }
        let known = scopes.filter { !state.behaviour.refusedScopes.contains($0) }
        let granted = (asked ?? "").split(separator: " ").map(String.init).filter(known.contains)
        return (granted + state.behaviour.earlierScopes).joined(separator: " ")
    }

    private func begin(_ call: Call, _ state: inout ProviderState) throws(Crypto.Failure) -> Response {
        let id: String
        switch client(call, &state, proves: saysItsAddresses) {
        case .failure(let refused): return refused.response
        case .success(let known): id = known
        }
        guard let device else { return .empty(404) }
        for (name, wanted) in device.wanted where value(name, call) != wanted {
            return .oauthError(400, "invalid_request", "\(name) must be \(wanted)")
        }
        let grant = state.server.begin(
            secret: try Crypto.randomToken(), userCode: try device.userCode(), clientID: id, clientName: id,
            scope: granted(value("scope", call), state), now: call.now, lifetime: state.behaviour.expiresIn)
        let page = call.url(device.page.host, device.page.path)
        var answer: JSON = [
            "device_code": .string(grant.secret), "user_code": .string(grant.userCode),
            "verification_uri": .string(page), "expires_in": .int(state.behaviour.expiresIn),
            "interval": .int(state.behaviour.interval),
        ]
        if let name = device.complete, state.behaviour.givesCompleteURI {
            answer["verification_uri_complete"] = .string("\(page)?\(name)=\(grant.userCode)")
        }
        return .json(200, answer)
    }

    private func token(_ call: Call, _ state: inout ProviderState) throws(Crypto.Failure) -> Response {
        if let device, device.start.path == token.path, value("response_type", call) == "device_code" {
            return try begin(call, &state)
        }
        let grant = value("grant_type", call)
        let isPoll = device != nil && grant == device?.grantType
        let id: String
        switch client(call, &state, proves: !isPoll || saysItsAddresses) {
        case .failure(let refused): return refused.response
        case .success(let known): id = known
        }
        if isPoll, device?.isPublic == true, value("client_secret", call) != nil {
            return .oauthError(401, "invalid_client", "AADSTS700025: Client is public")
        }
        if isPoll { return try poll(call, id, &state) }
        switch grant {
        case "refresh_token" where refreshing != .none: return try refresh(call, id, &state)
        case "authorization_code" where authorize != nil: return try exchange(call, id, &state)
        default: return .oauthError(400, "unsupported_grant_type", "grant_type is not supported")
        }
    }

    private func poll(_ call: Call, _ id: String, _ state: inout ProviderState) throws(Crypto.Failure) -> Response {
        guard let device else { return .empty(404) }
        let secret = value(device.code, call) ?? ""
        return switch try state.poll(secret: secret, clientID: id, now: call.now) {
        case .approved(let session): .json(200, tokens(session))
        case .pending: .oauthError(device.status, "authorization_pending", "The person has not decided yet")
        case .slowDown: .oauthError(device.status, "slow_down", "Wait 5 seconds more between polls")
        case .denied: .oauthError(device.status, device.denied, "The person has denied")
        case .expired: .oauthError(device.expired.0, device.expired.1, "The device code has expired")
        case .used, .unknown: .oauthError(device.unknown.0, device.unknown.1, "The device code is unknown or was used")
        }
    }

    private func exchange(_ call: Call, _ id: String, _ state: inout ProviderState) throws(Crypto.Failure) -> Response {
        let exchange = CodeExchange(
            code: value("code", call), clientID: id, redirectURI: value("redirect_uri", call),
            verifier: value("code_verifier", call), hasSecret: true)
        switch exchange.check(&state, now: call.now) {
        case .failure(let refusal): return .oauthError(badCode.0, badCode.1, refusal.description)
        case .success(let code):
            let session = try state.server.issue(
                clientID: id, account: code.account, scope: code.scope, now: call.now,
                lifetime: state.behaviour.tokenExpiresIn)
            return .json(200, tokens(session))
        }
    }

    private func refresh(_ call: Call, _ id: String, _ state: inout ProviderState) throws(Crypto.Failure) -> Response {
        let session = try state.server.refresh(
            value("refresh_token", call) ?? "", clientID: id, rotates: refreshing == .rotates, now: call.now,
            lifetime: state.behaviour.tokenExpiresIn)
        guard let session else { return .oauthError(400, "invalid_grant", "The refresh token is not valid") }
        return .json(200, tokens(session, isNew: refreshing == .rotates))
    }

    private func tokens(_ session: Session, isNew: Bool = true) -> JSON {
        var answer: JSON = ["access_token": .string(session.accessToken), "token_type": "Bearer"]
        if let end = session.expiresAt { answer["expires_in"] = .int(end - session.issuedAt) }
        if isNew, let token = session.refreshToken { answer["refresh_token"] = .string(token) }
        if scopes != nil {
            let listed = session.scope.split(separator: " ").map(String.init).filter { !unlisted.contains($0) }
            answer["scope"] = .string(listed.joined(separator: " "))
        }
        return answer
    }

    private func revoke(_ call: Call, _ state: inout ProviderState) throws(Crypto.Failure) -> Response {
        // GitHub deletes a token that is in an object of JSON, with the app in HTTP Basic.
        if revoke?.method == "DELETE" {
            guard let pair = call.basic, state.behaviour.knows(client: pair.user), !pair.password.isEmpty else {
                return .oauthError(401, "Requires authentication", "")
            }
            return state.server.revoke(call.json("access_token") ?? "") ? .empty(204) : .empty(404)
        }
        if case .failure(let refused) = client(call, &state) { return refused.response }
        state.server.revoke(value("token", call) ?? "")
        return .json(200, [:])
    }

    private func authorize(_ call: Call, _ state: inout ProviderState) throws(Crypto.Failure) -> Response {
        if refusesLocalhost, call.query("redirect_uri")?.hasPrefix("http://localhost") == true {
            return Page.message(
                400, "This request is not valid", "INVALID_CLIENT: Insecure redirect URI", provider: state.provider)
        }
        return try ConsentPage.respond(
            call, &state, requiresPKCE: requiresProof, proof: proof, scope: granted(call.query("scope"), state))
    }

    private func identify(_ call: Call, _ state: inout ProviderState) throws(Crypto.Failure) -> Response {
        guard let identity else { return .empty(404) }
        let key = keyParameter.flatMap { call.query($0) }
        if let key, key.hasPrefix(Self.keyPrefix) { return .json(200, identity.answer(state.behaviour.account)) }
        guard let token = call.bearer, let session = state.server.session(accessToken: token, now: call.now) else {
            return identity.refusal()
        }
        var answer = identity.answer(session.account)
        identity.picture?(&answer, call.url(Picture.host, "/u/7"))
        return .json(200, answer)
    }
}
