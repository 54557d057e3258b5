internal import Crypto
internal import JSON
internal import Providers
internal import Vault

/// New tokens for old: the one place that refreshes.
///
/// Of all who want new tokens of an account, in this process and in others, one asks the provider, and all get what it
/// gave. That it is going to ask is durable before it does, so that after a crash it is known that an answer may have been
/// lost; what it gets is durable before anybody hears of it.
extension FlowEngine {
    /// Why tokens are wanted.
    enum RefreshReason: Sendable, Equatable {
        /// Somebody asked for it.
        case asked
        /// Their time has come.
        case due
        /// An app was refused with this access token.
        case rejected(String)
    }

    /// So many bytes must have room on the disk besides, so that there is some for the new tokens.
    private static let spareRoom = 65_536

    /// Gets new tokens. Whoever asks while a refresh is under way waits for that one.
    ///
    /// - Throws: 429 when somebody asks for it too often: each makes the tokens useless that others hold.
    func refresh(_ provider: Provider, _ id: AccountID, _ reason: RefreshReason = .asked) async throws(Problem) {
        let key = Key(provider: provider.name, id: id)
        if let task = refreshing[key] { return try await task.value.get() }
        guard !isStopping else {
            throw Problem(503, "stopping", "Latchkey is about to end.", hint: "Try again when it runs.")
        }
        if reason == .asked { try checkAskPace(provider, key) }
        let task = Task { () -> Result<Void, Problem> in
            let server = await server(of: provider, key)
            let result = await refreshSlots.run(at: server) { await self.refreshAlone(provider, key, reason) }
            refreshing[key] = nil
            await settleRefresh(key, result)
            return result
        }
        refreshing[key] = task
        try await task.value.get()
    }

    /// Whom a refresh is going to ask; the provider's name when that is not known.
    private func server(of provider: Provider, _ key: Key) async -> String {
        guard let linked = try? await linked(key), let context = try? await parts.context(provider, linked, key.id),
            let request = try? Refresh(linked.tokens, in: context)?.request()
        else { return provider.name }
        return request.origin
    }

    /// Waits for whoever refreshes this account in another process.
    private func refreshAlone(_ provider: Provider, _ key: Key, _ reason: RefreshReason) async -> Result<Void, Problem>
    {
        do throws(Problem) {
            // The newest tokens wait for the disk, and the stored ones may be spent.
            if let isPartial = unsaved[key]?.isPartial {
                try await save(key)
                if !isPartial { return .success(()) }
            }
            let before = try await linked(key)
            let lease = try await parts.lease("refresh \(key.id.owner) \(key.id.account) \(key.provider)")
            return .success(try await refreshNow(provider, key, reason, before, lease))
        } catch {
            return .failure(error)
        }
    }

    /// - Parameter before: what was stored before it was our turn.
    private func refreshNow(
        _ provider: Provider, _ key: Key, _ reason: RefreshReason, _ before: Linked?, _ lease: any Sendable
    ) async throws(Problem) {
        defer { withExtendedLifetime(lease) {} }
        guard let auth = try await parts.snapshot(key.id).document["auth"]?[key.provider], let linked = Linked(auth)
        else { throw Self.notLinked(provider) }
        // Somebody else was quicker: what there is now is new. With another refresh token alone, they did not get to the end.
        if linked.tokens.accessToken != before?.tokens.accessToken || linked.method != before?.method { return }
        guard isWanted(reason, auth, linked, key) else { return }
        let context = try await parts.context(provider, linked, key.id)
        guard let refresh = Refresh(linked.tokens, in: context) else { throw Self.noRefresh(provider) }
        let request: OutgoingRequest
        do throws(FlowProblem) {
            request = try refresh.request()
        } catch {
            throw await note(.misconfigured, error, linked, key)
        }
        let wasLost = auth["_refreshing"]?["of"]?.stringValue == Self.digest(linked)
        try await announce(linked, key)
        try await ask(refresh, request, linked, key, wasLost: wasLost, lease)
    }

    /// Sends a request of a refresh, and what follows from its answer.
    private func ask(
        _ refresh: Refresh, _ request: OutgoingRequest, _ linked: Linked, _ key: Key, wasLost: Bool,
        _ lease: any Sendable
    ) async throws(Problem) {
        var refresh = refresh
        let outcome = refresh.outcome(of: await parts.transport.send(request), at: parts.clock.wall)
        guard case .step(let tokens) = outcome else {
            return try await settle(outcome, linked, key, wasLost: wasLost, lease)
        }
        // What a step has given is durable before the next one is taken: the old refresh token may be spent.
        var kept = linked
        kept.tokens = tokens
        if kept != linked { try await replace(linked, by: tokens, key, lease: lease, isPartial: true) }
        let next: OutgoingRequest
        do throws(FlowProblem) { next = try refresh.request() } catch { throw Problem(error) }
        try await ask(refresh, next, kept, key, wasLost: false, lease)
    }

