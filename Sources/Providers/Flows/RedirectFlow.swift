internal import Crypto

/// The authorization code grant (RFC 6749 section 4.1) with state, PKCE (RFC 7636) and the issuer check (RFC 9207).
///
/// A pure value, like `PollingFlow`. The life of the state is ten minutes. Find the flow by the `state` of the callback
/// and by the browser that began it, then give it the callback: it compares the state once more.
///
/// SECURITY: it holds the PKCE verifier. `json` is for the vault only.
public struct RedirectFlow: Sendable, Equatable {
    /// What happens to the flow.
    public enum Event: Sendable, Equatable {
        /// The person clicked.
        case begin(FlowSecrets)
        /// The provider sent the browser back, with these query items in order.
        case callback([Parameter])
        /// The outcome of the request that the last step sent.
        case answer(Exchange)
        /// `expiresAt` has come while the browser was away.
        case due
    }

    /// The life of a state, in seconds.
    public static let life = 600.0

    /// The id of the method.
    public let method: String
    /// How it stands.
    public internal(set) var status = FlowStatus.authorizationPending
    /// What to tell the person: a sentence.
    public internal(set) var message = ""
    /// What the person can do about it: a sentence, or empty.
    public internal(set) var hint = ""
    /// Where to send the browser; empty before the flow has begun.
    public internal(set) var authorizationURL = ""
    /// The redirect URI that was sent; the exchange sends the very same bytes.
    public internal(set) var redirectURI = ""
    /// When the flow ends by itself, in seconds since 1970.
    public internal(set) var expiresAt: Double = 0
    /// The state that the callback must bring.
    public internal(set) var state = ""
    /// What the flow yielded, once `status` is `ok`. Store it before anything else is done with it.
    public internal(set) var tokens: TokenSet?

    var codeVerifier = ""
    /// Which request is under way: -1 none yet, 0 the exchange, from 1 the requests after it.
    var stage = -1
    var values: [String: String] = [:]

    /// A flow that has not begun.
    public init(method: SignInMethod) {
        self.method = method.id
    }

    /// Whether the browser may still come back.
    public var isWaiting: Bool { status.isPending && stage < 0 && !authorizationURL.isEmpty }

    /// Takes an event and says what to do.
    ///
    /// - Parameter now: seconds since 1970.
    public mutating func handle(_ event: Event, at now: Double, in context: FlowContext) -> Step {
        switch event {
        case .begin(let secrets): return begin(secrets, at: now, in: context)
        case .callback(let parameters): return callback(parameters, at: now, in: context)
        case .answer(let exchange): return answered(exchange, at: now, in: context)
        case .due: if isWaiting, now >= expiresAt { end(Sentences(context).problem(.expiredToken)) }
        }
        return .none
    }

    private mutating func begin(_ secrets: FlowSecrets, at now: Double, in context: FlowContext) -> Step {
        guard authorizationURL.isEmpty, let authorize = context.method.authorize else { return .none }
        if let problem = context.provider.redirectProblem(context.redirectURI) { return .refused(problem) }
        state = secrets.state
        codeVerifier = secrets.codeVerifier
        redirectURI = context.redirectURI
        do throws(FlowProblem) {
            authorizationURL = try authorize.text(in: scope(context))
        } catch {
            return .refused(error)
        }
        expiresAt = now + Self.life
        message = Sentences(context).problem(.authorizationPending).message
        return .none
    }

    /// Ends the flow and forgets its secrets.
    mutating func end(_ problem: FlowProblem) {
        status = problem.status
        message = problem.message
        hint = problem.hint
        codeVerifier = ""
        values = [:]
    }

    func scope(_ context: FlowContext) -> Scope {
        var flow = values
        flow["state"] = state
        flow["redirect_uri"] = redirectURI
        var bound = context
        bound.redirectURI = redirectURI
        flow["return_url"] = bound.returnURL(state: state)
        switch context.method.proofKey {
        case .s256: flow["code_challenge"] = Base64URL.encode(Crypto.sha256(codeVerifier.utf8))
        case .plain: flow["code_challenge"] = codeVerifier
        case .none: break
        }
        if context.method.proofKey != .none {
            flow["code_verifier"] = codeVerifier
            flow["code_challenge_method"] = context.method.proofKey.rawValue
        }
        return Scope(context: context, flow: flow)
    }
}
