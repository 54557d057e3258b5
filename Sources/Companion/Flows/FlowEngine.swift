internal import Crypto
internal import JSON
internal import Providers
internal import Vault

/// Runs the sign-ins: the one place that polls providers.
///
/// There is at most one sign-in going on for each provider and account. Its state is in the vault before its code is
/// shown, so it survives the process; tokens are in the vault before anybody hears of them. Flows themselves are pure
/// values: the engine gives them the time, sends what they ask to be sent, and stores what they yield.
///
/// Whatever is awaited lets others in: after each `await` the engine looks whether the sign-in is still the one that
/// goes on. The answer to one that is not changes nothing here, and a connection that it made is ended at the provider.
actor FlowEngine {
    /// Whose sign-in with whom.
    struct Key: Hashable, Sendable {
        let provider: String
        let id: AccountID
    }

    /// How a sign-in ended that did not end well.
    struct Outcome: Sendable, Equatable {
        let method: String
        let status: String
        let message: String
        let hint: String
    }

    /// What comes with a request to sign in by entered values.
    struct Entered: Sendable {
        /// Values by the key of their field. SECURITY: they live as long as the request.
        var values: [String: String] = [:]
        /// Whether a credential is kept although it cannot be checked just now.
        var mayBeUnchecked = false
    }

    /// A sign-in that was asked for and whose first answer has not come.
    struct Start {
        let serial: Int
        let method: String
        let task: Task<Result<PollingFlow?, Problem>, Never>
    }

    /// When to look at something again.
    struct Deadline {
        enum Matter { case poll, redirect, saving, renewal, probe }
        let key: Key
        let matter: Matter
        let time: Double
    }

    private(set) var parts: EngineParts { didSet { parts.answers.changed() } }
    /// How many sign-ins may go on at once, of all accounts.
    private(set) var pendingLimit: Int
    var pace: StartPace
    var starts: [Key: Start] = [:] { didSet { parts.answers.changed() } }
    var live = LiveFlows() { didSet { parts.answers.changed() } }
    var redirects = RedirectBook() { didSet { parts.answers.changed() } }
    /// Of the accounts whose sign-in ended last; older ones are forgotten.
    var outcomes = BoundedTable<Key, Outcome>(limit: 10_000) { didSet { parts.answers.changed() } }
    var unsaved: [Key: Unsaved] = [:] { didSet { parts.answers.changed() } }
    var refreshing: [Key: Task<Result<Void, Problem>, Never>] = [:] { didSet { parts.answers.changed() } }
    /// Of connections.
    var upkeep: [Key: Upkeep] = [:] { didSet { parts.answers.changed() } }
    /// How many refreshes, and how many looks at connections, are under way at once at one server.
    let refreshSlots = Slots(32)
    var askPace = BoundedTable<Key, TokenBucket>(limit: 1024)
    /// Looks at connections that are under way.
    var probing: [Key: Task<Linked?, Never>] = [:]
    let probeSlots = Slots(4)
    /// How many looks go on at all servers together: people's own may be very many, and all away.
    let lookSlots = Slots(32)
    /// How often pictures are asked for, by owner.
    var avatarPace = BoundedTable<String, TokenBucket>(limit: 1024)
    /// What `toTheEnd` does just now.
    var underWay = 0
    /// Nothing new is begun any more.
    var isStopping = false
    /// By how much the machine's clock was ahead of the engine's when that was looked at last.
    var clockShift: Double
    var readers: [Key: Readers] = [:]
    var deadlines = DeadlineQueue<Deadline>()
    var alarm: Task<Void, Never>?
    var alarmTime = Double.infinity
    private var lastSerial = 0

    init(_ parts: EngineParts, pendingLimit: Int) {
        self.parts = parts
        self.pendingLimit = pendingLimit
        pace = StartPace(pendingLimit: pendingLimit)
        clockShift = parts.clock.wall - parts.clock.now
    }

    /// Goes on with other descriptions. A sign-in that is described no longer stays in the vault, as over a restart.
    func adopt(_ parts: EngineParts, pendingLimit: Int) {
        if pendingLimit != self.pendingLimit { pace = StartPace(pendingLimit: pendingLimit) }
        (self.parts, self.pendingLimit) = (parts, pendingLimit)
        let waiting = live.methods.merging(redirects.methods) { $1 }
        for (key, method) in waiting.merging(starts.mapValues(\.method), uniquingKeysWith: { $1 })
        where parts.catalogue[key.provider]?.method(method) == nil {
            starts[key] = nil
            drop(key)
        }
    }

    func nextSerial() -> Int {
        lastSerial += 1
        return lastSerial
    }

    // MARK: Beginning

    /// Begins a sign-in by code or approval, or answers with the one that is going on.
    ///
    /// - Parameter cookies: what the browser holds already.
    /// - Returns: the sign-in, and the cookie with which the browser comes back, where it does.
    func begin(
        _ provider: Provider, _ method: SignInMethod, _ id: AccountID, _ cookies: FlowCookies
    ) async throws(Problem) -> (flow: PollingFlow, cookie: FlowCookie?) {
        let key = Key(provider: provider.name, id: id)
        let value = method.usesCallback ? try FlowCookies.newValue() : nil
        let flow: PollingFlow
        let values = try await parts.values(provider, id)
        if let going = live[key]?.flow, going.method == method.id, going.isWaiting, going.expiresAt > parts.clock.now,
            live.returns(key).servers.isNamed(by: values, provider)
        {
            flow = going
        } else {
            guard let begun = try await once(provider, method, key, binding: value.map(FlowCookies.binding)) else {
                throw Self.replaced(provider)
            }
            flow = begun
        }
        guard let value else { return (flow, nil) }
        return (flow, await bind(flow, key, cookies, value))
    }

    /// Begins a sign-in; whoever asks for the same meanwhile waits for this one. By another method it is another
    /// sign-in, which takes its place.
    ///
    /// - Parameter binding: what is kept of the cookie of the browser that begins it.
    func once(
        _ provider: Provider, _ method: SignInMethod, _ key: Key, binding: String? = nil, entered: Entered = Entered()
    ) async throws(Problem) -> PollingFlow? {
        // What was entered for one is not that of another.
        if let start = starts[key], start.method == method.id, entered.values.isEmpty {
            return try await start.task.value.get()
        }
        try checkRoom(key)
        let serial = nextSerial()
        let task = Task { () -> Result<PollingFlow?, Problem> in
            let result = await toTheEnd { await self.start(provider, method, key, serial, binding, entered) }
            if starts[key]?.serial == serial { starts[key] = nil }
            return result
        }
        starts[key] = Start(serial: serial, method: method.id, task: task)
        return try await task.value.get()
    }

    private func start(
        _ provider: Provider, _ method: SignInMethod, _ key: Key, _ serial: Int, _ binding: String?, _ entered: Entered
    ) async -> Result<PollingFlow?, Problem> {
        do throws(Problem) {
            let (context, isThere) = try await parts.readyContext(
                provider, method, key.id, given: entered.values,
                mayBeAway: entered.mayBeUnchecked && provider.canBeUnchecked(method))
            guard starts[key]?.serial == serial else { throw Self.replaced(provider) }
            try checkPace(provider, key)
            drop(key)
            if method.kind != .key { return .success(try await startPolling(context, key, serial, binding)) }
            try await checkCredentials(context, key, serial, entered, isThere: isThere)
            return .success(nil)
        } catch {
            // The sign-in whose place this one was to take has ended, too.
            if starts[key]?.serial == serial { await forgetPending(key) }
            return .failure(error)
        }
    }

    private func startPolling(
        _ context: FlowContext, _ key: Key, _ serial: Int, _ binding: String?
    ) async throws(Problem) -> PollingFlow {
        let state = try Problem.orInternal { try Crypto.randomToken() }
        var flow = PollingFlow(method: context.method)
        switch flow.handle(.begin(state: state), at: parts.clock.now, in: context) {
        case .send(let request):
            let exchange = await parts.transport.send(request)
            _ = flow.handle(.answer(exchange), at: parts.clock.now, in: context)
        case .refused(let problem): throw Problem(problem)
        case .none: break
        }
        guard starts[key]?.serial == serial else { throw Self.replaced(context.provider) }
        guard flow.isWaiting else { throw await fail(key, Outcome(flow)) }
        let returns = LiveFlows.Returns(bindings: [binding].compactMap(\.self), servers: Entrusted(context))
        let json = returns.json(flow)
        try await parts.apply(
            [.set(key.provider, "_pending_device", to: json), .remove(key.provider, "_pending_redirect")], key.id)
        guard starts[key]?.serial == serial else { throw Self.replaced(context.provider) }
        parts.log.info("sign-in begun", key, ["method": flow.method])
        take(flow, key, returns)
        await publish(key)
        return flow
    }

    static func replaced(_ provider: Provider) -> Problem {
        Problem(
            409, FlowStatus.cancelled.rawValue, "This sign-in to \(provider.label) was ended before it had begun.",
            hint: "Start again if that was not you.")
    }

    /// Makes a flow the live one and waits for its next event.
    func take(_ flow: PollingFlow, _ key: Key, _ returns: LiveFlows.Returns, notBefore: Double = 0) {
        // Before the first poll nobody comes back too early.
        var returns = returns
        returns.from = notBefore > 0 ? max(notBefore, flow.nextPollAt) : 0
        live.add(flow, serial: nextSerial(), returns, key)
        schedule(key, notBefore: notBefore)
    }

    // MARK: Polling

    /// Gives an event to the live flow, sends what it wants sent, and goes on until it waits or has ended.
    func handle(_ event: PollingFlow.Event, _ key: Key, serial: Int) async {
        guard !isStopping, let entry = live[key], entry.serial == serial,
            let provider = parts.catalogue[key.provider]
        else { return }
        guard let context = try? await parts.context(provider, entry.flow.method, key.id) else {
            return schedule(key, notBefore: parts.clock.now + entry.flow.interval)
        }
        guard let current = live[key], current.serial == serial else { return }
        // SECURITY: what the provider was told to wait for is not told to another one.
        guard live.returns(key).servers.isNamed(by: context.values, provider) else {
            _ = await fail(key, Outcome(current.flow.method, Entrusted.movedMeanwhile(provider)))
            return
        }
        let before = current.flow
        var flow = before
        var step = flow.handle(event, at: parts.clock.now, in: context)
        // SECURITY: pages that come back do not make us ask more often than the provider allows. The flow stays as it
        // was, and is polled when that is due.
        if case .returned = event, case .send = step, parts.clock.now < live.returns(key).from { return }
        var requests = 0
        while case .send(let request) = step {
            live.update(flow, key)
            requests += 1
            let exchange = await parts.transport.send(request)
            guard let now = live[key], now.serial == serial else {
                _ = flow.handle(.answer(exchange), at: parts.clock.now, in: context)
                return await revokeUnwanted(flow.tokens, in: context)
            }
            flow = now.flow
            step = flow.handle(.answer(exchange), at: parts.clock.now, in: context)
            var next = parts.clock.now + flow.interval
            if case .response(let answer) = exchange, answer.header("Retry-After") != nil { next = flow.nextPollAt }
            live.setReturns(from: next, key)
        }
        live.update(flow, key)
        // After two requests it is at another stage.
        await settle(flow, before: before, hasAdvanced: requests > 1, key)
    }

    private func settle(_ flow: PollingFlow, before: PollingFlow, hasAdvanced: Bool, _ key: Key) async {
        if let tokens = flow.tokens {
            // What goes wrong with saving is told by the status, and tried again.
            _ = try? await link(
                Linked(tokens: tokens, method: flow.method, servers: live.returns(key).servers), key)
            return
        }
        guard flow.status.isPending else {
            _ = await fail(key, Outcome(flow))
            return
        }
        let now = parts.clock.now
        // A flow with nothing to do although it is due (its description has changed) waits for its end.
        schedule(key, notBefore: (flow.nextEventAt ?? 0) <= now ? now + flow.interval : 0)
        if flow.interval != before.interval || hasAdvanced, let json = live.json(key) {
            // What was reached holds after a restart, too. Should this write fail, the next poll tells again.
            _ = try? await parts.apply([.set(key.provider, "_pending_device", to: json)], key.id)
        }
        if flow.message != before.message { await publish(key) }
    }

    // MARK: Ending

    /// Ends the sign-in that is going on because the person gave up; one whose tokens cannot be saved goes on, too.
    ///
    /// - Returns: whether there was one.
    func cancel(_ key: Key) async -> Bool {
        var method = live[key]?.flow.method ?? redirects.pending(key)?.flow.method ?? starts[key]?.method
        if method == nil, let unwanted = await takeUnsaved(key) {
            method = unwanted.method
            Task { await revokeUnwanted(unwanted, key) }
        }
        guard let method else { return false }
        starts[key] = nil
        let label = parts.catalogue[key.provider]?.label ?? key.provider
        let outcome = Outcome(
            method: method, status: FlowStatus.cancelled.rawValue, message: "Connecting \(label) was cancelled.",
            hint: "")
        _ = await fail(key, outcome)
        return true
    }

    /// The sign-in has ended without tokens: that is kept, told, and given back as a problem.
    func fail(_ key: Key, _ outcome: Outcome) async -> Problem {
        drop(key)
        outcomes[key] = outcome
        parts.log.info("sign-in ended", key, ["status": outcome.status])
        await forgetPending(key)
        await publish(key)
        return Problem(FlowProblem(code: outcome.status, message: outcome.message, hint: outcome.hint))
    }

    /// Nothing goes on any more but what is just beginning, and of what went on before nothing is told.
    func drop(_ key: Key) {
        if let flow = live[key]?.flow {
            redirects.retire(flow.state, key, bindings: live.returns(key).bindings, at: parts.clock.now)
        }
        live.remove(key)
        redirects.remove(key)
        outcomes[key] = nil
    }

    /// Removes the stored sign-in, unless another one has begun. A failure is no harm: what is stored ends by its own
    /// expiry.
    func forgetPending(_ key: Key) async {
        guard let stored = try? await parts.snapshot(key.id).document[key.provider], live[key] == nil,
            redirects.pending(key) == nil, stored["_pending_device"] != nil || stored["_pending_redirect"] != nil
        else { return }
        _ = try? await parts.apply(
            [.remove(key.provider, "_pending_device"), .remove(key.provider, "_pending_redirect")], key.id)
    }
}

extension FlowEngine.Outcome {
    init(_ method: String, _ problem: FlowProblem) {
        self.init(method: method, status: problem.code, message: problem.message, hint: problem.hint)
    }

    init(_ flow: PollingFlow) {
        self.init(method: flow.method, status: flow.status.rawValue, message: flow.message, hint: flow.hint)
    }
}
