internal import JSON
internal import Providers
internal import Vault

/// What a sign-in yielded.
struct Linked: Sendable, Equatable {
    var tokens: TokenSet
    /// The id of the method: refreshing and revoking depend on it.
    let method: String
    /// The servers that gave them.
    var servers = Entrusted()
}

/// Tokens on their way to the disk: the provider gives them only once.
struct Unsaved: Sendable {
    let linked: Linked
    /// The connection that they refresh; nil when they are a new one.
    let refreshes: Linked?
    /// What was entered for it, to be stored with it.
    var settings: [VaultChange] = []
    /// Whether the provider could not be asked whether they are good.
    var isUnchecked = false
    /// Whether they only keep what a refresh has got so far: the rest of it is not done yet.
    var isPartial = false
    /// Tells these tokens from later ones of the same key.
    let serial: Int
    /// Why the disk did not take them; nil before the first try has ended.
    var problem: Problem?
    var failures = 0
    /// When they are tried again.
    var dueAt: Double?
    /// The write that is under way.
    var task: Task<Result<Void, Problem>, Never>?
    /// The right to refresh the connection, kept until the tokens are stored: others would spend the old one again.
    var lease: (any Sendable)?
}

/// Tokens: from the provider to the vault.
extension FlowEngine {
    /// Stores the tokens of a sign-in, which has ended with them, then tells everybody. When they cannot be stored they
    /// are kept in memory and stored again and again, and everybody is told that.
    func link(
        _ linked: Linked, _ key: Key, with settings: [VaultChange] = [], isUnchecked: Bool = false
    ) async throws(Problem) {
        drop(key)
        var linked = linked
        // Flows reckon with the engine's clock; what is kept is by the machine's.
        linked.tokens.expiresAt = linked.tokens.expiresAt.map { $0 + parts.clock.wall - parts.clock.now }
        unsaved[key] = Unsaved(
            linked: linked, refreshes: nil, settings: settings, isUnchecked: isUnchecked, serial: nextSerial())
        try await save(key)
    }

    /// As `link`, for new tokens of a connection that is stored.
    func replace(
        _ old: Linked, by tokens: TokenSet, _ key: Key, lease: (any Sendable)? = nil, isPartial: Bool = false
    ) async throws(Problem) {
        let linked = Linked(tokens: tokens, method: old.method, servers: old.servers)
        if unsaved[key] != nil {
            // A new sign-in has ended meanwhile, and its tokens are on their way.
            await revokeUnwanted(linked, key)
            throw Self.notCurrent
        }
        unsaved[key] = Unsaved(
            linked: linked, refreshes: old, isPartial: isPartial, serial: nextSerial(), lease: lease)
        try await save(key)
    }

    /// Stores the tokens that wait for it. Whoever asks while a write is under way waits for that one.
    func save(_ key: Key) async throws(Problem) {
        guard let entry = unsaved[key] else { return }
        let task = entry.task ?? Task { await write(entry, key) }
        unsaved[key]?.task = task
        try await task.value.get()
    }

    static let notCurrent = Problem(
        409, "not_linked", "The connection was ended or made anew during the refresh.")

    private func write(_ entry: Unsaved, _ key: Key) async -> Result<Void, Problem> {
        let isWanted: Bool
        do throws(Problem) {
            isWanted = try await store(entry, key)
        } catch {
            return .failure(await keep(entry, key, error))
        }
        // Tokens of a later sign-in take the place of these.
        guard unsaved[key]?.serial == entry.serial else { return .success(()) }
        unsaved[key] = nil
        guard isWanted else {
            await revokeUnwanted(entry.linked, key)
            return .failure(Self.notCurrent)
        }
        if entry.isPartial { return .success(()) }
        parts.log.info(entry.refreshes == nil ? "linked" : "refreshed", key, ["method": entry.linked.method])
        parts.changes.tell(AccountChange(entry.refreshes == nil ? .linked : .refreshed, key, at: parts.clock.wall))
        await publish(key)
        if entry.refreshes == nil {
            upkeep[key] = nil
            await replan(key)
            Task { await probe(key) }
        }
        return .success(())
    }

