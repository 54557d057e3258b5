@testable import Providers

/// A sign-in of any kind.
enum ExchangeSignIn {
    case polling(PollingFlow)
    case redirect(RedirectFlow)
    case key(KeyCheck)

    /// One that waits for the answer to its first request after the start, and that request.
    static func begin(_ context: FlowContext, start body: String, callback: RedirectFlow.Event) -> (
        ExchangeSignIn, Step
    ) {
        switch context.method.kind {
        case .device, .approval:
            var flow = waiting(context, body)
            let step = flow.handle(.due, at: flow.nextPollAt, in: context)
            return (.polling(flow), step)
        case .redirect:
            var flow = RedirectFlow(method: context.method)
            _ = flow.handle(.begin(RedirectFlowTests.secrets), at: start, in: context)
            let step = flow.handle(callback, at: start, in: context)
            return (.redirect(flow), step)
        case .key:
            var flow = KeyCheck(method: context.method)
            let step = flow.handle(.begin, at: start, in: context)
            return (.key(flow), step)
        }
    }

    mutating func answer(_ exchange: Exchange, _ context: FlowContext) -> Step {
        switch self {
        case .polling(var flow):
            defer { self = .polling(flow) }
            return flow.handle(.answer(exchange), at: start, in: context)
        case .redirect(var flow):
            defer { self = .redirect(flow) }
            return flow.handle(.answer(exchange), at: start, in: context)
        case .key(var flow):
            defer { self = .key(flow) }
            return flow.handle(.answer(exchange), at: start, in: context)
        }
    }

    var tokens: TokenSet? {
        switch self {
        case .polling(let flow): flow.tokens
        case .redirect(let flow): flow.tokens
        case .key(let flow): flow.tokens
        }
    }

    var sentence: String {
        let (status, message, hint) =
            switch self {
            case .polling(let flow): (flow.status, flow.message, flow.hint)
            case .redirect(let flow): (flow.status, flow.message, flow.hint)
            case .key(let flow): (flow.status, flow.message, flow.hint)
            }
        return "\(status.rawValue): \([message, hint].filter { !$0.isEmpty }.joined(separator: " "))"
    }
}
