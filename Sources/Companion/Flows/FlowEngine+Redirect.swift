internal import JSON
internal import Providers
internal import Vault

/// The authorization code grant: the browser goes to the provider and comes back.
extension FlowEngine {
    /// Begins a sign-in by redirect, or answers with the one that is going on in the same browser.
    ///
    /// - Parameter cookies: what the browser holds already.
    /// - Returns: the sign-in, and the cookie with which the browser comes back.
    func beginRedirect(
        _ provider: Provider, _ method: SignInMethod, _ id: AccountID, _ cookies: FlowCookies
    ) async throws(Problem) -> (flow: RedirectFlow, cookie: FlowCookie) {
        let key = Key(provider: provider.name, id: id)
        let context = try await parts.readyContext(provider, method, id).context
        // From here to `take` nothing is awaited: of several clicks at once one makes the flow, the others find it.
        if let entry = redirects.pending(key), !entry.isSpent, entry.flow.method == method.id,
            entry.flow.expiresAt > parts.clock.now, entry.servers.isNamed(by: context.values, provider)
        {
            let held = cookies.value(key.provider, state: entry.flow.state)
            if FlowCookies.fits(held, entry.binding) {
                return (entry.flow, FlowCookie(key.provider, state: entry.flow.state, value: held))
            }
        }
        try checkRoom(key)
        try checkPace(provider, key)
        let value = try FlowCookies.newValue()
        let flow = try newRedirect(method, context)
        let entry = RedirectBook.Entry(
            key: key, flow: flow, binding: FlowCookies.binding(value), servers: Entrusted(context))
        starts[key] = nil
        drop(key)
        take(entry)
        do throws(Problem) {
            try await parts.apply(
                [.remove(key.provider, "_pending_device"), .set(key.provider, "_pending_redirect", to: entry.json)], id)
        } catch {
            if redirects.isGoingOn(entry) { redirects.remove(key) }
            throw error
        }
        guard redirects.isGoingOn(entry) else { throw Self.replaced(provider) }
        parts.log.info("sign-in begun", key, ["method": method.id])
        await publish(key)
        return (flow, FlowCookie(key.provider, state: flow.state, value: value))
    }

    /// Waits for the browser to come back, until the state's life is over.
    func take(_ entry: RedirectBook.Entry) {
        redirects.add(entry)
        wake(.redirect, entry.key, at: entry.flow.expiresAt)
    }

    private func newRedirect(_ method: SignInMethod, _ context: FlowContext) throws(Problem) -> RedirectFlow {
        let secrets = try Problem.orInternal(FlowSecrets.random)
        var flow = RedirectFlow(method: method)
        if case .refused(let problem) = flow.handle(.begin(secrets), at: parts.clock.now, in: context) {
            throw Problem(problem)
        }
        return flow
    }

    /// The browser did not come back in time.
    func expireRedirect(_ key: Key) async {
        func isOver(_ entry: RedirectBook.Entry) -> Bool { !entry.isSpent && entry.flow.expiresAt <= parts.clock.now }
        guard let entry = redirects.pending(key), isOver(entry), let provider = parts.catalogue[key.provider],
            let context = try? await parts.context(provider, entry.flow.method, key.id),
            let current = redirects.pending(key), isOver(current)
        else { return }
        var flow = current.flow
        _ = flow.handle(.due, at: parts.clock.now, in: context)
        _ = await fail(key, Outcome(flow))
    }

    /// What became of a callback.
    enum CallbackResult: Sendable, Equatable {
        /// It belongs to a sign-in; how that ended is in the status of the account, whose name is told unless it has come
        /// back before.
        case taken(account: String?)
        /// It belongs to none: nothing was sent anywhere.
        case refused(Refusal)
    }

