internal import Crypto
internal import HTTP
internal import JSON
internal import Providers
internal import Vault

/// Runs the sign-ins: the one place that polls providers.
///
/// There is at most one live sign-in for each provider and account. Its state is in the vault before its code is shown,
/// so it survives the process; tokens are in the vault before anybody hears of them. Flows themselves are pure values:
/// the engine gives them the time, sends what they ask to be sent, and stores what they yield.
actor FlowEngine {
    /// Whose sign-in with whom.
    struct Key: Hashable, Sendable {
        let provider: String
        let id: AccountID
    }

    /// A sign-in that is going on. A class, so that the table of them holds one word for each.
    final class Live: Sendable {
        let flow: PollingFlow
        /// Tells this sign-in from others with the same key: answers to one that has ended change nothing.
        let serial: Int

        init(flow: PollingFlow, serial: Int) {
            self.flow = flow
            self.serial = serial
        }
    }

    /// How a sign-in ended that did not end well.
    struct Outcome: Sendable, Equatable {
        let method: String
        let status: String
        let message: String
        let hint: String
    }

    let parts: EngineParts
    var live: [Key: Live] = [:]
    var outcomes: [Key: Outcome] = [:]
    var redirects = RedirectBook()
    var unsaved: [Key: Linked] = [:]
    private var starting: [Key: Task<Result<PollingFlow, Problem>, Never>] = [:]
    var refreshing: [Key: Task<Result<Void, Problem>, Never>] = [:]
    private var deadlines = DeadlineQueue<(key: Key, serial: Int)>()
    private var alarm: Task<Void, Never>?
    private var alarmTime = Double.infinity
    private var lastSerial = 0

    init(_ parts: EngineParts) { self.parts = parts }

    func nextSerial() -> Int {
        lastSerial += 1
        return lastSerial
    }

    // MARK: Beginning

    /// Begins a sign-in by code or approval, or answers with the one that is going on.
    func begin(_ provider: Provider, _ method: SignInMethod, _ id: AccountID) async throws(Problem) -> PollingFlow {
        let key = Key(provider: provider.name, id: id)
        if let flow = live[key]?.flow, flow.method == method.id, flow.isWaiting, flow.expiresAt > parts.clock.now {
            return flow
        }
        if let task = starting[key] { return try await task.value.get() }
        let task = Task { await start(provider, method, key) }
        starting[key] = task
        let result = await task.value
        starting[key] = nil
        return try result.get()
    }

    private func start(
        _ provider: Provider, _ method: SignInMethod, _ key: Key
    ) async -> Result<PollingFlow, Problem> {
        do throws(Problem) {
            await endAll(key)
            let context = try await parts.readyContext(provider, method, key.id)
            let state: String
            do { state = try Crypto.randomToken() } catch { throw Problem(internal: "\(error)") }
            var flow = PollingFlow(method: method)
            switch flow.handle(.begin(state: state), at: parts.clock.now, in: context) {
            case .send(let request):
                let exchange = await parts.transport.send(request)
                _ = flow.handle(.answer(exchange), at: parts.clock.now, in: context)
            case .refused(let problem): throw Problem(problem)
            case .none: break
            }
            guard flow.isWaiting else {
                outcomes[key] = Outcome(flow)
                await publish(key)
                throw Problem(FlowProblem(code: flow.status.rawValue, message: flow.message, hint: flow.hint))
            }
            try await parts.apply([.set(key.provider, "_pending_device", to: flow.json)], key.id)
            outcomes[key] = nil
            take(flow, key)
            await publish(key)
            return .success(flow)
        } catch {
            return .failure(error)
        }
    }

    /// Makes a flow the live one and waits for its next event.
    private func take(_ flow: PollingFlow, _ key: Key) {
        let serial = nextSerial()
        live[key] = Live(flow: flow, serial: serial)
        schedule(key, serial: serial, at: flow.nextEventAt)
    }

    // MARK: Polling

    private func schedule(_ key: Key, serial: Int, at time: Double?) {
        guard let time else { return }
        deadlines.insert((key, serial), at: time)
        setAlarm()
    }

    /// One task sleeps until the earliest deadline, whatever the number of sign-ins.
    private func setAlarm() {
        guard let earliest = deadlines.earliest, earliest < alarmTime else { return }
        alarm?.cancel()
        alarmTime = earliest
        let wait = max(0, earliest - parts.clock.now)
        alarm = Task { [weak self] in
            do { try await Task.sleep(for: .seconds(wait)) } catch { return }
            await self?.ring()
        }
    }

    private func ring() {
        alarmTime = .infinity
        let now = parts.clock.now
        while let (key, serial) = deadlines.popDue(at: now) {
            Task { await handle(.due, key, serial: serial) }
        }
        setAlarm()
    }

    /// Gives an event to the live flow, sends what it wants sent, and goes on until it waits or has ended.
    func handle(_ event: PollingFlow.Event, _ key: Key, serial: Int) async {
        if unsaved[key] != nil { return await saveAgain(key) }
        guard let provider = parts.catalogue[key.provider] else { return }
        var event = event
        while let current = live[key], current.serial == serial {
            guard let context = await parts.context(provider, current.flow.method, key.id) else { return }
            // The await above let others in: look again before changing anything.
            guard let before = live[key]?.flow, live[key]?.serial == serial else { return }
            var flow = before
            let step = flow.handle(event, at: parts.clock.now, in: context)
            let after = Live(flow: flow, serial: serial)
            live[key] = after
            guard case .send(let request) = step else { return await settle(after, before: before, key) }
            event = .answer(await parts.transport.send(request))
            if live[key]?.serial != serial { return await revokeLate(flow, event, in: context) }
        }
    }

    private func settle(_ current: Live, before: PollingFlow, _ key: Key) async {
        if let tokens = current.flow.tokens {
            return await link(Linked(tokens: tokens, method: current.flow.method), key)
        }
        if current.flow.status.isPending {
            schedule(key, serial: current.serial, at: current.flow.nextEventAt)
            if current.flow.interval != before.interval {
                // What the provider asked for holds after a restart, too. Should this write fail, the next poll tells again.
                _ = try? await parts.apply([.set(key.provider, "_pending_device", to: current.flow.json)], key.id)
            }
            if current.flow.message != before.message { await publish(key) }
            return
        }
        live[key] = nil
        outcomes[key] = Outcome(current.flow)
        parts.log.info("sign-in ended", key, ["status": current.flow.status.rawValue])
        await forgetPending(key)
        await publish(key)
    }

    // MARK: Ending

    /// Ends the live sign-in because the person gave up.
    ///
    /// - Returns: whether there was one.
    func cancel(_ key: Key) async -> Bool {
        let method = live[key]?.flow.method ?? redirects.pending(key)?.flow.method
        guard let method else { return false }
        await endAll(key)
        let label = parts.catalogue[key.provider]?.label ?? key.provider
        outcomes[key] = Outcome(
            method: method, status: FlowStatus.cancelled.rawValue, message: "Connecting \(label) was cancelled.",
            hint: "")
        parts.log.info("sign-in cancelled", key)
        await publish(key)
        return true
    }

    /// Forgets whatever sign-in is live, here and in the vault.
    func endAll(_ key: Key) async {
        let had = live[key] != nil || redirects.pending(key) != nil
        live[key] = nil
        redirects.remove(key)
        outcomes[key] = nil
        if had { await forgetPending(key) }
    }

    /// Removes the stored sign-in. A failure is no harm: what is stored ends by its own expiry.
    func forgetPending(_ key: Key) async {
        _ = try? await parts.apply(
            [.remove(key.provider, "_pending_device"), .remove(key.provider, "_pending_redirect")], key.id)
    }

    // MARK: After a restart

    /// Goes on with the sign-ins that the vault holds; those whose time is over have ended as expired.
    func resume(owner: String) async throws(VaultError) {
        for account in try await parts.vault.accounts(owner: owner) {
            let id = AccountID(owner: owner, account: account)
            let document = try await parts.vault.read(owner: owner, account: account).document
            for provider in parts.catalogue.providers {
                let key = Key(provider: provider.name, id: id)
                if let pending = document[provider.name]?["_pending_device"], let flow = PollingFlow(json: pending) {
                    take(flow, key)
                }
                if let pending = document[provider.name]?["_pending_redirect"],
                    let entry = RedirectBook.Entry(pending, key)
                {
                    redirects.add(entry)
                }
            }
        }
    }

    /// Tells all pages that listen how the account stands now.
    func publish(_ key: Key) async {
        guard parts.events.isHeard(key.id), let provider = parts.catalogue[key.provider],
            let status = try? await status(provider, key.id)
        else { return }
        parts.events.publish("status", status, id: key.id)
    }
}

extension FlowEngine.Outcome {
    init(_ flow: PollingFlow) {
        self.init(method: flow.method, status: flow.status.rawValue, message: flow.message, hint: flow.hint)
    }
}
