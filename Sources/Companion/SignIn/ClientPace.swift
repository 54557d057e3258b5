internal import Synchronization

/// How often one client may begin to sign in elsewhere: sixty times at once, and in each minute.
///
/// SECURITY: who waits is kept in memory, and the oldest must go when there are too many. One client alone shall not push
/// out everybody else.
final class ClientPace: Sendable {
    private let clock: EngineClock
    private let buckets = Mutex(BoundedTable<String, TokenBucket>(limit: 4096))

    init(_ clock: EngineClock) { self.clock = clock }

    /// Counts a start.
    ///
    /// - Returns: after how many seconds it may be made; 0 when that is now.
    func take(_ client: String) -> Int {
        let now = clock.now
        return buckets.withLock { $0.take(client, burst: 60, at: now) }.map(Problem.wholeSeconds) ?? 0
    }
}
