internal import HTTP
internal import JSON
internal import Providers
internal import Vault

/// What a sign-in yielded.
struct Linked: Sendable, Equatable {
    let tokens: TokenSet
    /// The id of the method: refreshing and revoking depend on it.
    let method: String
}

extension FlowEngine {
    // MARK: Linking

    /// Stores tokens, then tells everybody. When they cannot be stored they are kept in memory and stored again and
    /// again, and everybody is told that: the provider gives them only once.
    func link(_ linked: Linked, _ key: Key) async {
        do throws(Problem) {
            try await store(linked, key)
        } catch {
            unsaved[key] = linked
            outcomes[key] = Outcome(method: linked.method, status: error.code, message: error.message, hint: error.hint)
            parts.log.warning("tokens not saved", key, ["reason": error.message])
            retrySaving(key)
            return await publish(key)
        }
        unsaved[key] = nil
        live[key] = nil
        redirects.remove(key)
        outcomes[key] = nil
        parts.log.info("linked", key, ["method": linked.method])
        await publish(key)
        await identify(key)
    }

    private func store(_ linked: Linked, _ key: Key) async throws(Problem) {
        var auth = linked.tokens.json
        auth["method"] = .string(linked.method)
        auth["linked_at"] = .int(Int(parts.clock.now))
        try await parts.apply(
            [
                VaultChange(path: ["auth", key.provider], value: .object(auth)),
                .remove(key.provider, "_pending_device"), .remove(key.provider, "_pending_redirect"),
            ], key.id)
    }

    private func retrySaving(_ key: Key) {
        Task {
            try? await Task.sleep(for: .seconds(5))
            await saveAgain(key)
        }
    }

    func saveAgain(_ key: Key) async {
        if let linked = unsaved[key] { await link(linked, key) }
    }

    /// Asks the provider whose account it is, and keeps the name. Linking does not depend on it.
    private func identify(_ key: Key) async {
        guard let (linked, context) = await linkedContext(key), let identity = Identity(linked.tokens, in: context),
            let request = try? identity.request()
        else { return }
        let outcome = identity.outcome(of: await parts.transport.send(request), at: parts.clock.now)
        guard case .account(let name, let id, _) = outcome, await isCurrent(linked, key) else { return }
        var changes: [VaultChange] = []
        if let name { changes.append(.set("auth", key.provider, "account_name", to: .string(name))) }
        if let id { changes.append(.set("auth", key.provider, "account_id", to: .string(id))) }
        if changes.isEmpty { return }
        // The name is an ornament: the account is linked without it.
        _ = try? await parts.apply(changes, key.id)
        await publish(key)
    }

    /// The stored tokens, if there are any.
    func linked(_ key: Key) async -> Linked? {
        Linked(try? await parts.snapshot(key.id).document["auth"]?[key.provider])
    }

    /// The stored tokens with what flows need to use them.
    private func linkedContext(_ key: Key) async -> (Linked, FlowContext)? {
        guard let provider = parts.catalogue[key.provider], let linked = await linked(key),
            let context = await parts.context(provider, linked.method, key.id)
        else { return nil }
        return (linked, context)
    }

    /// Whether the stored tokens are still these: others may have linked, refreshed or disconnected meanwhile.
    private func isCurrent(_ linked: Linked, _ key: Key) async -> Bool {
        await self.linked(key)?.tokens.accessToken == linked.tokens.accessToken
    }

    // MARK: Refreshing

    /// Gets new tokens. Whoever asks while a refresh is under way waits for that one.
    func refresh(_ provider: Provider, _ id: AccountID) async throws(Problem) {
        let key = Key(provider: provider.name, id: id)
        if let task = refreshing[key] { return try await task.value.get() }
        let task = Task { await refreshNow(provider, key) }
        refreshing[key] = task
        let result = await task.value
        refreshing[key] = nil
        try result.get()
    }

    private func refreshNow(_ provider: Provider, _ key: Key) async -> Result<Void, Problem> {
        guard let (linked, context) = await linkedContext(key) else {
            return .failure(
                Problem(409, "not_linked", "\(provider.label) is not connected.", hint: "Connect it first."))
        }
        guard let refresh = Refresh(linked.tokens, in: context) else {
            return .failure(
                Problem(
                    409, "no_refresh", "\(provider.label) gives no way to refresh this connection.",
                    hint: "Nothing needs to be done."))
        }
        do throws(FlowProblem) {
            let outcome = refresh.outcome(of: await parts.transport.send(try refresh.request()), at: parts.clock.now)
            return await settle(outcome, of: linked, key)
        } catch {
            return .failure(Problem(error))
        }
    }

