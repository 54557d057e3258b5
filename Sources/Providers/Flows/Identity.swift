/// Asking the provider whose account it is, as a pure value. It also proves that the token works.
public struct Identity: Sendable {
    /// What the provider said.
    public enum Outcome: Sendable, Equatable {
        /// The account's name and id, as far as the provider tells, and what else the description maps; `avatar` is the
        /// address of its picture.
        case account(name: String?, id: String?, more: [String: String])
        /// The provider does not accept the token.
        case refused(FlowProblem)
        /// Nothing is known.
        case failed(FlowProblem)
    }

    private let context: FlowContext
    private let tokens: TokenSet
    private let call: Call

    /// A question; `nil` when the provider has none for this method.
    public init?(_ tokens: TokenSet, in context: FlowContext) {
        guard let call = context.provider.identity(for: context.method), context.hasAddress(call) else { return nil }
        self.context = context
        self.tokens = tokens
        self.call = call
    }

    /// The request, with the token where apps send it.
    public func request() throws(FlowProblem) -> OutgoingRequest {
        try call.request.request(
            in: Scope(context: context, tokens: tokens), placement: context.provider.placement(for: context.method))
    }

    /// What the outcome means.
    public func outcome(of exchange: Exchange, at now: Double) -> Outcome {
        let reading = call.read(exchange, at: now)
        let sentences = Sentences(Scope(context: context, tokens: tokens))
        if let problem = sentences.ending(reading) {
            return problem.status == .unreachable ? .failed(problem) : .refused(problem)
        }
        if reading.httpStatus == 401 { return .refused(sentences.reconnect(nil)) }
        guard reading.isProof else { return .failed(sentences.unexplained(reading)) }
        // A name goes onto the page and into logs: it is cut and has no control characters.
        let name = reading.values["name"].map { Encoding.excerpt($0) }
        let avatar = avatar(reading.values)
        // SECURITY: by what remains people are told apart: two must not become one because something was left out.
        var more = reading.values.filter { $0.value.utf8.elementsEqual(Encoding.excerpt($0.value, limit: 255).utf8) }
        more["name"] = nil
        more["avatar"] = avatar
        return .account(name: name, id: more.removeValue(forKey: "id"), more: more)
    }

    /// Where the account's picture is: the address that the answer gives, or one that the description makes of it; nil when
    /// it is not at one of the provider's hosts.
    private func avatar(_ values: [String: String]) -> String? {
        var address = values["avatar"]
        if let link = context.provider.avatar(for: context.method) {
            address = try? link.text(in: Scope(context: context, flow: values))
        }
        return address.flatMap { context.isPage($0) ? $0 : nil }
    }
}
