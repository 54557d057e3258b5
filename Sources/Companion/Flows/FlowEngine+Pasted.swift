internal import Providers

/// Codes that a person carries from the provider by hand, where the browser cannot come back by itself.
extension FlowEngine {
    /// What somebody was shown at the end of the provider's pages.
    struct Pasted: Sendable {
        let state: String
        /// What the provider added to the callback's address; `code` under the name that RFC 6749 gives it.
        let parameters: [Parameter]
    }

    /// Ends a sign-in by redirect with what was pasted.
    ///
    /// SECURITY: a state belongs to whoever began the sign-in. Here they are known by their own document, because a
    /// program, or another browser of the same person, has no cookie of it; nobody else can end it.
    ///
    /// - Parameter owns: whether an account is theirs.
    /// - Returns: which account was linked.
    func paste(
        _ provider: Provider, _ pasted: Pasted, owns: @escaping @Sendable (Key) -> Bool
    ) async throws(Problem) -> Key {
        switch redirects.spend(pasted.state, provider: provider.name, by: .owner(owns), at: parts.clock.now) {
        case .foreign:
            throw Problem(
                400, "invalid_state", "No sign-in to \(provider.label) of yours waits for this state.",
                hint: "Begin a new one, and paste what its last page shows.")
        case .spent:
            throw Problem(
                409, FlowStatus.alreadyUsed.rawValue, "This sign-in to \(provider.label) has come back already.",
                hint: "Look at the status; if it is not connected, begin a new one.")
        case .pending(let entry):
            let name = provider.method(entry.flow.method)?.codeParameter ?? "code"
            let parameters = pasted.parameters.map { $0.name == "code" ? Parameter(name, $0.value) : $0 }
            if let problem = await finish(entry, provider, parameters) { throw problem }
            return entry.key
        }
    }
}
