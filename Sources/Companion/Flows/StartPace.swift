internal import Vault

/// How often sign-ins may begin.
///
/// SECURITY: each start is a request to a provider. Whoever reaches the port could make any number of them, with any
/// number of accounts, and have the provider shut the app or this address out.
struct StartPace: Sendable {
    /// How many starts of one account with one provider there may be at once, and in each minute.
    static let starts = 10

    /// Of all accounts with one provider. There are only as many as there are descriptions.
    private var providers: [String: TokenBucket] = [:]
    /// A bucket that is forgotten was full, or nearly: only so many starts are let through in the time that one takes to
    /// fill.
    private var accounts = BoundedTable<FlowEngine.Key, TokenBucket>(limit: 256)
    private let total: Int
    /// Of all accounts of one of several people, with all providers. None may take the starts of the others.
    private var visitors = BoundedTable<String, TokenBucket>(limit: 1024)
    private let visitorTotal: Int

    /// - Parameter pendingLimit: how many sign-ins may go on at once: a tenth of them may begin with one provider at
    ///   once, and in each minute.
    init(pendingLimit: Int) {
        total = max(60, pendingLimit / 10)
        visitorTotal = max(20, total / 4)
    }

    /// How many accounts are remembered.
    var count: Int { accounts.count }

    /// Takes a start; nil when there was one, else the seconds until the next one.
    mutating func take(_ key: FlowEngine.Key, at now: Double) -> Double? {
        var account = accounts[key] ?? TokenBucket(burst: Self.starts, at: now)
        var provider = providers[key.provider] ?? TokenBucket(burst: total, at: now)
        var visitor = visitors[key.id.owner] ?? TokenBucket(burst: visitorTotal, at: now)
        let isOneOfMany = key.id.owner != VaultName.default
        let wait = max(account.wait(at: now), provider.wait(at: now), isOneOfMany ? visitor.wait(at: now) : 0)
        guard wait <= 0, account.take(at: now), provider.take(at: now) else { return wait }
        if isOneOfMany, visitor.take(at: now) { visitors[key.id.owner] = visitor }
        accounts[key] = account
        providers[key.provider] = provider
        return nil
    }
}
