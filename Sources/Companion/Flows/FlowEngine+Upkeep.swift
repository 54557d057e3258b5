internal import JSON
internal import Providers
internal import Vault

/// Connections are kept alive: tokens are renewed before they end, and now and then the provider is asked whether they
/// still work.
extension FlowEngine {
    /// How long the provider is believed after it has named the account, in seconds.
    private static let probeInterval = 6 * 3600.0
    /// After a start, what is overdue is not all done at once, but within so many seconds.
    private static let crowd = 20.0

    /// Plans what is to be done with a connection from what is stored of it.
    func plan(_ key: Key, _ auth: JSON?) {
        guard let auth, let linked = Linked(auth), let provider = parts.catalogue[key.provider],
            let method = provider.method(linked.method),
            auth["problem"]?.stringValue != State.reconnectNeeded.rawValue
        else {
            upkeep[key] = nil
            return
        }
        plan(\.renewal, .renewal, key, at: renewalTime(auth, linked, provider, key))
        plan(\.probe, .probe, key, at: provider.canIdentify(method) ? probeTime(auth, key) : nil)
    }

    /// As above, from what is stored now.
    func replan(_ key: Key) async {
        guard let document = try? await parts.snapshot(key.id).document else { return }
        plan(key, document["auth"]?[key.provider])
    }

    private func plan(
        _ path: WritableKeyPath<Upkeep, Upkeep.Duty>, _ matter: Deadline.Matter, _ key: Key, at time: Double?
    ) {
        let before = upkeep[key]?[keyPath: path].dueAt
        // What stays about the same needs no other deadline.
        if let time, let before, abs(time - before) < 1, before > parts.clock.now { return }
        upkeep[key, default: Upkeep()][keyPath: path].dueAt = time
        if let time { wake(matter, key, at: time) }
    }

    /// When tokens are to be renewed, by the engine's clock.
    private func renewalTime(_ auth: JSON, _ linked: Linked, _ provider: Provider, _ key: Key) -> Double? {
        guard canRefresh(linked, provider) else { return nil }
        let (now, wall, spread) = (parts.clock.now, parts.clock.wall, Self.spread(key))
        if auth["problem"]?.stringValue == State.misconfigured.rawValue, auth["problem_source"] != "probe" {
            // Somebody has to correct the app keys, which plans anew; until then the provider is asked rarely.
            return now + Self.probeInterval * (1 + spread)
        }
        if let duty = upkeep[key]?.renewal, duty.failures > 0, let failedAt = duty.failedAt {
            return now + max(0, failedAt + duty.pause(spread: spread) - wall)
        }
        // The answer to the last one may have been lost.
        if auth["_refreshing"] != nil { return now + spread }
        let life = TokenLife(stored: auth)
        guard let time = life.refreshAt(spread: spread) else { return nil }
        let isDue = life.isDue(at: wall, spread: spread)
        let wait = isDue ? (life.isClosing(at: wall) ? spread : spread * Self.crowd) : time - wall
        return now + max(wait, rest(auth, life))
    }

    /// How long tokens rest that were renewed just now, however soon they end, in seconds: a provider whose tokens hardly live
    /// is not asked all the time.
    private func rest(_ auth: JSON, _ life: TokenLife) -> Double {
        guard let obtainedAt = life.obtainedAt, auth["_renewed"] == true else { return 0 }
        return min(obtainedAt + Self.shortestUse - parts.clock.wall, Self.shortestUse)
    }

    private func probeTime(_ auth: JSON, _ key: Key) -> Double? {
        let (now, wall, spread) = (parts.clock.now, parts.clock.wall, Self.spread(key))
        if let duty = upkeep[key]?.probe, duty.failures > 0, let failedAt = duty.failedAt {
            return now + max(0, failedAt + duty.pause(spread: spread) - wall)
        }
        let last = (auth["_checked_at"] ?? auth["obtained_at"])?.intValue.map(Double.init) ?? 0
        let next = min(last, wall) + Self.probeInterval * (0.75 + 0.5 * spread)
        return now + max(next - wall, spread * Self.crowd)
    }

