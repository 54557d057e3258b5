internal import Synchronization

/// How often addresses that people enter may be looked at.
///
/// SECURITY: what is found there is told. Whoever is signed in could have Latchkey try one address and port after the other,
/// in networks that they do not reach themselves.
final class LookPace: Sendable {
    /// How many looks of one owner there may be at once, and in each minute.
    static let most = 60

    private let buckets = Mutex(BoundedTable<String, TokenBucket>(limit: 1024))

    /// Takes a look.
    ///
    /// - Throws: 429 when there were too many.
    func take(_ owner: String, at now: Double) throws(Problem) {
        let wait = buckets.withLock { buckets in
            var bucket = buckets[owner] ?? TokenBucket(burst: Self.most, at: now)
            let wait = bucket.wait(at: now)
            guard bucket.take(at: now) else { return wait }
            buckets[owner] = bucket
            return 0
        }
        guard wait > 0 else { return }
        var problem = Problem(
            429, "too_many", "Too many addresses were looked at in a short time.", hint: "Try again in a minute.")
        problem.retryAfter = max(1, Int(exactly: wait.rounded(.up)) ?? 60)
        throw problem
    }
}
