import Companion
import HTTP
import Synchronization

/// Hands requests to a responder that is made after the server has its ports: which ports were taken decides which
/// address is sent to providers.
final class Doorman: Responder {
    private enum State {
        /// Requests that came before there was anybody to answer them.
        case closed([CheckedContinuation<any Responder, Never>])
        case open(any Responder)
    }

    private let state = Mutex(State.closed([]))

    func admit(to responder: any Responder) {
        let waiting = state.withLock { state in
            defer { state = .open(responder) }
            if case .closed(let waiting) = state { return waiting }
            return []
        }
        for request in waiting { request.resume(returning: responder) }
    }

    func readyResponse(to request: Request) -> Response? { known?.readyResponse(to: request) }

    func respond(to request: Request) async -> Response {
        if let known { return await known.respond(to: request) }
        return await responder.respond(to: request)
    }

    private var known: (any Responder)? {
        state.withLock { if case .open(let responder) = $0 { responder } else { nil } }
    }

    private var responder: any Responder {
        get async {
            await withCheckedContinuation { continuation in
                let known = state.withLock { state in
                    switch state {
                    case .open(let responder): return responder as (any Responder)?
                    case .closed(let waiting):
                        state = .closed(waiting + [continuation])
                        return nil
                    }
                }
                if let known { continuation.resume(returning: known) }
            }
        }
    }
}
