internal import Synchronization

/// Slows down who guesses: after five failures each further one doubles the wait, up to a quarter of an hour; and all
/// clients together may try sixty times a minute.
///
/// SECURITY: the memory is bounded whoever comes, because addresses are cheap.
final class AttemptLimiter: Sendable {
    private struct Record {
        var failures = 0
        var until = 0.0
    }

    private struct State {
        var clients = BoundedTable<String, Record>(limit: 4096)
        var all: TokenBucket
    }

    private let state: Mutex<State>

    init(at now: Double) { state = Mutex(State(all: TokenBucket(burst: 60, at: now))) }

    /// Counts an attempt.
    ///
    /// - Returns: after how many seconds it may be made; 0 when that is now.
    func attempt(_ client: String, at now: Double) -> Int {
        state.withLock { state in
            let wait = (state.clients[client]?.until ?? 0) - now
            if wait > 0 { return Problem.wholeSeconds(wait) }
            return state.all.take(at: now) ? 0 : Problem.wholeSeconds(state.all.wait(at: now))
        }
    }

    /// The attempt failed.
    func fail(_ client: String, at now: Double) {
        state.withLock { state in
            var record = state.clients[client] ?? Record()
            record.failures += 1
            if record.failures >= 5 { record.until = now + min(900, Double(1 << min(record.failures - 5, 10))) }
            state.clients[client] = record
        }
    }

    /// The attempt succeeded: what was before is forgotten.
    func succeed(_ client: String) { state.withLock { $0.clients[client] = nil } }
}
