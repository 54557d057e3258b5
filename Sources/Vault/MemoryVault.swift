internal import JSON

/// A vault that keeps nothing: what is in it is gone with the process. For trying something out.
public actor MemoryVault: Vault {
    private var accounts: [String: [String: AccountSnapshot]] = [:]

    /// An empty vault.
    public init() {}

    /// What is known of an account.
    public func read(owner: String, account: String) throws(VaultError) -> AccountSnapshot {
        try VaultName.check(owner, account)
        return accounts[owner]?[account] ?? AccountSnapshot(document: [:], revision: 0)
    }

    /// The owners that hold anything.
    public func owners() -> [String] { accounts.keys.sorted() }

    /// The accounts of an owner that hold anything.
    public func accounts(owner: String) -> [String] { accounts[owner]?.keys.sorted() ?? [] }

    /// Applies all changes. There is always room.
    public func apply(
        _ changes: [VaultChange], owner: String, account: String, ifRevision revision: Int?, spare: Int
    ) throws(VaultError) -> AccountSnapshot {
        let old = try read(owner: owner, account: account)
        if let revision, revision != old.revision { throw .staleRevision(current: old.revision) }
        var document = old.document
        for change in changes { document.apply(change.path[...], change.value) }
        let new = AccountSnapshot(document: document, revision: old.revision &+ 1)
        accounts[owner, default: [:]][account] = new
        return new
    }

    /// Nobody else has it.
    public func lease(_ name: String) -> any Sendable { name }

    /// Nobody else writes.
    public nonisolated func changesByOthers() -> AsyncStream<ForeignChange> { AsyncStream { $0.finish() } }
}
