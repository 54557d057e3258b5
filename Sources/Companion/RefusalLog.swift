internal import Synchronization

/// Lines about requests that were refused: ten at once, then ten in a minute. The next line tells how many were left out.
///
/// SECURITY: whoever reaches the port makes these lines, so they are few, and hold nothing of the request but the
/// address of the client, in the one form that addresses have.
final class RefusalLog: Sendable {
    private struct State {
        var bucket: TokenBucket
        var skipped = 0
    }

    private let log: Log
    private let state: Mutex<State>

    init(_ log: Log, at now: Double) {
        self.log = log
        state = Mutex(State(bucket: TokenBucket(burst: 10, at: now)))
    }

    /// Tells that something was refused, unless that was told too often.
    ///
    /// - Parameters:
    ///   - reason: one of a few words.
    ///   - provider: the name of a provider that is described.
    ///   - client: where it came from.
    /// - Returns: whether it was told.
    @discardableResult
    func tell(_ event: String, reason: String, provider: String?, client: String, at now: Double) -> Bool {
        let skipped: Int? = state.withLock { state in
            guard state.bucket.take(at: now) else {
                state.skipped += 1
                return nil
            }
            defer { state.skipped = 0 }
            return state.skipped
        }
        guard let skipped else { return false }
        var details = ["reason": reason, "client": client]
        details["provider"] = provider
        if skipped > 0 { details["left_out"] = "\(skipped)" }
        log.warning(event, details)
        return true
    }
}
