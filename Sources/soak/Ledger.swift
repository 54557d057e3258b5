import Synchronization

/// What happened so far, and what should not have.
final class Ledger: Sendable {
    private struct Content {
        var counts: [String: Int] = [:]
        var troubles: [String] = []
    }

    private let content = Mutex(Content())

    /// Counts something that went as it should.
    func count(_ what: String) { content.withLock { $0.counts[what, default: 0] += 1 } }

    /// Notes something that must not happen. The first hundred are kept.
    func note(_ trouble: String) {
        content.withLock { content in
            if content.troubles.count < 100 { content.troubles.append(trouble) }
        }
    }

    /// How often something went as it should.
    subscript(what: String) -> Int { content.withLock { $0.counts[what] ?? 0 } }

    /// All counts, by name.
    var counts: [(String, Int)] { content.withLock { $0.counts.sorted { $0.key < $1.key } } }

    /// What must not have happened.
    var troubles: [String] { content.withLock(\.troubles) }
}
