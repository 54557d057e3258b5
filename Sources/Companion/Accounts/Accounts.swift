public import JSON
public import Providers
internal import Synchronization
internal import Vault

/// The accounts of a vault, for programs that answer no requests: the command line.
///
/// It works with the engine of its companion, which need not be the only one: a server may use the same vault.
public struct Accounts: Sendable {
    let companion: Companion
    private let hasChanged = Flag()

    /// Whether this process has changed a connection.
    private final class Flag: Sendable {
        let value = Atomic(false)
    }

    var parts: EngineParts { companion.parts }
    var engine: FlowEngine { companion.engine }

    /// One account with one provider.
    public struct ID: Sendable, Hashable {
        /// The document of the vault.
        public let owner: String
        /// The name of the account; `default` when none is given.
        public let account: String
        /// The provider.
        public let provider: String

        /// An account.
        public init(owner: String, account: String, provider: String) {
            self.owner = owner
            self.account = account
            self.provider = provider
        }

        var place: AccountID { AccountID(owner: owner, account: account) }
        var key: FlowEngine.Key { FlowEngine.Key(provider: provider, id: place) }
    }

    /// The accounts of a companion's vault.
    public init(_ companion: Companion) {
        self.companion = companion
        companion.parts.changes.listen { [hasChanged] _ in
            hasChanged.value.store(true, ordering: .sequentiallyConsistent)
        }
    }

    /// Has what was changed here told to all who want to hear of it (files of sinks, webhooks, the audit log), and waits a
    /// few seconds for that. Call it before the process ends.
    ///
    /// - Returns: whether all tokens that providers have given are stored.
    public func finish() async -> Bool {
        let isSettled = await companion.settle(within: 8)
        if hasChanged.value.load(ordering: .sequentiallyConsistent) {
            await companion.followers.adopt(companion.settings.telling, parts)
            await companion.followers.stop(patience: 5)
        }
        companion.settings.telling.audit?.flush(within: .seconds(2))
        return isSettled
    }

    /// Writes down who was given a token, or wanted something done.
    ///
    /// - Parameter means: what they used: `latchkey token`.
    public func audit(_ event: AuditEvent, _ id: ID, by means: String) {
        companion.settings.telling.audit?.write(
            AuditEntry(event, owner: id.owner, provider: id.provider, account: id.account, details: ["by": means]))
    }

    /// The providers that there are.
    public var catalogue: Catalogue { parts.catalogue }

    func provider(_ id: ID) throws(Problem) -> Provider {
        guard let provider = catalogue[id.provider] else {
            throw Problem(404, "unknown_provider", "There is no provider '\(id.provider.prefix(64))'.")
        }
        guard VaultName.isValid(id.account) else { throw Problem(VaultError.badName(id.account)) }
        return provider
    }

    // MARK: App keys

    /// The fields without a value that a sign-in by this method needs.
    public func missing(_ method: SignInMethod, _ id: ID) async throws(Problem) -> [Field] {
        let provider = try provider(id)
        let missing = method.missing(in: try await parts.values(provider, id.place, for: method))
        return provider.keptFields.filter { missing.contains($0.key) }
    }

    /// Keeps values that a person has entered, all or none.
    ///
    /// - Returns: the secret fields that were emptied, because what was in them belonged to another address.
    /// - Throws: 422 with what is wrong with a value, after which it may be asked for again.
    public func enter(_ values: [String: String], _ id: ID) async throws(Problem) -> [Field] {
        let provider = try provider(id)
        for (key, value) in values {
            if let message = companion.schema.problem(with: .string(value), at: "\(provider.name).\(key)") {
                throw Problem(422, "invalid_config", message)
            }
        }
        let removed = try await parts.enter(
            values.sorted { $0.key < $1.key }.map {
                .set(provider.name, $0.key, to: .string(provider.normalized($0.value, $0.key)))
            }, id.place
        ).removed
        let keys = values.keys.sorted() + removed.compactMap(\.last)
        parts.log.info("config changed", id.key, ["keys": keys.joined(separator: " ")])
        return provider.keptFields.filter { removed.contains([provider.name, $0.key]) }
    }

    // MARK: Status

    /// How an account stands, as the endpoint tells it: `{"provider", "account", "state", "message", …}`.
    public func status(_ id: ID) async throws(Problem) -> JSON {
        var status = try await engine.status(try provider(id), id.place)
        // A sign-in that a server follows is not known to this process.
        if ["not_set_up", "needs_sign_in"].contains(status["state"]?.stringValue), try await isPendingElsewhere(id) {
            status["state"] = "pending"
            status["message"] = "A sign-in is going on."
            status["hint"] = nil
        }
        return status
    }

    private func isPendingElsewhere(_ id: ID) async throws(Problem) -> Bool {
        let stored = try await parts.snapshot(id.place).document[id.provider]
        let ends = [
            stored?["_pending_device"].flatMap(PollingFlow.init)?.expiresAt,
            stored?["_pending_redirect"]?["flow"].flatMap(RedirectFlow.init)?.expiresAt,
        ]
        return ends.contains { ($0 ?? 0) > parts.clock.now }
    }

    /// How all accounts of an owner stand: of the default account with every provider, of the others with those of which
    /// something is stored.
    public func statuses(owner: String) async throws(Problem) -> [JSON] {
        let names: [String]
        do { names = try await parts.vault.accounts(owner: owner) } catch { throw Problem(error) }
        var statuses: [JSON] = []
        for provider in catalogue.providers {
            for account in [VaultName.default] + names.filter({ $0 != VaultName.default }) {
                let id = ID(owner: owner, account: account, provider: provider.name)
                let isListed =
                    if account == VaultName.default { true } else { try await parts.holds(provider.name, id.place) }
                if isListed { statuses.append(try await status(id)) }
            }
        }
        return statuses
    }

    /// The owners that have accounts here, each with the name that they are known by; the default one first.
    public func owners() async throws(Problem) -> [(owner: String, name: String)] {
        let stored: [String]
        do { stored = try await parts.vault.owners().filter(Visitor.isOwner) } catch { throw Problem(error) }
        var owners = [(owner: VaultName.default, name: "")]
        for owner in stored where owner != VaultName.default {
            let place = AccountID(owner: owner, account: VaultName.default)
            owners.append((owner, try await parts.snapshot(place).document["_owner"]?.stringValue ?? owner))
        }
        return owners
    }

    // MARK: The connection

    /// What becomes of a connection that is ended.
    ///
    /// - Returns: a sentence that says what was ended here and at the provider, and the provider's own page for it where
    ///   it may be needed.
    public func unlink(_ id: ID) async throws(Problem) -> (message: String, page: String?) {
        let provider = try provider(id)
        let revocation = try await engine.disconnect(provider, id.place)
        let isOver = revocation == .revoked || revocation == .notConnected
        return (Companion.sentence(revocation, provider), isOver ? nil : provider.revokePage)
    }
}
