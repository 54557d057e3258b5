internal import Synchronization

/// The last answer for each account whose token an app has asked for, for as long as nothing has changed and the token has
/// not come near its end.
final class TokenAnswers: Sendable {
    struct Question: Hashable, Sendable {
        let provider: String
        let id: AccountID
    }

    private struct Answer {
        let bytes: [UInt8]
        let changes: Int
        let until: Double
    }

    /// SECURITY: bounded, whoever asks.
    private let answers = Mutex(BoundedTable<Question, Answer>(limit: 4096))

    /// The answer that was made before; nil when it must be made anew.
    ///
    /// - Parameter changes: how many changes there were (`StatusAnswers`).
    func answer(for question: Question, changes: Int, at wall: Double) -> [UInt8]? {
        guard let answer = answers.withLock({ $0[question] }), answer.changes == changes, wall < answer.until else {
            return nil
        }
        return answer.bytes
    }

    /// Keeps an answer that was begun after so many changes.
    func keep(_ bytes: [UInt8], for question: Question, changes: Int, until: Double) {
        answers.withLock { $0[question] = Answer(bytes: bytes, changes: changes, until: until) }
    }
}
