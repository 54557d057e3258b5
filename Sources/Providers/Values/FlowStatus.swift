/// The state of a sign-in, the same words for every provider; RFC 8628 section 3.5 where it has one.
///
/// The rules of a provider's description map its dialect to these.
public enum FlowStatus: String, Sendable, Equatable, CaseIterable {
    /// The person has not decided yet.
    case authorizationPending = "authorization_pending"
    /// As `authorizationPending`, and the provider wants to be asked less often.
    case slowDown = "slow_down"
    /// Linked.
    case ok
    /// The person said no.
    case accessDenied = "access_denied"
    /// The code or the page was not used in time.
    case expiredToken = "expired_token"
    /// The code was approved or spent before.
    case alreadyUsed = "already_used"
    /// The provider does not know the code.
    case invalidCode = "invalid_code"
    /// The provider does not accept this app: its keys, its redirect URI, its scopes.
    case appRejected = "app_rejected"
    /// The provider gave no usable answer: it is down, out of reach, or its answer makes no sense.
    case unreachable
    /// The certificate of the person's own server is not trusted.
    case tlsUntrusted = "tls_untrusted"
    /// At the address of the person's own server is something else.
    case wrongProduct = "wrong_product"
    /// The person's own server is too old.
    case tooOld = "too_old"
    /// What the sign-in needs is switched off at the person's own server.
    case featureDisabled = "feature_disabled"
    /// The entered credentials are not accepted.
    case unauthorized
    /// The person gave up here.
    case cancelled

    /// Whether the sign-in goes on.
    public var isPending: Bool { self == .authorizationPending || self == .slowDown }
}

/// Something that did not work, in words for the person in front of the page. Never holds a secret.
public struct FlowProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind: a `FlowStatus` word, or `misconfigured`, `invalid_state`, `invalid_issuer`.
    public var code: String
    /// What happened: a sentence.
    public var message: String
    /// What to do about it: a sentence, or empty.
    public var hint: String

    /// A problem.
    public init(code: String, message: String, hint: String = "") {
        self.code = code
        self.message = message
        self.hint = hint
    }

    init(_ status: FlowStatus, _ message: String, hint: String = "") {
        self.init(code: status.rawValue, message: message, hint: hint)
    }

    /// The state in which a flow ends by this problem.
    public var status: FlowStatus {
        switch code {
        case "misconfigured": .appRejected
        case "invalid_state", "invalid_issuer": .invalidCode
        default: FlowStatus(rawValue: code) ?? .unreachable
        }
    }

    /// Message and hint.
    public var description: String { hint.isEmpty ? message : "\(message) \(hint)" }
}

/// What a flow wants done after an event.
public enum Step: Sendable, Equatable {
    /// Nothing now. The flow's properties say how it stands.
    case none
    /// Send this request and give the outcome back as an answer.
    case send(OutgoingRequest)
    /// The event was refused and changed nothing: the flow goes on as before.
    case refused(FlowProblem)
}
