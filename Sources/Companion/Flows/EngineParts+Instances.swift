internal import Providers

/// Servers of people's own.
extension EngineParts {
    /// What answers at the address of an instance; nil when the provider is none, or says nothing without a token.
    func finding(_ context: FlowContext, _ id: AccountID) async throws(Problem) -> InstanceProbe.Finding? {
        guard let probe = InstanceProbe(context) else { return nil }
        try looks.take(id.owner, at: clock.now)
        do throws(FlowProblem) {
            let exchange = await transport.send(try probe.request(), limit: 1 << 16, timeout: .seconds(10))
            return try probe.finding(of: exchange, at: clock.now)
        } catch {
            throw Problem(error)
        }
    }

    /// Looks what answers there before a sign-in.
    ///
    /// - Parameter mayBeOffline: whether it does not matter that nothing answers.
    func look(_ context: FlowContext, _ id: AccountID, mayBeOffline: Bool) async throws(Problem) {
        do throws(Problem) {
            _ = try await finding(context, id)
        } catch {
            guard mayBeOffline, error.code == FlowStatus.unreachable.rawValue else { throw error }
        }
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
