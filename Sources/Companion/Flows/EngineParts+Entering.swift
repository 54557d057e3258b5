internal import JSON
internal import Providers
internal import Vault

/// What people enter: the one place where settings are changed.
extension EngineParts {
    /// Changes the settings of an account durably.
    ///
    /// SECURITY: a stored secret does not go to a server that is named later: with an address at another origin, the
    /// secret fields of that provider are emptied in the same write, but for those that were entered with it.
    ///
    /// - Parameter checked: where secrets among the changes were checked. When another server is named by now, they are not
    ///   stored beside it.
    /// - Returns: the account after it, and the paths of the secrets that were removed.
    func enter(
        _ entered: [VaultChange], _ id: AccountID, ifRevision: Int? = nil,
        checked: (provider: Provider, servers: Entrusted)? = nil
    ) async throws(Problem) -> (snapshot: AccountSnapshot, removed: [[String]]) {
        while true {
            let before = try await snapshot(id)
            let changes = checked.map { fitting(entered, $0.servers, $0.provider, in: before.document) } ?? entered
            let removed = secretsOfOthers(changes, in: before.document)
            // What is removed follows from what was stored at that moment.
            let revision = ifRevision ?? (namesServer(changes) || checked != nil ? before.revision : nil)
            do throws(Problem) {
                let all = changes + removed.map { VaultChange(path: $0, value: nil) }
                return (try await apply(all, id, ifRevision: revision), removed)
            } catch {
                guard ifRevision == nil, error.isStale else { throw error }
            }
        }
    }

    private func namesServer(_ changes: [VaultChange]) -> Bool {
        changes.contains { change in
            guard change.path.count == 2, let provider = catalogue[change.path[0]] else { return false }
            return provider.fields.contains { $0.kind == .url && $0.key == change.path[1] }
        }
    }

    /// The changes, without secrets that were checked at servers which are no longer named.
    private func fitting(
        _ changes: [VaultChange], _ servers: Entrusted, _ provider: Provider, in document: JSON
    ) -> [VaultChange] {
        let own = changes.filter { $0.path.count == 2 && $0.path[0] == provider.name }
        let stored = Self.texts(provider.fields.map(\.key), of: provider, in: document)
        let after = own.reduce(into: stored) { $0[$1.path[1]] = $1.value?.stringValue }
        if servers.isNamed(by: provider.withDefaults(after), provider) { return changes }
        let secrets = provider.fields.filter(\.isSecret).map { [provider.name, $0.key] }
        return changes.filter { !secrets.contains($0.path) }
    }

    /// The paths of the stored secrets that the changes must take away.
    private func secretsOfOthers(_ changes: [VaultChange], in document: JSON) -> [[String]] {
        catalogue.providers.flatMap { provider -> [[String]] in
            let own = changes.filter { $0.path.count == 2 && $0.path[0] == provider.name }
            if own.isEmpty { return [] }
            let stored = Self.texts(provider.fields.map(\.key), of: provider, in: document)
            let after = own.reduce(into: stored) { $0[$1.path[1]] = $1.value?.stringValue }
            return provider.secretsOfOthers(before: provider.withDefaults(stored), after: provider.withDefaults(after))
                .filter { key in stored[key] != nil && !own.contains { $0.path[1] == key } }
                .map { [provider.name, $0] }
        }
    }
}

extension Provider {
    /// Values with the defaults of the description where there is none.
    fileprivate func withDefaults(_ values: [String: String]) -> [String: String] {
        fields.reduce(into: values) { $0[$1.key] = $0[$1.key] ?? $1.defaultValue }
    }
}