    /// Why a callback is not believed, in a word for the log.
    enum Refusal: String, Sendable {
        /// It brings no state, or more than one.
        case noState = "no_state"
        /// No sign-in with this provider waits for its state.
        case unknownState = "unknown_state"
        /// Its state belongs to a browser with another cookie.
        case otherBrowser = "other_browser"
    }

    /// The browser came back with these query items.
    func callback(_ provider: Provider, _ parameters: [Parameter], _ cookies: FlowCookies) async -> CallbackResult {
        let states = parameters.filter { $0.name == "state" }.map(\.value)
        guard states.count == 1, let state = states.first, !state.isEmpty else { return .refused(.noState) }
        let cookie = cookies.value(provider.name, state: state)
        if let key = live.key(ofState: state), key.provider == provider.name, let entry = live[key] {
            // SECURITY: the state stands in addresses, which others may have seen: only the browser that asked for the
            // page may end the sign-in.
            guard live.returns(key).knows(cookie) else { return .refused(.otherBrowser) }
            // A page of an approval came back: the provider is asked at once, if it was not asked just now.
            await toTheEnd { await self.handle(.returned(parameters), key, serial: entry.serial) }
            return .taken(account: key.id.account)
        }
        switch redirects.spend(state, provider: provider.name, by: .browser(cookie), at: parts.clock.now) {
        case .foreign(let refusal): return .refused(refusal)
        case .spent: return .taken(account: nil)
        case .pending(let entry):
            // How it ended is told by the status.
            _ = await finish(entry, provider, parameters)
            return .taken(account: entry.key.id.account)
        }
    }

    /// Exchanges the code for tokens. It works once, so whatever goes wrong ends the sign-in.
    ///
    /// - Returns: what went wrong; nil when the account is linked.
    func finish(_ entry: RedirectBook.Entry, _ provider: Provider, _ parameters: [Parameter]) async -> Problem? {
        await toTheEnd { await self.exchange(entry, provider, parameters) }
    }

    private func exchange(
        _ entry: RedirectBook.Entry, _ provider: Provider, _ parameters: [Parameter]
    ) async -> Problem? {
        var flow = entry.flow
        let context: FlowContext
        do throws(Problem) {
            context = try await parts.context(provider, flow.method, entry.key.id)
        } catch {
            return await end(entry, FlowProblem(error))
        }
        // SECURITY: the code of one server goes to no other.
        guard entry.servers.isNamed(by: context.values, provider) else {
            return await end(entry, Entrusted.movedMeanwhile(provider))
        }
        var step = flow.handle(.callback(parameters), at: parts.clock.now, in: context)
        while case .send(let request) = step, redirects.isGoingOn(entry) {
            step = flow.handle(.answer(await parts.transport.send(request)), at: parts.clock.now, in: context)
        }
        guard redirects.isGoingOn(entry) else {
            await revokeUnwanted(flow.tokens, in: context)
            return Self.replaced(provider)
        }
        if let tokens = flow.tokens { return await store(tokens, of: flow, entry) }
        if case .refused(let problem) = step { return await end(entry, problem) }
        return await end(entry, FlowProblem(code: flow.status.rawValue, message: flow.message, hint: flow.hint))
    }

    /// What goes wrong with saving is told by the status, too, and tried again.
    private func store(_ tokens: TokenSet, of flow: RedirectFlow, _ entry: RedirectBook.Entry) async -> Problem? {
        do throws(Problem) {
            try await link(Linked(tokens: tokens, method: flow.method, servers: entry.servers), entry.key)
            return nil
        } catch {
            return error
        }
    }

    private func end(_ entry: RedirectBook.Entry, _ problem: FlowProblem) async -> Problem {
        guard redirects.isGoingOn(entry) else { return Problem(problem) }
        return await fail(entry.key, Outcome(entry.flow.method, problem))
    }
}

extension FlowEngine.Outcome {
    init(_ flow: RedirectFlow) {
        self.init(method: flow.method, status: flow.status.rawValue, message: flow.message, hint: flow.hint)
    }
}
