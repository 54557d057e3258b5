/// What happened to a connection.
struct AccountChange: Sendable, Equatable {
    enum Kind: String, Sendable, CaseIterable {
        /// Tokens of a new sign-in are durable.
        case linked
        /// New tokens of a connection are durable.
        case refreshed
        /// The provider gives no new tokens: somebody has to sign in again.
        case reconnectNeeded = "reconnect_needed"
        /// The connection was forgotten.
        case unlinked
    }

    let kind: Kind
    let provider: String
    let owner: String
    let account: String
    /// In seconds since 1970.
    let at: Double

    init(_ kind: Kind, _ key: FlowEngine.Key, at: Double) {
        (self.kind, provider, owner, account, self.at) = (kind, key.provider, key.id.owner, key.id.account, at)
    }

    /// Whose connection with whom.
    var key: FlowEngine.Key {
        FlowEngine.Key(provider: provider, id: AccountID(owner: owner, account: account))
    }
}
