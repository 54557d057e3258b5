/// Ending a link at the provider (RFC 7009), as a pure value. Whatever comes of it, the local tokens are forgotten.
public struct Revoke: Sendable {
    /// What a revocation came to.
    public enum Outcome: Sendable, Equatable {
        /// The link is ended at the provider.
        case revoked
        /// It may still be there: show the provider's own page for it.
        case failed(FlowProblem)
    }

    private let context: FlowContext
    private let tokens: TokenSet
    private let call: Call

    /// A revocation; `nil` when the provider has none for this method.
    public init?(_ tokens: TokenSet, in context: FlowContext) {
        guard let call = context.provider.revoke(for: context.method), context.hasAddress(call) else { return nil }
        self.context = context
        self.tokens = tokens
        self.call = call
    }

    /// The request. Standard requests send the refresh token where there is one, which ends both.
    public func request() throws(FlowProblem) -> OutgoingRequest {
        try call.request.request(in: Scope(context: context, tokens: tokens))
    }

    /// What the outcome means. A token that the provider does not know any more (401) is as good as revoked.
    public func outcome(of exchange: Exchange, at now: Double) -> Outcome {
        let reading = call.read(exchange, at: now)
        let sentences = Sentences(Scope(context: context, tokens: tokens))
        if let rule = reading.rule, rule.then == .ok { return .revoked }
        if let problem = sentences.ending(reading) { return .failed(problem) }
        return reading.isSuccess || reading.httpStatus == 401 ? .revoked : .failed(sentences.unexplained(reading))
    }
}
