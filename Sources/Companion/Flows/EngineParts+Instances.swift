internal import Providers

/// Servers of people's own.
extension EngineParts {
    /// What answers at the address of an instance; nil when the provider is none, or says nothing without a token.
    func finding(_ context: FlowContext, _ id: AccountID) async throws(Problem) -> InstanceProbe.Finding? {
        guard let probe = InstanceProbe(context) else { return nil }
        return try finding(of: try await answer(to: probe, id), probe)
    }

    /// Looks what answers there before a sign-in.
    ///
    /// SECURITY: when this is false nobody knows who would get what is sent there.
    ///
    /// - Parameter mayBeAway: whether it does not matter that the server is away.
    /// - Returns: whether the product is there.
    func isThere(_ context: FlowContext, _ id: AccountID, mayBeAway: Bool) async throws(Problem) -> Bool {
        guard let probe = InstanceProbe(context) else { return true }
        let exchange = try await answer(to: probe, id)
        if mayBeAway, probe.isAway(exchange, at: clock.now) { return false }
        _ = try finding(of: exchange, probe)
        return true
    }

    private func answer(to probe: InstanceProbe, _ id: AccountID) async throws(Problem) -> Exchange {
        try looks.take(id.owner, at: clock.now)
        do throws(FlowProblem) {
            return await transport.send(try probe.request(), limit: 1 << 16, timeout: .seconds(10))
        } catch {
            throw Problem(error)
        }
    }

    private func finding(of exchange: Exchange, _ probe: InstanceProbe) throws(Problem) -> InstanceProbe.Finding {
        do throws(FlowProblem) {
            return try probe.finding(of: exchange, at: clock.now)
        } catch {
            throw Problem(error)
        }
    }

    /// The context of what was linked, for a request that begins here and carries the token.
    ///
    /// SECURITY: of a credential that was never checked nobody knows yet who is at its address, so that is looked at first.
    func seenContext(
        _ provider: Provider, _ linked: Linked, _ id: AccountID
    ) async throws(Problem) -> FlowContext {
        let context = try await context(provider, linked, id)
        if try await snapshot(id).document["auth"]?[provider.name]?["_unchecked"] == true {
            _ = try await finding(context, id)
        }
        return context
    }

    /// Whether an account has chosen not to check who its server is.
    func isUnverified(_ provider: Provider, _ id: AccountID) async throws(Problem) -> Bool {
        guard provider.instance != nil else { return false }
        return Instance.isUnverified(try await values(provider, id))
    }
}

extension FlowContext {
    /// Whether the person has chosen not to check who the server is.
    var isUnverified: Bool { provider.instance != nil && Instance.isUnverified(values) }
}
