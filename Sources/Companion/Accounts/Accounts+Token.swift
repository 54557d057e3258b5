internal import JSON
internal import Providers

/// Tokens, for the programs of whoever owns the vault.
extension Accounts {
    /// A token that works now.
    public struct Token: Sendable, Equatable {
        /// What a request to the provider needs.
        public let accessToken: String
        /// When it ends, in seconds since 1970, where that is known.
        public let expiresAt: Double?
        /// The values that are no secret of the app with which the account was linked, by field: many requests name it.
        public let app: [String: String]
    }

    /// A token that works now; it is refreshed first when it is about to end.
    public func token(_ id: ID) async throws(Problem) -> Token {
        let provider = try provider(id)
        var linked = try await linked(provider, id)
        if let end = linked.tokens.expiresAt, end < parts.clock.now + 60 {
            try await engine.refresh(provider, id.place)
            linked = try await self.linked(provider, id)
        }
        let values = try await parts.values(provider, id.place)
        let shown = provider.fields.filter { !$0.isSecret }.map(\.key) + provider.generated.map(\.key)
        return Token(
            accessToken: linked.tokens.accessToken, expiresAt: linked.tokens.expiresAt,
            app: values.filter { shown.contains($0.key) })
    }

    private func linked(_ provider: Provider, _ id: ID) async throws(Problem) -> Linked {
        guard let linked = try await engine.linked(id.key) else {
            throw Problem(
                409, "not_linked", "\(provider.label) is not connected.",
                hint: "Connect it with 'latchkey link \(provider.name)', or on the page.")
        }
        return linked
    }
}
