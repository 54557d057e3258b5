internal import Vault

/// Which accounts there are.
///
/// SECURITY: an account is made by naming it, and is there while it holds anything; whoever reaches the port may name any number.
actor AccountBook {
    private let vault: any Vault
    private var limit: Int
    /// Hashes of the names: there may be very many, and the hashes of this process cannot be foreseen.
    private var names: [String: Set<Int>] = [:]
    /// Of how many owners the names are kept ready.
    private static let mostOwners = 256

    /// - Parameter limit: how many accounts an owner may have besides the default one.
    init(_ vault: any Vault, limit: Int) {
        self.vault = vault
        self.limit = limit
    }

    /// Allows more or fewer from now on. Those that are there stay.
    func setLimit(_ limit: Int) { self.limit = limit }

    /// Refuses an account that is new when there are too many already.
    func check(_ id: AccountID) async throws(Problem) {
        if id.account == VaultName.default { return }
        if names[id.owner] == nil { try await load(id.owner) }
        guard let known = names[id.owner], !known.contains(id.account.hashValue), known.count >= limit else { return }
        throw Problem(
            409, "account_limit", "There are \(limit) named accounts, and more are not allowed.",
            hint: "Use one of them, or allow more with --account-limit.")
    }

    /// As `check`, for an account that is about to hold something.
    ///
    /// - Returns: whether it is new.
    func admit(_ id: AccountID) async throws(Problem) -> Bool {
        try await check(id)
        return id.account != VaultName.default && names[id.owner]?.insert(id.account.hashValue).inserted == true
    }

    /// A new account could not be made after all.
    func forget(_ id: AccountID) { names[id.owner]?.remove(id.account.hashValue) }

    /// An account holds something now, or nothing any more.
    func note(_ id: AccountID, isEmpty: Bool) {
        if isEmpty { forget(id) } else { names[id.owner]?.insert(id.account.hashValue) }
    }

    /// Others have written what there is of an owner.
    func reload(_ owner: String) { names[owner] = nil }

    private func load(_ owner: String) async throws(Problem) {
        let stored: [String]
        do { stored = try await vault.accounts(owner: owner) } catch { throw Problem(error) }
        // Somebody else may have loaded them meanwhile, and added to them.
        if names[owner] == nil {
            if names.count >= Self.mostOwners { names = [:] }
            names[owner] = Set(stored.lazy.filter { $0 != VaultName.default }.map(\.hashValue))
        }
    }
}
