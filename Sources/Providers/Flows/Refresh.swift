/// One refresh of a token set, as a pure value: the request, and what its outcome means.
///
/// Only one may run for an account at a time, and the new tokens must be durable before anybody uses them: many
/// providers spend the old refresh token with the first request.
public struct Refresh: Sendable {
    /// What a refresh came to.
    public enum Outcome: Sendable, Equatable {
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
    private let tokens: TokenSet
    private let call: Call

    /// A refresh; `nil` when the provider has none for this method, or when it needs a refresh token and there is none.
    public init?(_ tokens: TokenSet, in context: FlowContext) {
        guard let call = context.provider.refresh(for: context.method) else { return nil }
        if tokens.refreshToken == nil, call.request.names.contains("refresh_token") { return nil }
        self.context = context
        self.tokens = tokens
        self.call = call
    }

    /// The request.
    public func request() throws(FlowProblem) -> OutgoingRequest {
        try call.request.request(in: Scope(context: context, tokens: tokens))
    }

    /// What the outcome means. `now` in seconds since 1970.
    public func outcome(of exchange: Exchange, at now: Double) -> Outcome {
        let reading = call.read(exchange, at: now)
        let sentences = Sentences(context)
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
        do throws(FlowProblem) {
            guard let new = try reading.tokens(at: now, in: context, extras: tokens.extras) else {
                return unexplained(reading)
            }
            return .refreshed(merged(new))
        } catch {
            return .retry(after: reading.retryAfter, error)
        }
    }

    /// A 401 is about this token, a 403 about this app; anything else proves nothing about the token.
    private func unexplained(_ reading: Reading) -> Outcome {
        let sentences = Sentences(context)
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