    // MARK: Renewing

    /// It is time for new tokens.
    func renew(_ key: Key) async {
        guard !isStopping, let provider = parts.catalogue[key.provider] else { return }
        // How it went is kept by `settleRefresh`.
        try? await refresh(provider, key.id, .due)
    }

    /// A refresh has ended: keeps how, plans the next one, and tells those who listen.
    func settleRefresh(_ key: Key, _ result: Result<Void, Problem>) async {
        switch result {
        case .success: upkeep[key]?.renewal.succeed()
        case .failure(let problem) where !Self.isSettled(problem):
            upkeep[key, default: Upkeep()].renewal.fail(problem, at: parts.clock.wall)
            let pause = upkeep[key]?.renewal.pause(spread: Self.spread(key)) ?? 0
            parts.log.warning("not refreshed", key, ["reason": problem.code, "retry_in": "\(Int(pause))s"])
        case .failure: break
        }
        await replan(key)
        parts.answers.changed()
        if case .failure = result { await publish(key) }
    }

    /// Whether nothing is to be tried again after a failure: what is wrong is stored, or there is nothing to renew.
    private static func isSettled(_ problem: Problem) -> Bool {
        // A server whose address was changed may get it back.
        problem.status < 500 && problem.status != 429 && !problem.isMoved
    }

    /// The machine's clock has jumped: what is due by it is due at another time now.
    func replanAll() async {
        for key in upkeep.keys { await replan(key) }
    }

    // MARK: Looking

    /// Asks the provider whose account it is. That keeps the name, and shows whether the token works. Whoever asks while
    /// that is under way waits for it.
    func probe(_ key: Key) async {
        while let task = probing[key] {
            let asked = await task.value
            // It may have been about a connection that another one has replaced.
            if asked == (try? await linked(key)) { return }
        }
        let task = Task {
            let asked = try? await linked(key)
            if let asked { await probeNow(key, asked) }
            probing[key] = nil
            await replan(key)
            return asked
        }
        probing[key] = task
        _ = await task.value
    }

    private func probeNow(_ key: Key, _ linked: Linked) async {
        guard !isStopping, let provider = parts.catalogue[key.provider],
            let context = await probeContext(provider, linked, key),
            let identity = Identity(linked.tokens, in: context), let request = try? identity.request()
        else { return }
        let (slots, transport) = (lookSlots, parts.transport)
        let exchange = await probeSlots.run(at: request.origin) { await slots.run { await transport.send(request) } }
        switch identity.outcome(of: exchange, at: parts.clock.wall) {
        case .account(let name, let id, let more): await keepIdentity((name, id, more["avatar"]), linked, key)
        case .refused(let problem): await refusedProbe(problem, provider, linked, key)
        case .failed(let problem):
            upkeep[key, default: Upkeep()].probe.fail(Problem(problem), at: parts.clock.wall)
            await publish(key)
        }
    }

    /// What a look at a connection needs; nil when there can be none now.
    private func probeContext(_ provider: Provider, _ linked: Linked, _ key: Key) async -> FlowContext? {
        do throws(Problem) {
            return try await parts.seenContext(provider, linked, key.id)
        } catch {
            upkeep[key, default: Upkeep()].probe.fail(error, at: parts.clock.wall)
            await publish(key)
            return nil
        }
    }