    /// How often new tokens may be asked for at once, and in each minute.
    private static let asks = 20

    private func checkAskPace(_ provider: Provider, _ key: Key) throws(Problem) {
        guard let wait = askPace.take(key, burst: Self.asks, at: parts.clock.now) else { return }
        throw Problem(
            429, "too_many", "New tokens of \(provider.label) were asked for too often.",
            hint: "They are renewed by themselves."
        ).retrying(after: wait)
    }

    private func isWanted(_ reason: RefreshReason, _ auth: JSON, _ linked: Linked, _ key: Key) -> Bool {
        // What the provider has ended stays so, whoever asks.
        let hasEnded = auth["problem"]?.stringValue == State.reconnectNeeded.rawValue
        return switch reason {
        case .asked: true
        case .due where hasEnded, .rejected where hasEnded: false
        case .due:
            auth["_refreshing"] != nil
                || TokenLife(stored: auth).isDue(at: parts.clock.wall, spread: Self.spread(key))
        case .rejected(let token): token == linked.tokens.accessToken
        }
    }

    /// Writes down that the provider is about to be asked. When there is no room for the answer, it is not asked.
    private func announce(_ linked: Linked, _ key: Key) async throws(Problem) {
        let note: JSON = ["of": .string(Self.digest(linked)), "since": .int(Int(parts.clock.wall))]
        let isCurrent = try await change(
            linked, key, [.set("auth", key.provider, "_refreshing", to: note)], spare: Self.spareRoom)
        guard isCurrent else { throw Self.notCurrent }
    }

    /// By what the spent token of a refresh is known again.
    private static func digest(_ linked: Linked) -> String {
        Hex.encode(Crypto.sha256((linked.tokens.refreshToken ?? linked.tokens.accessToken).utf8).prefix(16))
    }

    private func settle(
        _ outcome: Refresh.Outcome, _ linked: Linked, _ key: Key, wasLost: Bool, _ lease: any Sendable
    ) async throws(Problem) {
        switch outcome {
        case .step: break
        // SECURITY: new tokens are durable before anybody hears of them; the old ones may be spent.
        case .refreshed(let tokens): try await replace(linked, by: tokens, key, lease: lease)
        case .reconnect(let problem): try await refused(problem, linked, key, wasLost: wasLost)
        case .misconfigured(let problem): throw await note(.misconfigured, problem, linked, key)
        case .retry(let pause, let problem):
            let later = Problem(502, problem.code, problem.message, hint: problem.hint)
            throw pause.map(later.retrying) ?? later
        }
    }

    /// The provider does not take the refresh token. Before that is believed, the vault is read once more: somebody who
    /// heeds no lease may have put another one there.
    private func refused(
        _ problem: FlowProblem, _ linked: Linked, _ key: Key, wasLost: Bool
    ) async throws(Problem) {
        if let now = try await self.linked(key), now != linked { return }
        guard wasLost else { throw await note(.reconnectNeeded, problem, linked, key) }
        let label = parts.catalogue[key.provider]?.label ?? key.provider
        let lost = FlowProblem(
            code: problem.code,
            message: "The answer to an earlier renewal was lost, and \(label) does not take the old tokens any more.",
            hint: "Connect again.")
        throw await note(.reconnectNeeded, lost, linked, key)
    }

    /// Keeps what is wrong with a connection, for the status to tell.
    ///
    /// - Parameter source: what has found it: `refresh`, or `probe`, a look at the account.
    func note(
        _ state: State, _ problem: FlowProblem, _ linked: Linked, _ key: Key, source: String = "refresh"
    ) async -> Problem {
        parts.log.warning("\(source) refused", key, ["status": state.rawValue])
        // Should this write fail, the next refresh tells again.
        let isCurrent = try? await change(
            linked, key,
            [
                .set("auth", key.provider, "problem", to: .string(state.rawValue)),
                .set("auth", key.provider, "problem_at", to: .int(Int(parts.clock.wall))),
                .set("auth", key.provider, "problem_source", to: .string(source)),
                .set("auth", key.provider, "problem_message", to: .string(problem.message)),
                .set("auth", key.provider, "problem_hint", to: .string(problem.hint)),
                .remove("auth", key.provider, "_refreshing"),
            ])
        if isCurrent != false, let kind = AccountChange.Kind(rawValue: state.rawValue) {
            parts.changes.tell(.init(kind, key, at: parts.clock.wall))
        }
        await publish(key)
        return Problem(problem)
    }

    /// What is kept of what is wrong with a connection.
    static let problemMembers = ["problem", "problem_at", "problem_source", "problem_message", "problem_hint"]

    static func notLinked(_ provider: Provider) -> Problem {
        Problem(409, "not_linked", "\(provider.label) is not connected.", hint: "Connect it first.")
    }

    private static func noRefresh(_ provider: Provider) -> Problem {
        Problem(
            409, "no_refresh", "\(provider.label) gives no way to refresh this connection.",
            hint: "If it has ended, connect again.")
    }
}
