internal import Vault

/// What an app may ask for with its key.
public struct ApiKey: Sendable, Equatable {
    /// The app, as whoever made the key calls it. No two keys have the same name.
    public let name: String
    /// Whose accounts they are: a document of the vault.
    public let owner: String
    /// The accounts, as they were listed.
    public let grants: [Grant]

    /// Accounts that a key opens.
    public struct Grant: Sendable, Equatable, CustomStringConvertible {
        /// The name of a provider.
        public let provider: String
        /// The name of an account; nil for all of them, also those that come later.
        public let account: String?

        /// From `trakt` (the default account), `plex:alice` (that account) or `trakt:*` (all accounts of the owner); nil
        /// when the text is none of these. Whether there is such a provider is not looked at.
        public init?(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let name = parts.first, VaultName.isValid(name) else { return nil }
            let wanted = parts.count == 2 ? parts[1] : VaultName.default
            guard wanted == "*" || VaultName.isValid(wanted) else { return nil }
            (provider, account) = (name, wanted == "*" ? nil : wanted)
        }

        /// As it is written on the command line.
        public var description: String {
            switch account {
            case nil: provider + ":*"
            case VaultName.default: provider
            case let account?: "\(provider):\(account)"
            }
        }
    }

    /// A key.
    public init(name: String, owner: String, grants: [Grant]) {
        self.name = name
        self.owner = owner
        self.grants = grants
    }

    /// Whether the key opens an account of its owner. `trakt` opens the default account alone.
    public func allows(provider: String, account: String) -> Bool {
        grants.contains { $0.provider == provider && ($0.account == nil || $0.account == account) }
    }
}
