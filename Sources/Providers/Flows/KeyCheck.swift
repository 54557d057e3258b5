/// A sign-in by values that the person has entered: an API key is checked, or a login yields a token. A pure value.
public struct KeyCheck: Sendable, Equatable {
    /// What happens to the check.
    public enum Event: Sendable, Equatable {
        /// The person clicked.
        case begin
        /// The outcome of the request that the last step sent.
        case answer(Exchange)
    }

    /// The id of the method.
    public let method: String
    /// How it stands.
    public private(set) var status = FlowStatus.authorizationPending
    /// What to tell the person: a sentence.
    public private(set) var message = ""
    /// What the person can do about it: a sentence, or empty.
    public private(set) var hint = ""
    /// What the check yielded, once `status` is `ok`.
    public private(set) var tokens: TokenSet?
    private var isInFlight = false
    /// Which request is under way: 0 the check, from 1 those after it.
    private var stage = 0
    private var values: [String: String] = [:]
    /// Whether the provider could not be asked.
    public private(set) var isUnanswered = false

    /// A check that has not begun.
    public init(method: SignInMethod) {
        self.method = method.id
    }

    /// Takes an event and says what to do. `now` in seconds since 1970.
    public mutating func handle(_ event: Event, at now: Double, in context: FlowContext) -> Step {
        switch event {
        case .begin: return begin(in: context)
        case .answer(let exchange):
            guard isInFlight else { return .none }
            isInFlight = false
            do throws(FlowProblem) {
                if let next = try answered(exchange, at: now, in: context) { return next }
                end(Sentences(context).problem(.ok))
            } catch {
                end(error)
            }
            return .none
        }
    }

    private func call(in context: FlowContext) -> Call? {
        let steps = context.method.then
        return stage == 0 ? context.method.check : steps.indices.contains(stage - 1) ? steps[stage - 1] : nil
    }

    private func scope(_ context: FlowContext) -> Scope { Scope(context: context, flow: values) }

    private mutating func end(_ problem: FlowProblem) {
        status = problem.status
        message = problem.message
        hint = problem.hint
        values = [:]
    }

    private mutating func begin(in context: FlowContext) -> Step {
        guard !isInFlight, status.isPending, let check = context.method.check else { return .none }
        do throws(FlowProblem) {
            let scope = Scope(context: context, tokens: try credential(in: context))
            let placement = scope.tokens == nil ? nil : context.provider.placement(for: context.method)
            let request = try check.request.request(in: scope, placement: placement)
            isInFlight = true
            message = Sentences(context).problem(.authorizationPending).message
            return .send(request)
        } catch {
            return .refused(error)
        }
    }

    /// The entered credential, where it is the token, although the provider could not be asked; nil where nobody would look
    /// at it later.
    public func unchecked(in context: FlowContext) -> TokenSet? {
        guard context.provider.canBeUnchecked(context.method) else { return nil }
        return (try? credential(in: context)) ?? nil
    }

    /// The entered credential as a token, where the method says which field it is.
    private func credential(in context: FlowContext) throws(FlowProblem) -> TokenSet? {
        guard let key = context.method.credential else { return nil }
        return TokenSet(accessToken: try Scope(context: context).required(key))
    }

    /// - Returns: the next request, if there is one.
    private mutating func answered(
        _ exchange: Exchange, at now: Double, in context: FlowContext
    ) throws(FlowProblem) -> Step? {
        guard let call = call(in: context) else { throw Sentences(context).notWaiting() }
        let reading = call.read(exchange, at: now)
        let sentences = Sentences(scope(context))
        isUnanswered = reading.isAway
        if let problem = sentences.ending(reading) { throw problem }
        if stage < context.method.then.count {
            guard reading.isProof else { throw sentences.unexplained(reading) }
            values.merge(reading.values) { $1 }
            stage += 1
            return try send(in: context)
        }
        if let key = context.method.credential {
            guard reading.isProof else { throw sentences.unexplained(reading) }
            let known = TokenSet.standardNames
            tokens = TokenSet(
                accessToken: try Scope(context: context).required(key),
                extras: reading.values.filter { !known.contains($0.key) })
            return nil
        }
        let extras = context.kept(values)
        tokens = try reading.tokens(at: now, in: context, extras: extras, earlier: values)
        if tokens == nil { throw sentences.unexplained(reading) }
        return nil
    }

    private mutating func send(in context: FlowContext) throws(FlowProblem) -> Step? {
        guard let call = call(in: context) else { throw Sentences(context).notWaiting() }
        let request = try call.request.request(in: scope(context))
        isInFlight = true
        return .send(request)
    }
}