    /// SECURITY: new tokens are durable before anybody hears of them; the old ones may be spent.
    private func settle(_ outcome: Refresh.Outcome, of linked: Linked, _ key: Key) async -> Result<Void, Problem> {
        let changes: [VaultChange]
        let problem: FlowProblem?
        switch outcome {
        case .refreshed(let tokens):
            let known = tokens.json.members.map { VaultChange(path: ["auth", key.provider, $0.key], value: $0.value) }
            let end = tokens.expiresAt == nil ? [VaultChange.remove("auth", key.provider, "expires_at")] : []
            changes = known + end + [.remove("auth", key.provider, "problem")]
            problem = nil
        case .reconnect(let found):
            changes = [.set("auth", key.provider, "problem", to: "reconnect_needed")]
            problem = found
        case .misconfigured(let found):
            changes = [.set("auth", key.provider, "problem", to: "misconfigured")]
            problem = found
        case .retry(_, let found):
            return .failure(Problem(502, found.code, found.message, hint: found.hint))
        }
        do throws(Problem) {
            if await isCurrent(linked, key) { try await parts.apply(changes, key.id) }
        } catch {
            parts.log.warning("refreshed tokens not saved", key, ["reason": error.message])
            return .failure(error)
        }
        parts.log.info(problem == nil ? "refreshed" : "refresh refused", key)
        await publish(key)
        return problem.map { .failure(Problem($0)) } ?? .success(())
    }

    // MARK: Disconnecting

    /// What became of a connection that was ended.
    enum Revocation: Sendable, Equatable {
        /// The provider ended it, too.
        case revoked
        /// The provider has no way to end it from here.
        case notOffered
        /// The provider did not end it.
        case failed(FlowProblem)
    }

    /// Forgets the tokens and every sign-in, then ends the connection at the provider as far as it lets us.
    func disconnect(_ provider: Provider, _ id: AccountID) async throws(Problem) -> Revocation {
        let key = Key(provider: provider.name, id: id)
        let before = await linkedContext(key)
        unsaved[key] = nil
        await endAll(key)
        try await parts.apply([.remove("auth", provider.name)], id)
        parts.log.info("disconnected", key)
        await publish(key)
        guard let (linked, context) = before else { return .notOffered }
        return await revoke(linked.tokens, in: context)
    }

    private func revoke(_ tokens: TokenSet, in context: FlowContext) async -> Revocation {
        guard let revoke = Revoke(tokens, in: context) else { return .notOffered }
        do throws(FlowProblem) {
            switch revoke.outcome(of: await parts.transport.send(try revoke.request()), at: parts.clock.now) {
            case .revoked: return .revoked
            case .failed(let problem): return .failed(problem)
            }
        } catch {
            return .failed(error)
        }
    }

    /// An answer came for a sign-in that was ended meanwhile. If it was approved after all, the new connection is ended
    /// at the provider: nobody here wants it.
    func revokeLate(_ flow: PollingFlow, _ answer: PollingFlow.Event, in context: FlowContext) async {
        var flow = flow
        _ = flow.handle(answer, at: parts.clock.now, in: context)
        if let tokens = flow.tokens { _ = await revoke(tokens, in: context) }
    }

    // MARK: Checking entered credentials

    /// A sign-in by what was entered: it is checked with the provider, then kept.
    func check(_ provider: Provider, _ method: SignInMethod, _ id: AccountID) async throws(Problem) {
        let key = Key(provider: provider.name, id: id)
        let context = try await parts.readyContext(provider, method, id)
        await endAll(key)
        var check = KeyCheck(method: method)
        switch check.handle(.begin, at: parts.clock.now, in: context) {
        case .send(let request):
            _ = check.handle(.answer(await parts.transport.send(request)), at: parts.clock.now, in: context)
        case .refused(let problem): throw Problem(problem)
        case .none: break
        }
        guard let tokens = check.tokens else {
            outcomes[key] = Outcome(
                method: method.id, status: check.status.rawValue, message: check.message, hint: check.hint)
            await publish(key)
            throw Problem(FlowProblem(code: check.status.rawValue, message: check.message, hint: check.hint))
        }
        await link(Linked(tokens: tokens, method: method.id), key)
        if unsaved[key] != nil, let outcome = outcomes[key] {
            throw Problem(507, outcome.status, outcome.message, hint: outcome.hint)
        }
    }
}

extension Linked {
    /// From what is stored under `auth.<provider>`; nil when that is no connection.
    init?(_ auth: JSON?) {
        guard let auth, let tokens = TokenSet(json: auth), let method = auth["method"]?.stringValue else { return nil }
        self.init(tokens: tokens, method: method)
    }
}
