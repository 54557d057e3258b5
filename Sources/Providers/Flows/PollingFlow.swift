/// A sign-in in which the server asks until the person has approved: by typing a code (`device`, RFC 8628 and its
/// dialects) or on a page that was opened for it (`approval`).
///
/// A pure value: no clock, no network, no randomness. All times are seconds since 1970 and come with the events. Keep
/// it under `<provider>._pending_device`: `json` and `init(json:)` carry it over a restart.
///
/// SECURITY: it holds the device code. Show a page only the properties below, never `json`.
public struct PollingFlow: Sendable, Equatable {
    /// What happens to the flow.
    public enum Event: Sendable, Equatable {
        /// The person clicked. `state` (128 bits or more, new for each start) is for pages that come back.
        case begin(state: String)
        /// The outcome of the request that the last step sent.
        case answer(Exchange)
        /// `nextEventAt` has come, or someone thinks so: an early or doubled call does nothing.
        case due
        /// The provider's page came back to the callback with these query items, in order.
        case returned([Parameter])
    }

    /// The id of the method.
    public let method: String
    /// How it stands. Until the first answer `authorizationPending`.
    public internal(set) var status = FlowStatus.authorizationPending
    /// What to tell the person: a sentence.
    public internal(set) var message = ""
    /// What the person can do about it: a sentence, or empty.
    public internal(set) var hint = ""
    /// Seconds between two polls, with all that the provider added.
    public internal(set) var interval: Double = 5
    /// When the flow ends by itself.
    public internal(set) var expiresAt: Double = 0
    /// When the next poll is allowed.
    public internal(set) var nextPollAt: Double = 0
    /// What the flow yielded, once `status` is `ok`. Store it before anything else is done with it.
    public internal(set) var tokens: TokenSet? {
        get { if case .tokens(let tokens) = yielded { tokens } else { nil } }
        set { yielded = newValue.map(Yield.tokens) ?? .nothing }
    }
    /// The `state` with which it was begun.
    public internal(set) var state = ""

    /// Kept elsewhere: a flow is without tokens for all of its life but the end, and there may be very many.
    private enum Yield: Sendable, Equatable {
        case nothing
        indirect case tokens(TokenSet)
    }

    private var yielded = Yield.nothing
    /// Which request comes next or is under way: -1 the start, 0 the poll, from 1 the requests after the approval.
    var stage = -1
    var isInFlight = false
    var failures = 0
    /// What the answers gave: device code, user code, addresses.
    var values: [String: String] = [:]

    /// A flow that has not begun.
    public init(method: SignInMethod) {
        self.method = method.id
    }

    /// The code to show; empty for approvals and before the start was answered.
    public var userCode: String { values["user_code"] ?? "" }
    /// The page to open; empty before the start was answered.
    public var verificationURL: String { values["verification_uri"] ?? "" }
    /// The page with the code already in it, where the provider has one.
    public var verificationURLComplete: String? { values["verification_uri_complete"] }
    /// Whether the start was answered and the flow still goes on: there is something to show.
    public var isWaiting: Bool { status.isPending && stage >= 0 }
    /// When to send `.due`: the next poll or the end, whichever comes first; `nil` while a request is under way and
    /// after the end.
    public var nextEventAt: Double? { isWaiting && !isInFlight ? min(nextPollAt, expiresAt) : nil }

    /// Takes an event and says what to do.
    ///
    /// - Parameter now: seconds since 1970.
    public mutating func handle(_ event: Event, at now: Double, in context: FlowContext) -> Step {
        switch event {
        case .begin(let state): return begin(state: state, at: now, in: context)
        case .due: return due(at: now, in: context)
        case .returned(let parameters): return returned(parameters, at: now, in: context)
        case .answer(let exchange):
            guard isInFlight, status.isPending else { return .none }
            isInFlight = false
            return stage < 0 ? started(exchange, at: now, in: context) : polled(exchange, at: now, in: context)
        }
    }

    /// Ends the flow and forgets its codes: they are of no use any more.
    mutating func end(_ problem: FlowProblem) {
        status = problem.status
        message = problem.message
        hint = problem.hint
        values = [:]
        isInFlight = false
    }

    func scope(_ context: FlowContext) -> Scope {
        var flow = values
        // Every page that comes back carries the state in its own address (TMDB and Last.fm have no parameter for it).
        flow["return_url"] = context.returnURL(state: state)
        flow["state"] = state
        return Scope(context: context, flow: flow)
    }
}

extension FlowContext {
    /// The callback with the state in its query, for providers that know no `state` parameter.
    func returnURL(state: String) -> String {
        redirectURI.isEmpty
            ? "" : redirectURI + (redirectURI.contains("?") ? "&" : "?") + "state=" + Encoding.percent(state)
    }
}
