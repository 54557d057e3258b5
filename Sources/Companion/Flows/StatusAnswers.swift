internal import Synchronization
internal import Vault

/// The last answer for each account that asked how all providers stand, for as long as nothing has changed.
///
/// Pages and monitors ask again and again. Whatever a status says grows the count after it has changed and before anybody
/// is told of it; an answer counts while the count is the one from before it was made.
final class StatusAnswers: Sendable {
    private struct Answer {
        let bytes: [UInt8]
        let changes: Int
        /// Times run out: an answer is good for its second.
        let second: Double
    }

    private let count = Atomic(0)
    /// SECURITY: bounded, whoever asks.
    private let answers = Mutex(BoundedTable<AccountID, Answer>(limit: 64))

    /// How many changes there were.
    var changes: Int { count.load(ordering: .acquiring) }

    /// Something has changed that a status says.
    func changed() { count.add(1, ordering: .acquiringAndReleasing) }

    /// The answer that was made before; nil when it must be made anew.
    func answer(for id: AccountID, at now: Double) -> [UInt8]? {
        guard let answer = answers.withLock({ $0[id] }) else { return nil }
        return answer.changes == changes && answer.second == now.rounded(.down) ? answer.bytes : nil
    }

    /// Keeps an answer that was begun at this count and time.
    func keep(_ bytes: [UInt8], for id: AccountID, changes: Int, at now: Double) {
        answers.withLock { $0[id] = Answer(bytes: bytes, changes: changes, second: now.rounded(.down)) }
    }
}

extension AccountID {
    /// The one account of a server without sign-in.
    static let owner = AccountID(owner: VaultName.default, account: VaultName.default)
}
