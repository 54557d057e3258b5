/// One refresh of a token set, as a pure value: the request, and what its outcome means.
///
/// Only one may run for an account at a time, and the new tokens must be durable before anybody uses them: many
/// providers spend the old refresh token with the first request.
public struct Refresh: Sendable {
    /// What an answer came to.
    public enum Outcome: Sendable, Equatable {
        /// There is another request to send. These tokens take the places of the old ones before it is: the access token is
        /// still the old one, and the refresh token may be spent.
        case step(TokenSet)
        /// New tokens. What the provider left out is kept from the old ones.
        case refreshed(TokenSet)
        /// The link is dead: the person must sign in again.
        case reconnect(FlowProblem)
        /// The provider does not accept this app any more; the tokens may still be good.
        case misconfigured(FlowProblem)
        /// Nothing is known: keep the tokens and try again, not before this many seconds where the provider said so.
        case retry(after: Double?, FlowProblem)
    }

    private let context: FlowContext
    private var tokens: TokenSet
    /// The requests that have not been answered.
    private var calls: [Call]
    /// What was learned from those that have.
    private var values: [String: String] = [:]

    /// A refresh; `nil` when the provider has none for this method, or when it needs a refresh token and there is none.
    public init?(_ tokens: TokenSet, in context: FlowContext) {
        guard let call = context.provider.refresh(for: context.method) else { return nil }
        if tokens.refreshToken == nil, call.request.names.contains("refresh_token") { return nil }
        self.context = context
        self.tokens = tokens
        calls = [call] + context.provider.refreshSteps(for: context.method)
    }

    /// The request that is next.
    public func request() throws(FlowProblem) -> OutgoingRequest {
        guard let call = calls.first else { throw Sentences(context).notWaiting() }
        return try call.request.request(in: scope)
    }

    private var scope: Scope { Scope(context: context, flow: values, tokens: tokens) }

    /// What the answer to the request means. `now` in seconds since 1970.
    public mutating func outcome(of exchange: Exchange, at now: Double) -> Outcome {
        let sentences = Sentences(scope)
        guard let reading = calls.first?.read(exchange, at: now) else {
            return .retry(after: nil, sentences.notWaiting())
        }
        switch reading.rule?.then {
        case .accessDenied?, .expiredToken?, .alreadyUsed?, .invalidCode?, .unauthorized?, .cancelled?:
            return .reconnect(sentences.reconnect(reading.rule))
        case .appRejected?, .wrongProduct?, .tooOld?, .featureDisabled?:
            let status = reading.rule?.then ?? .appRejected
            return .misconfigured(sentences.problem(status, rule: reading.rule, error: reading.error))
        case .authorizationPending?, .slowDown?, .unreachable?, .tlsUntrusted?:
            return .retry(after: reading.retryAfter, sentences.later(reading))
        case .ok?, nil: break
        }
        if reading.isTransient { return .retry(after: reading.retryAfter, sentences.later(reading)) }
        if calls.count > 1, reading.isProof { return step(reading) }
        do throws(FlowProblem) {
            let extras = tokens.extras.merging(context.kept(values)) { $1 }
            guard let new = try reading.tokens(at: now, in: context, extras: extras, earlier: values) else {
                return unexplained(reading)
            }
            return .refreshed(merged(new))
        } catch {
            return .retry(after: reading.retryAfter, error)
        }
    }

    private mutating func step(_ reading: Reading) -> Outcome {
        calls.removeFirst()
        values.merge(reading.values) { $1 }
        // SECURITY: the old access token is for the provider's API; no later request gets it in the place of one that did not
        // come.
        if values["access_token"] == nil { values["access_token"] = "" }
        tokens.refreshToken = reading.refreshToken ?? tokens.refreshToken
        return .step(tokens)
    }

    /// A 401 is about this token, a 403 about this app; anything else proves nothing about the token.
    private func unexplained(_ reading: Reading) -> Outcome {
        let sentences = Sentences(scope)
        switch reading.httpStatus {
        case 401?: return .reconnect(sentences.reconnect(nil))
        case 403?: return .misconfigured(sentences.unexplained(reading))
        default: return .retry(after: reading.retryAfter, sentences.unexplained(reading))
        }
    }

    private func merged(_ new: TokenSet) -> TokenSet {
        var merged = new
        merged.refreshToken = new.refreshToken ?? tokens.refreshToken
        merged.tokenType = new.tokenType ?? tokens.tokenType
        merged.scope = new.scope ?? tokens.scope
        merged.redirectURI = tokens.redirectURI
        return merged
    }
}

extension Sentences {
    func reconnect(_ rule: Rule?) -> FlowProblem {
        FlowProblem(
            .invalidCode, rule?.message ?? "\(provider.label) has ended this link.",
            hint: rule?.hint ?? "Sign in again.")
    }

    func later(_ reading: Reading) -> FlowProblem {
        if reading.rule?.then.isPending == true {
            return FlowProblem(.slowDown, "\(provider.label) asked for patience.", hint: "It is tried again by itself.")
        }
        var problem = unexplained(reading)
        problem.hint = "It is tried again by itself."
        return problem
    }
}
