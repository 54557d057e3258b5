internal import Providers
internal import Vault

/// How many sign-ins there may be.
extension FlowEngine {
    /// SECURITY: whoever reaches the port may name as many accounts as they like, so all of them together are bounded.
    func checkRoom(_ key: Key) throws(Problem) {
        let isCounted = live[key] != nil || redirects.pending(key) != nil || starts[key] != nil
        if !isCounted, key.id.owner != VaultName.default { try checkShare(key.id.owner) }
        guard !isCounted, live.count + redirects.count + starts.count >= pendingLimit else { return }
        throw Problem(
            429, "too_many_sign_ins", "\(pendingLimit) sign-ins are going on, and more are not allowed.",
            hint: "Try again when some of them have ended.")
    }

    /// One of several people may have a tenth of the sign-ins going on, or ten, so that others find room.
    private func checkShare(_ owner: String) throws(Problem) {
        let most = max(10, pendingLimit / 10)
        guard
            live.count(of: owner) + redirects.count(of: owner) + starts.keys.count(where: { $0.id.owner == owner })
                >= most
        else { return }
        throw Problem(
            429, "too_many_sign_ins", "\(most) of your sign-ins are going on, and more are not allowed.",
            hint: "Try again when some of them have ended.")
    }

    /// Refuses a sign-in that begins too soon after others. Joining one that goes on is no start.
    func checkPace(_ provider: Provider, _ key: Key) throws(Problem) {
        guard let wait = pace.take(key, at: parts.clock.now) else { return }
        let seconds = Problem.wholeSeconds(wait)
        throw Problem(
            429, "too_many", "Too many sign-ins to \(provider.label) were begun in a short time.",
            hint: "Try again in \(seconds == 1 ? "a second" : "\(seconds) seconds")."
        ).retrying(after: wait)
    }
}
