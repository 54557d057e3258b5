internal import Providers

/// How a history is walked through, from its newest page on: which page comes after one, and when it is enough.
///
/// Pages are counted from the newest play, so they shift while somebody watches or removes something. Plays are told
/// apart by their ids: what comes twice counts once. What may have been passed over is looked for: the provider says
/// how many plays there are, and as long as that is not how many are here, there is something to find.
struct HistoryWalk: Sendable {
    /// The number of the first page.
    let first: Int
    /// How many plays a page has; nil when there is one page with all.
    let limit: Int?

    /// A whole walk is made once in this time, in seconds, even when the numbers agree: one play may have taken the
    /// place of another.
    static let trust = 7 * 86_400
    /// How many walks one synchronisation makes at most.
    static let most = 3

    /// The page to ask for after one, or nil when the walk ends with it.
    func next(after number: Int, _ page: HistoryPage, _ ledger: HistoryLedger, fresh: Int, at now: Int) -> Int? {
        if isLast(number, page) { return nil }
        if let before = ledger.walk?.items, let items = page.items, items < before, let limit {
            // Plays were removed, and others moved to pages that were read already.
            return max(first, number - (before - items + limit - 1) / limit)
        }
        guard let whole = ledger.wholeAt, (0..<Self.trust).contains(now - whole) else { return number + 1 }
        if let items = page.items { return ledger.plays.count + fresh + ledger.unread == items ? nil : number + 1 }
        return fresh == 0 ? nil : number + 1
    }

    /// Whether there is no page after this one.
    func isLast(_ number: Int, _ page: HistoryPage) -> Bool {
        guard let limit else { return true }
        let count = page.plays.count + page.unread
        if count == 0 { return true }
        if let pages = page.pages { return number - first + 1 >= pages }
        return count < limit
    }
}
