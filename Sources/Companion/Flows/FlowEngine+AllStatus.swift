internal import JSON

extension FlowEngine {
    /// How every provider stands, in the document that `wrap` puts around it.
    func allStatus(_ id: AccountID, _ wrap: @Sendable (JSON) -> JSON) async throws(Problem) -> [UInt8] {
        let (changes, now) = (parts.answers.changes, parts.clock.now)
        if let bytes = parts.answers.answer(for: id, at: now) { return bytes }
        var providers: [JSONObject.Member] = []
        for provider in parts.catalogue.providers { providers.append((provider.name, try await status(provider, id))) }
        let bytes = wrap(.object(JSONObject(distinct: providers))).encoded()
        parts.answers.keep(bytes, for: id, changes: changes, at: now)
        return bytes
    }
}
