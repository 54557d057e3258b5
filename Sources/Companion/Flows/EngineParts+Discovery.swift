internal import JSON
internal import Providers
internal import Vault

/// Servers that say themselves where their endpoints are.
extension EngineParts {
    /// Asks the server of an account's issuer what it offers and keeps it under `<provider>._discovered`. Nothing is asked
    /// when no issuer is entered.
    func discover(_ provider: Provider, _ id: AccountID) async throws(Problem) {
        guard let discovery = provider.discovery else { return }
        let issuer = try await entered(provider, id).values[discovery.issuer] ?? ""
        if issuer.isEmpty { return }
        try looks.take(id.owner, at: clock.now)
        var first: FlowProblem?
        for request in discovery.requests(issuer) {
            let exchange = await transport.send(request)
            do throws(FlowProblem) {
                let endpoints = try discovery.endpoints(in: exchange, issuer: issuer, of: provider)
                return try await keep(endpoints, issuer, provider, id)
            } catch {
                first = first ?? error
            }
        }
        if let first { throw Problem(first) }
    }

    private func keep(
        _ endpoints: [String: String], _ issuer: String, _ provider: Provider, _ id: AccountID
    ) async throws(FlowProblem) {
        var members: JSONObject = ["issuer": .string(issuer)]
        for (name, url) in endpoints.sorted(by: { $0.key < $1.key }) { members[name] = .string(url) }
        do throws(Problem) {
            if try await snapshot(id).document[provider.name]?["_discovered"] == .object(members) { return }
            try await apply([.set(provider.name, "_discovered", to: .object(members))], id)
        } catch {
            throw FlowProblem(error)
        }
    }

    /// What was discovered of the issuer that counts, for the fields that it fills.
    static func discovered(
        _ provider: Provider, _ values: [String: String], in document: JSON
    ) -> [String: String] {
        guard let discovery = provider.discovery, let issuer = values[discovery.issuer], !issuer.isEmpty,
            let found = document[provider.name]?["_discovered"], found["issuer"]?.stringValue == issuer
        else { return [:] }
        return discovery.names.reduce(into: [:]) { $0[$1] = found[$1]?.stringValue ?? "" }
    }
}
