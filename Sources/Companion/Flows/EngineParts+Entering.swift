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
        let after = Self.values(of: provider, in: document, after: changes)
        if servers.isNamed(by: after, provider) { return changes }
        let secrets = provider.fields.filter(\.isSecret).map { [provider.name, $0.key] }
        return changes.filter { !secrets.contains($0.path) }
    }

    /// The paths of the stored secrets that the changes must take away.
    private func secretsOfOthers(_ changes: [VaultChange], in document: JSON) -> [[String]] {
        catalogue.providers.flatMap { provider -> [[String]] in
            let own = changes.filter { $0.isSetting(of: provider) }
            if own.isEmpty { return [] }
            return provider.secretsOfOthers(
                before: Self.values(of: provider, in: document),
                after: Self.values(of: provider, in: document, after: own)
            ).map { [provider.name, $0] }.filter { path in
                document[provider.name]?[path[1]]?.stringValue?.isEmpty == false && !own.contains { $0.path == path }
            }
        }
    }

    /// What an account has entered for a provider, once it is changed so, with the defaults of the description.
    private static func values(
        of provider: Provider, in document: JSON, after changes: [VaultChange] = []
    ) -> [String: String] {
        var values = texts(provider.fields.map(\.key), of: provider, in: document)
        for change in changes where change.isSetting(of: provider) {
            values[change.path[1]] = change.value?.stringValue
        }
        for field in provider.fields where values[field.key] == nil { values[field.key] = field.defaultValue }
        return values
    }
}

extension VaultChange {
    fileprivate func isSetting(of provider: Provider) -> Bool { path.count == 2 && path[0] == provider.name }
}