    /// - Returns: whether they were wanted: the connection that they refresh was still there.
    private func store(_ entry: Unsaved, _ key: Key) async throws(Problem) -> Bool {
        let json = entry.linked.tokens.json
        if let old = entry.refreshes {
            var changes = json.members.map { VaultChange(path: ["auth", key.provider, $0.key], value: $0.value) }
            if !entry.isPartial {
                if json["expires_at"] == nil { changes.append(.remove("auth", key.provider, "expires_at")) }
                changes.append(.set("auth", key.provider, "obtained_at", to: .int(Int(parts.clock.wall))))
                changes.append(.set("auth", key.provider, "_renewed", to: true))
                for member in Self.problemMembers + ["_refreshing"] {
                    changes.append(.remove("auth", key.provider, member))
                }
            }
            if try await change(old, key, changes) { return true }
            // A disk may have taken what it said it had not.
            return try await self.linked(key) == entry.linked
        }
        var auth = json
        auth["method"] = .string(entry.linked.method)
        auth["linked_at"] = .int(Int(parts.clock.wall))
        auth["obtained_at"] = auth["linked_at"]
        auth["_servers"] = entry.linked.servers.json
        if entry.isUnchecked { auth["_unchecked"] = true }
        var changes = entry.settings + [VaultChange(path: ["auth", key.provider], value: .object(auth))]
        if live[key] == nil { changes.append(.remove(key.provider, "_pending_device")) }
        if redirects.pending(key) == nil { changes.append(.remove(key.provider, "_pending_redirect")) }
        let provider = entry.settings.isEmpty ? nil : parts.catalogue[key.provider]
        let stored = try await parts.enter(
            changes, key.id, checked: provider.map { ($0, entry.linked.servers) }
        ).snapshot
        if !entry.settings.isEmpty { parts.events.publishConfig(revision: stored.revision, id: key.id) }
        return true
    }

    /// Keeps tokens that the disk did not take: they are tried again after 1, 2, 4 … 60 seconds.
    private func keep(_ entry: Unsaved, _ key: Key, _ reason: Problem) async -> Problem {
        guard unsaved[key]?.serial == entry.serial else { return reason }
        let label = parts.catalogue[key.provider]?.label ?? key.provider
        let problem = Problem(
            507, "not_saved", "The tokens of \(label) could not be saved, and are tried again.",
            hint: "Until then they are only in Latchkey's memory: do not stop it. Its log says why.")
        let pause = Double(min(1 << min(entry.failures, 6), 60))
        let time = parts.clock.now + pause
        unsaved[key]?.task = nil
        unsaved[key]?.problem = problem
        unsaved[key]?.failures = entry.failures + 1
        unsaved[key]?.dueAt = time
        parts.log.warning("tokens not saved", key, ["reason": reason.message, "retry_in": "\(Int(pause))s"])
        wake(.saving, key, at: time)
        await publish(key)
        return problem
    }

    /// Gives up the tokens of a sign-in that the disk did not take; nil when there are none, or it takes them just now.
    func takeUnsaved(_ key: Key) async -> Linked? {
        guard unsaved[key]?.problem != nil, unsaved[key]?.refreshes == nil else { return nil }
        while let task = unsaved[key]?.task { _ = await task.value }
        guard unsaved[key]?.refreshes == nil else { return nil }
        return unsaved.removeValue(forKey: key)?.linked
    }

    /// Changes what is stored of a connection, unless it is another one by now: others may have linked, refreshed or
    /// disconnected meanwhile.
    ///
    /// - Returns: whether it was still that one.
    func change(
        _ linked: Linked, _ key: Key, _ changes: [VaultChange], spare: Int = 0
    ) async throws(Problem) -> Bool {
        while true {
            let snapshot = try await parts.snapshot(key.id)
            guard Linked(snapshot.document["auth"]?[key.provider]) == linked else { return false }
            do throws(Problem) {
                try await parts.apply(changes, key.id, ifRevision: snapshot.revision, spare: spare)
                return true
            } catch {
                guard error.isStale else { throw error }
            }
        }
    }

    /// The stored tokens, if there are any.
    func linked(_ key: Key) async throws(Problem) -> Linked? {
        Linked(try await parts.snapshot(key.id).document["auth"]?[key.provider])
    }
}

extension Linked {
    /// From what is stored under `auth.<provider>`; nil when that is no connection.
    init?(_ auth: JSON?) {
        guard let auth, let tokens = TokenSet(json: auth), let method = auth["method"]?.stringValue else { return nil }
        self.init(tokens: tokens, method: method, servers: Entrusted(auth["_servers"]))
    }
}
