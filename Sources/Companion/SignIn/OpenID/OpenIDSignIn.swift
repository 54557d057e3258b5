internal import Providers

/// How people sign in with an OpenID provider (OpenID Connect Core 1.0 section 3.1).
public struct OpenIDSettings: Sendable, Equatable {
    /// The issuer, exactly as the provider names itself: `https://id.example/realms/home`.
    public var issuer: String
    /// The client that is registered there, with `<public URL>sign-in/callback/` as its redirect URI.
    public var clientID: String
    /// Its secret; nil for a public client.
    public var clientSecret: String?
    /// Who may enter: subjects (`sub`), or addresses that the provider has verified. Empty: everybody whom it lets in.
    public var users: Set<String>
    /// Who may do what concerns everybody, named in the same way.
    public var administrators: Set<String>

    /// Settings.
    public init(
        issuer: String, clientID: String, clientSecret: String?, users: Set<String>, administrators: Set<String>
    ) {
        self.issuer = issuer
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.users = users
        self.administrators = administrators
    }
}

/// Signs people in with an OpenID provider: the authorization code flow with PKCE and state, in the browser that began
/// it, then the userinfo endpoint, which says who they are. No token is kept.
actor OpenIDSignIn {
    /// How a callback ended.
    enum Result: Sendable, Equatable {
        /// Somebody is known now, and wanted to go to this path.
        case entered(Visitor, next: String)
        /// The same browser was here before: a double click, or a reload.
        case again
        /// Nobody waits for this callback.
        case foreign(FlowEngine.Refusal)
        /// They may not enter, or nothing is known of them.
        case refused(Problem)
    }

    private struct Waiting {
        let key: FlowEngine.Key
        let next: String
        let expiresAt: Double
    }

    private let settings: OpenIDSettings
    private let parts: EngineParts
    private let people: KnownPeople?
    private var metadata: (OpenIDMetadata, readAt: Double)?
    private var book = RedirectBook()
    /// In the order in which they began.
    private var waiting: [Waiting] = []

    /// How many may be away at the provider at a time: beyond it the oldest are forgotten.
    private static let most = 10_000
    /// For how long metadata are believed, in seconds.
    private static let metadataLife = 3600.0

    /// - Parameter people: where it is noted by which names people are known who have entered.
    init(_ settings: OpenIDSettings, _ parts: EngineParts, _ people: KnownPeople? = nil) {
        (self.settings, self.parts, self.people) = (settings, parts, people)
    }

    /// The redirect URI of sign-ins, from the configured public URL alone.
    nonisolated var redirectURI: String { parts.publicURL + "sign-in/callback/" }

    /// The field that gives a browser a cookie of a sign-in for so many seconds; 0 takes it away.
    nonisolated func field(_ name: String, _ value: String, life: Int) -> String {
        CookieScope(publicURL: parts.publicURL).field(name, value, life: life, folder: "sign-in/")
    }

    /// Begins a sign-in.
    ///
    /// - Returns: where to send the browser, and the cookie by which it is known when it comes back.
    func begin(next: String) async throws(Problem) -> (url: String, cookie: FlowCookie) {
        let metadata = try await discover()
        let secrets = try Problem.orInternal(FlowSecrets.random)
        var flow = RedirectFlow(method: metadata.method)
        let context = context(metadata)
        if case .refused(let problem) = flow.handle(.begin(secrets), at: parts.clock.now, in: context) {
            throw Problem(problem)
        }
        let value = try FlowCookies.newValue()
        // A key of its own for each: the same person may begin in several browsers.
        let id = AccountID(owner: OpenIDMetadata.name, account: flow.state)
        let key = FlowEngine.Key(provider: OpenIDMetadata.name, id: id)
        forgetOld()
        book.add(RedirectBook.Entry(key: key, flow: flow, binding: FlowCookies.binding(value)))
        waiting.append(Waiting(key: key, next: next, expiresAt: flow.expiresAt))
        return (flow.authorizationURL, FlowCookie(OpenIDMetadata.name, state: flow.state, value: value))
    }

    /// The browser came back with these query items.
    func finish(_ parameters: [Parameter], _ cookies: FlowCookies) async -> Result {
        let states = parameters.filter { $0.name == "state" }.map(\.value)
        guard states.count == 1, let state = states.first, !state.isEmpty else { return .foreign(.noState) }
        let cookie = cookies.value(OpenIDMetadata.name, state: state)
        switch book.spend(state, provider: OpenIDMetadata.name, by: .browser(cookie), at: parts.clock.now) {
        case .foreign(let refusal): return .foreign(refusal)
        case .spent: return .again
        case .pending(let entry):
            let next = waiting.first { $0.key == entry.key }?.next ?? ""
            forget(entry.key)
            do throws(Problem) {
                return .entered(try await identify(entry.flow, parameters), next: next)
            } catch {
                return .refused(error)
            }
        }
    }

    private func forgetOld() {
        let now = parts.clock.now
        while let first = waiting.first, first.expiresAt <= now || waiting.count >= Self.most { forget(first.key) }
    }

    private func forget(_ key: FlowEngine.Key) {
        book.remove(key)
        if let place = waiting.firstIndex(where: { $0.key == key }) { waiting.remove(at: place) }
    }

    private func context(_ metadata: OpenIDMetadata) -> FlowContext {
        var values = ["client_id": settings.clientID]
        values["client_secret"] = settings.clientSecret
        return FlowContext(
            provider: metadata.provider, method: metadata.method, values: values, app: parts.app,
            redirectURI: redirectURI)
    }

    /// The metadata, asked for when they are not known or old.
    private func discover() async throws(Problem) -> OpenIDMetadata {
        if let metadata, parts.clock.now - metadata.readAt < Self.metadataLife { return metadata.0 }
        let address = OpenIDMetadata.address(of: settings.issuer)
        let request = OutgoingRequest(method: "GET", url: address, headers: [Parameter("Accept", "application/json")])
        guard case .response(let response) = await parts.transport.send(request), response.status == 200 else {
            throw OpenIDMetadata.problem("cannot be reached", settings.issuer)
        }
        let read = try OpenIDMetadata(
            response.body, issuer: settings.issuer, hasSecret: settings.clientSecret != nil)
        metadata = (read, parts.clock.now)
        return read
    }

    /// Exchanges the code, and asks who it is.
    private func identify(_ begun: RedirectFlow, _ parameters: [Parameter]) async throws(Problem) -> Visitor {
        let context = context(try await discover())
        var flow = begun
        var step = flow.handle(.callback(parameters), at: parts.clock.now, in: context)
        while case .send(let request) = step {
            step = flow.handle(.answer(await parts.transport.send(request)), at: parts.clock.now, in: context)
        }
        if case .refused(let problem) = step { throw Problem(problem) }
        guard let tokens = flow.tokens else {
            throw Problem(FlowProblem(code: flow.status.rawValue, message: flow.message, hint: flow.hint))
        }
        guard let identity = Identity(tokens, in: context) else { throw Problem(internal: "no identity request") }
        let request: OutgoingRequest
        do throws(FlowProblem) { request = try identity.request() } catch { throw Problem(error) }
        switch identity.outcome(of: await parts.transport.send(request), at: parts.clock.now) {
        case .account(let name, let id?, let more):
            let isVerified = more["verified"] == "true"
            return try visitor(id, name: name ?? id, address: isVerified ? more["email"] : nil)
        case .account: throw OpenIDMetadata.problem("does not say who you are", settings.issuer)
        case .refused(let problem), .failed(let problem): throw Problem(problem)
        }
    }

    /// SECURITY: people are known by the subject, which never changes hands, or by an address that was verified. The
    /// name that is shown is one that they may choose, and decides nothing (OpenID Connect Core 1.0 section 5.7).
    private func visitor(_ subject: String, name: String, address: String?) throws(Problem) -> Visitor {
        let names = [subject] + (address.map { [$0, $0.lowercased()] } ?? [])
        let owner = Visitor.owner(ofSubject: subject, issuer: settings.issuer)
        people?.note(names, of: owner, isAdmitted: settings.admits(names))
        guard settings.admits(names) else {
            throw Problem(
                403, "not_allowed", "'\(name)' may not enter.",
                hint: "Ask whoever runs Latchkey to allow the subject '\(subject)', or sign in as another.")
        }
        return Visitor(
            owner: owner, name: name,
            isAdministrator: OpenIDSettings.isListed(names, settings.administrators))
    }
}
