internal import Crypto
internal import JSON
internal import Providers
internal import Vault

/// The authorization code grant: the browser goes to the provider and comes back.
extension FlowEngine {
    /// Begins a sign-in by redirect, or answers with the one that is going on in the same browser.
    ///
    /// - Parameter cookie: what the browser already holds, or will hold, to be known by when it comes back.
    func beginRedirect(
        _ provider: Provider, _ method: SignInMethod, _ id: AccountID, cookie: String
    ) async throws(Problem) -> RedirectFlow {
        let key = Key(provider: provider.name, id: id)
        let binding = RedirectBook.binding(cookie)
        let context = try await parts.readyContext(provider, method, id)
        // From here to `add` nothing is awaited: of several clicks at once the first makes the flow, the others find it.
        if let entry = redirects.pending(key), entry.binding == binding, entry.flow.method == method.id,
            entry.flow.isWaiting, entry.flow.expiresAt > parts.clock.now
        {
            return entry.flow
        }
        let entry = RedirectBook.Entry(key: key, flow: try newRedirect(method, context), binding: binding)
        live[key] = nil
        outcomes[key] = nil
        redirects.add(entry)
        do throws(Problem) {
            try await parts.apply(
                [.remove(key.provider, "_pending_device"), .set(key.provider, "_pending_redirect", to: entry.json)], id)
        } catch {
            redirects.remove(key)
            throw error
        }
        await publish(key)
        return entry.flow
    }

    private func newRedirect(_ method: SignInMethod, _ context: FlowContext) throws(Problem) -> RedirectFlow {
        let secrets: FlowSecrets
        do { secrets = try FlowSecrets.random() } catch { throw Problem(internal: "\(error)") }
        var flow = RedirectFlow(method: method)
        if case .refused(let problem) = flow.handle(.begin(secrets), at: parts.clock.now, in: context) {
            throw Problem(problem)
        }
        return flow
    }

    /// What became of a callback.
    enum CallbackResult: Sendable, Equatable {
        /// It belongs to a sign-in; how that ended is in the status of the account.
        case taken
        /// It belongs to none: nothing was sent anywhere.
        case refused
    }

    /// The browser came back with these query items.
    func callback(_ provider: Provider, _ parameters: [Parameter], cookie: String) async -> CallbackResult {
        let states = parameters.filter { $0.name == "state" }.map(\.value)
        guard states.count == 1, let state = states.first, !state.isEmpty else { return .refused }
        if await returned(provider, parameters, state: state) { return .taken }
        switch redirects.spend(state, provider: provider.name, cookie: cookie, at: parts.clock.now) {
        case .foreign: return .refused
        case .spent: return .taken
        case .pending(let entry):
            await finish(entry, provider, parameters)
            return .taken
        }
    }

    /// A page of an approval came back: its state names the live sign-in, which is asked at once.
    private func returned(_ provider: Provider, _ parameters: [Parameter], state: String) async -> Bool {
        for (key, current) in live where key.provider == provider.name {
            if Crypto.equalInConstantTime(Array(current.flow.state.utf8), Array(state.utf8)) {
                await handle(.returned(parameters), key, serial: current.serial)
                return true
            }
        }
        return false
    }

    private func finish(_ entry: RedirectBook.Entry, _ provider: Provider, _ parameters: [Parameter]) async {
        var flow = entry.flow
        guard let context = await parts.context(provider, flow.method, entry.key.id) else { return }
        var step = flow.handle(.callback(parameters), at: parts.clock.now, in: context)
        while case .send(let request) = step {
            step = flow.handle(.answer(await parts.transport.send(request)), at: parts.clock.now, in: context)
        }
        if let tokens = flow.tokens {
            return await link(Linked(tokens: tokens, method: flow.method), entry.key)
        }
        var outcome = Outcome(method: flow.method, status: flow.status.rawValue, message: flow.message, hint: flow.hint)
        if case .refused(let problem) = step {
            outcome = Outcome(method: flow.method, status: problem.code, message: problem.message, hint: problem.hint)
        }
        outcomes[entry.key] = outcome
        parts.log.info("sign-in ended", entry.key, ["status": outcome.status])
        await forgetPending(entry.key)
        await publish(entry.key)
    }
}
