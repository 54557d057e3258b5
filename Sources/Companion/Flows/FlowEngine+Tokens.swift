internal import JSON
internal import Providers
internal import Vault

/// What can be done with a connection.
extension FlowEngine {
    // MARK: Disconnecting

    /// What became of a connection that was ended.
    enum Revocation: Sendable, Equatable {
        /// There was none.
        case notConnected
        /// The provider ended it, too.
        case revoked
        /// The provider has no way to end it from here.
        case notOffered
        /// The provider did not end it.
        case failed(FlowProblem)

        /// For the log.
        fileprivate var word: String {
            switch self {
            case .notConnected: "not_connected"
            case .revoked: "ended"
            case .notOffered: "not_offered"
            case .failed: "failed"
            }
        }
    }

    /// Forgets the tokens and every sign-in, then ends the connection at the provider as far as it lets us.
    ///
    /// SECURITY: it goes on when nobody waits for it any more: what was forgotten here can be ended there now or never.
    func disconnect(_ provider: Provider, _ id: AccountID) async throws(Problem) -> Revocation {
        let result = await toTheEnd { () async -> Result<Revocation, Problem> in
            do throws(Problem) {
                return .success(try await self.end(provider, id))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func end(_ provider: Provider, _ id: AccountID) async throws(Problem) -> Revocation {
        let key = Key(provider: provider.name, id: id)
        starts[key] = nil
        drop(key)
        await forgetPending(key)
        // No write may be under way when they are taken: it would store them after all.
        while let task = unsaved[key]?.task { _ = await task.value }
        let kept = unsaved.removeValue(forKey: key)?.linked
        let stored: Linked?
        do throws(Problem) {
            stored = try await forget(key)
        } catch {
            if let kept { await revokeUnwanted(kept, key) }
            throw error
        }
        upkeep[key] = nil
        if stored != nil { parts.changes.tell(AccountChange(.unlinked, key, at: parts.clock.wall)) }
        await publish(key)
        var result = Revocation.notConnected
        for linked in [stored, kept].compactMap(\.self) { result = await revoke(linked, provider, id) }
        parts.log.info("disconnected", key, ["at_provider": result.word])
        return result
    }

    /// Removes what is stored of a connection.
    ///
    /// - Returns: what was removed, to the last refresh.
    private func forget(_ key: Key) async throws(Problem) -> Linked? {
        while true {
            let snapshot = try await parts.snapshot(key.id)
            guard let auth = snapshot.document["auth"]?[key.provider] else { return nil }
            do throws(Problem) {
                try await parts.apply([.remove("auth", key.provider)], key.id, ifRevision: snapshot.revision)
                return Linked(auth)
            } catch {
                guard error.isStale else { throw error }
            }
        }
    }

    private func revoke(_ linked: Linked, _ provider: Provider, _ id: AccountID) async -> Revocation {
        let context: FlowContext
        do throws(Problem) {
            context = try await parts.context(provider, linked, id)
        } catch {
            return error.isMoved ? .failed(FlowProblem(error)) : .notOffered
        }
        // SECURITY: what was entered may never have been checked, and then nobody has seen who is at its address.
        if context.method.credential != nil, Revoke(linked.tokens, in: context) != nil {
            do throws(Problem) { _ = try await parts.finding(context, id) } catch { return .failed(FlowProblem(error)) }
        }
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

    /// Tokens came for a sign-in or a connection that was ended meanwhile. Nobody here wants them, so what they open is
    /// ended at the provider, as far as it lets us.
    func revokeUnwanted(_ tokens: TokenSet?, in context: FlowContext) async {
        if let tokens { _ = await revoke(tokens, in: context) }
    }

    /// As above, at the servers that gave them.
    func revokeUnwanted(_ linked: Linked, _ key: Key) async {
        if let provider = parts.catalogue[key.provider] { _ = await revoke(linked, provider, key.id) }
    }

    // MARK: Checking entered credentials

    /// Signs in by what was entered: it is checked with the provider, then kept.
    func check(
        _ provider: Provider, _ method: SignInMethod, _ id: AccountID, _ entered: Entered = Entered()
    ) async throws(Problem) {
        _ = try await once(provider, method, Key(provider: provider.name, id: id), entered: entered)
    }

    func checkCredentials(
        _ context: FlowContext, _ key: Key, _ serial: Int, _ entered: Entered, isThere: Bool
    ) async throws(Problem) {
        var check = KeyCheck(method: context.method)
        // SECURITY: what is entered for a server that is away is not sent to whoever is there instead.
        var step = isThere ? check.handle(.begin, at: parts.clock.now, in: context) : .none
        while case .send(let request) = step {
            let exchange = await parts.transport.send(request)
            step = check.handle(.answer(exchange), at: parts.clock.now, in: context)
        }
        if case .refused(let problem) = step { throw Problem(problem) }
        guard starts[key]?.serial == serial else {
            await revokeUnwanted(check.tokens, in: context)
            throw Self.replaced(context.provider)
        }
        let isAway = !isThere || entered.mayBeUnchecked && check.isUnanswered
        let unchecked = isAway ? check.unchecked(in: context) : nil
        guard let tokens = check.tokens ?? unchecked else {
            let outcome = Outcome(
                method: context.method.id, status: check.status.rawValue, message: check.message, hint: check.hint)
            throw await fail(key, outcome)
        }
        let kept = context.provider.fields.filter { $0.isKept && entered.values[$0.key] != nil }
        let settings = kept.map { VaultChange.set(key.provider, $0.key, to: .string(entered.values[$0.key] ?? "")) }
        let linked = Linked(tokens: tokens, method: context.method.id, servers: Entrusted(context))
        try await link(linked, key, with: settings, isUnchecked: check.tokens == nil)
    }
}
