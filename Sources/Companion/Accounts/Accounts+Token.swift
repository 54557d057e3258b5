public import JSON
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
        /// As the endpoint for apps tells it, with the header fields that requests need.
        public let json: JSON
    }

    /// A token that works now; it is renewed first when it is about to end, once for all who want that at the time.
    public func token(_ id: ID) async throws(Problem) -> Token {
        let provider = try provider(id)
        guard try await engine.linked(id.key) != nil else {
            throw Problem(
                409, "not_linked", "\(provider.label) is not connected.",
                hint: "Connect it with 'latchkey link \(provider.name)', or on the page.")
        }
        let fresh = try await engine.freshToken(provider, id.place)
        let values = try await parts.values(provider, id.place)
        let shown = provider.fields.filter { !$0.isSecret }.map(\.key) + provider.generated.map(\.key)
        return Token(
            accessToken: fresh.linked.tokens.accessToken, expiresAt: fresh.linked.tokens.expiresAt,
            app: values.filter { shown.contains($0.key) }, json: fresh.json)
    }
}
