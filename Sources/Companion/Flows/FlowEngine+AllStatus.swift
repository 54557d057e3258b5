internal import JSON

extension FlowEngine {
    /// An answer that was made before, and what it depends on.
    struct StatusAnswer: Sendable {
        let bytes: [UInt8]
        let revision: Int
        let changes: Int
        /// The second in which it was made: times run out.
        let second: Int
    }

    /// How every provider stands, in the document that `wrap` puts around it.
    ///
    /// Pages and monitors ask again and again, and mostly nothing has changed: then the answer is the one before. What
    /// it was made from is noted first, so that a change in between makes it be made again.
    func allStatus(_ id: AccountID, _ wrap: @Sendable (JSON) -> JSON) async throws(Problem) -> [UInt8] {
        let revision = try await parts.snapshot(id).revision
        let (changes, second) = (self.changes, Int(exactly: parts.clock.now.rounded(.down)) ?? 0)
        if let answer = answers[id], answer.revision == revision, answer.changes == changes, answer.second == second {
            return answer.bytes
        }
        var providers: [JSONObject.Member] = []
        for provider in parts.catalogue.providers { providers.append((provider.name, try await status(provider, id))) }
        let bytes = wrap(.object(JSONObject(distinct: providers))).encoded()
        answers[id] = StatusAnswer(bytes: bytes, revision: revision, changes: changes, second: second)
        return bytes
    }
}
