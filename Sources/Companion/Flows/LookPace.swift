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
        guard let wait = buckets.withLock({ $0.take(owner, burst: Self.most, at: now) }) else { return }
        throw Problem(
            429, "too_many", "Too many addresses were looked at in a short time.", hint: "Try again in a minute."
        ).retrying(after: wait)
    }
}
