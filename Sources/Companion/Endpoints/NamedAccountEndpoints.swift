internal import HTTP
internal import JSON
internal import Providers
internal import Vault

/// The accounts besides the default one: which there are, and taking one away.
extension Companion {
    /// The named accounts of whoever asks, each with the provider that it is of and how it stands.
    func readAccounts(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let names: [String]
        do { names = try await parts.vault.accounts(owner: call.id.owner) } catch { throw Problem(error) }
        var accounts: [JSON] = []
        for name in names where name != VaultName.default {
            let id = AccountID(owner: call.id.owner, account: name)
            for provider in parts.catalogue.providers where try await parts.holds(provider.name, id) {
                let status = try await engine.status(provider, id)
                var account: JSONObject = ["provider": .string(provider.name), "account": .string(name)]
                for key in ["state", "connected", "account_name"] { account[key] = status[key] }
                accounts.append(.object(account))
            }
        }
        return .json(200, ["ok": true, "accounts": .array(accounts)])
    }

    /// Ends the connection of a named account, as `disconnect` does, and forgets its app keys and its history, too: an
    /// account of the same name that is made later has nothing of this one.
    func removeAccount(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let provider = try call.named()
        guard call.id.account != VaultName.default else {
            throw Problem(
                409, "default_account", "The default account cannot be removed.",
                hint: "Disconnect it, and clear its app keys.")
        }
        let key = try call.key()
        // Naming an account makes one, and this is no time to.
        guard try await parts.holds(provider.name, call.id) else {
            throw Problem(404, "unknown_account", "\(provider.label) has no account '\(call.id.account)' here.")
        }
        try await forgetInApiKeys(provider, call)
        let revocation = try await engine.disconnect(provider, call.id)
        if try await parts.holds(provider.name, call.id) {
            try await parts.apply([.remove(provider.name), .remove("auth", provider.name)], call.id)
        }
        await engine.forgetOutcome(key)
        for kind in HistoryKind.allCases where provider.hasHistory(kind) && settings.historyFolder != nil {
            _ = try await history.forget(HistorySync.Key(account: key, kind: kind))
        }
        parts.log.info("account removed", key)
        let message = Self.sentence(revocation, provider)
        return .json(
            200, ["ok": true, "revoked": .bool(revocation == .revoked), "message": .string(message)])
    }
}

extension EngineParts {
    /// Whether an account has something of a provider: app keys, a connection, a sign-in that goes on.
    func holds(_ provider: String, _ id: AccountID) async throws(Problem) -> Bool {
        let document = try await snapshot(id).document
        return document[provider] != nil || document["auth"]?[provider] != nil
    }
}
