internal import Crypto
internal import JSON
internal import Providers
internal import Vault

/// After a restart.
extension FlowEngine {
    /// No provider's sign-in lives longer, in seconds; what is stored with a later end is not what was written.
    private static let longestLife = 86_400.0

    /// Goes on with the sign-ins that the vault holds, and keeps its connections alive. Those whose time is over end as expired; what is no sign-in that
    /// can go on is removed.
    func resume(owner: String) async throws(VaultError) {
        for account in try await parts.vault.accounts(owner: owner) {
            let document = try await parts.vault.read(owner: owner, account: account).document
            for provider in parts.catalogue.providers {
                let key = Key(provider: provider.name, id: AccountID(owner: owner, account: account))
                plan(key, document["auth"]?[provider.name])
                if let stored = document[provider.name] { await resume(provider, key, stored) }
            }
        }
    }

    /// From 0 to less than 1: for each sign-in another number, the same each time.
    static func spread(_ key: Key) -> Double {
        let name = [key.provider, key.id.owner, key.id.account].joined(separator: "/")
        return Crypto.sha256(name.utf8).prefix(4).reduce(0) { $0 * 256 + Double($1) } / 4_294_967_296
    }

    private func resume(_ provider: Provider, _ key: Key, _ stored: JSON) async {
        let (device, redirect) = (stored["_pending_device"], stored["_pending_redirect"])
        let now = parts.clock.now
        if let flow = device.flatMap(PollingFlow.init), flow.expiresAt <= now + Self.longestLife,
            let kind = provider.method(flow.method)?.kind, kind == .device || kind == .approval
        {
            // When the last poll was is not known, so the provider's interval begins anew. Not for all at once: the
            // polls of very many sign-ins would come in the same second, again and again.
            let pause = flow.interval * (1 + Self.spread(key))
            take(flow, key, LiveFlows.Returns(device), notBefore: min(now + pause, flow.expiresAt))
        } else if let entry = redirect.flatMap({ RedirectBook.Entry($0, key) }),
            entry.flow.expiresAt <= now + Self.longestLife, provider.method(entry.flow.method)?.kind == .redirect
        {
            take(entry)
        } else if device != nil || redirect != nil {
            parts.log.warning("stored sign-in not usable", key)
            await forgetPending(key)
        }
    }
}