    private func keepIdentity(
        _ person: (name: String?, id: String?, avatar: String?), _ linked: Linked, _ key: Key
    ) async {
        let auth = try? await parts.snapshot(key.id).document["auth"]?[key.provider]
        var changes = [VaultChange.set("auth", key.provider, "_checked_at", to: .int(Int(parts.clock.wall)))]
        for (member, value) in [("account_name", person.name), ("account_id", person.id)] {
            // Only what is new makes the config's revision another one.
            if let value, auth?[member]?.stringValue != value {
                changes.append(.set("auth", key.provider, member, to: .string(value)))
            }
        }
        if auth?["avatar"]?.stringValue != person.avatar {
            let new = person.avatar.map(JSON.string)
            changes.append(VaultChange(path: ["auth", key.provider, "avatar"], value: new))
        }
        if auth?["_unchecked"] != nil { changes.append(.remove("auth", key.provider, "_unchecked")) }
        // What another look had found is over; what a refresh has found is not.
        if auth?["problem_source"] == "probe" {
            changes += Self.problemMembers.map { .remove("auth", key.provider, $0) }
        }
        let hadProblem = upkeep[key]?.probe.problem != nil
        upkeep[key]?.probe.succeed()
        let isCurrent = try? await change(linked, key, changes)
        if isCurrent == true, hadProblem || changes.count > 1 { await publish(key) }
    }

    /// The token does not work any more, whatever its end was to be: a new one may. That the app is refused is believed
    /// when it is said twice in a row: other things are answered like that, too.
    private func refusedProbe(_ problem: FlowProblem, _ provider: Provider, _ linked: Linked, _ key: Key) async {
        if problem.status == .appRejected {
            upkeep[key, default: Upkeep()].probe.fail(Problem(problem), at: parts.clock.wall)
            guard upkeep[key]?.probe.failures ?? 0 > 1 else { return }
            _ = await note(.misconfigured, problem, linked, key, source: "probe")
        } else if canRefresh(linked, provider) {
            try? await refresh(provider, key.id, .rejected(linked.tokens.accessToken))
        } else {
            _ = await note(.reconnectNeeded, problem, linked, key, source: "probe")
        }
    }

    /// The app keys of a provider were changed: what it said of them may be untrue now.
    func reconsider(_ key: Key) async {
        guard let provider = parts.catalogue[key.provider],
            let auth = try? await parts.snapshot(key.id).document["auth"]?[key.provider],
            auth["problem"]?.stringValue == State.misconfigured.rawValue, let linked = Linked(auth)
        else { return }
        if canRefresh(linked, provider) {
            try? await refresh(provider, key.id)
        } else {
            await probe(key)
        }
    }

    // MARK: Others

    /// What other processes and people with editors write changes what is to be done, and what is told.
    func follow(_ changes: AsyncStream<ForeignChange>) async {
        for await change in changes where Visitor.isOwner(change.owner) {
            parts.answers.changed()
            if let problem = change.problem {
                parts.log.warning("edit refused", ["owner": change.owner, "reason": problem.description])
            } else {
                await reread(change.owner)
            }
        }
    }

    private func reread(_ owner: String) async {
        await parts.accounts.reload(owner)
        // One that nothing is left of has to hear of it, too.
        let accounts = await accounts(of: owner)
        await planAll(accounts, of: owner) { key in await publish(key) }
        for account in accounts {
            let id = AccountID(owner: owner, account: account)
            guard let revision = try? await parts.snapshot(id).revision else { continue }
            parts.events.publishConfig(revision: revision, id: id)
        }
    }

    /// Providers are described in another way, or others are.
    func planEverything() async {
        for owner in (try? await parts.vault.owners()) ?? [] where Visitor.isOwner(owner) {
            await planAll(await accounts(of: owner), of: owner) { _ in }
        }
    }

    /// The accounts that there are, and those for which something is still planned.
    private func accounts(of owner: String) async -> Set<String> {
        let stored = (try? await parts.vault.accounts(owner: owner)) ?? []
        return Set(stored).union(upkeep.keys.filter { $0.id.owner == owner }.map(\.id.account))
    }

    private func planAll(_ accounts: Set<String>, of owner: String, then tell: (Key) async -> Void) async {
        for account in accounts {
            let id = AccountID(owner: owner, account: account)
            guard let document = try? await parts.snapshot(id).document else { continue }
            for provider in parts.catalogue.providers {
                let key = Key(provider: provider.name, id: id)
                plan(key, document["auth"]?[provider.name])
                await tell(key)
            }
        }
    }
}
