internal import JSON
internal import Providers

/// How an account stands with a provider: a state, a sentence, since when, and what to do.
struct Condition: Sendable, Equatable {
    var state: FlowEngine.State
    var message: String
    /// What to do about it; empty when there is nothing to do.
    var hint = ""
    /// Since when, or until when the sentence holds, in seconds since 1970; nil when that is not known.
    var since: Double?
}

extension FlowEngine {
    /// What an account can be. Never `connected` merely because there is some text where a token should be.
    enum State: String, Sendable, CaseIterable {
        case notSetUp = "not_set_up"
        case needsSignIn = "needs_sign_in"
        case pending
        case connected
        /// It works, and will not for long unless somebody does something.
        case expiring
        case expired
        case reconnectNeeded = "reconnect_needed"
        case misconfigured
        case unreachable

        /// Whether the tokens work, as far as is known.
        var isConnected: Bool { self == .connected || self == .expiring }
    }

    /// How an account stands.
    ///
    /// - Parameter values: the account's; nil when it is known that what it needs is there.
    func condition(_ provider: Provider, _ key: Key, _ auth: JSON?, values: [String: String]?) -> Condition {
        if let auth, let linked = Linked(auth) {
            var condition = condition(of: linked, auth, provider, key, values ?? [:])
            if let problem = unsaved[key]?.problem {
                (condition.message, condition.hint) = (problem.message, problem.hint)
            }
            if let values, !linked.servers.isNamed(by: values, provider) {
                let moved = linked.servers.moved(provider)
                condition = Condition(state: .reconnectNeeded, message: moved.message, hint: moved.hint)
            }
            if condition.state == .connected || !isPending(key) { return condition }
        }
        let isConfigured = values.map(provider.isConfigured) ?? true
        let label = provider.label
        if isPending(key) {
            return Condition(
                state: .pending, message: "Waiting for your approval at \(label).",
                hint: "Approve it there, or cancel and begin again.")
        }
        if let problem = unsaved[key]?.problem {
            return Condition(
                state: isConfigured ? .needsSignIn : .notSetUp, message: problem.message, hint: problem.hint,
                since: parts.clock.wall)
        }
        if let outcome = outcomes[key], let state = Self.state(after: outcome) {
            return Condition(state: state, message: outcome.message, hint: outcome.hint)
        }
        return isConfigured
            ? Condition(state: .needsSignIn, message: "\(label) is not connected.", hint: "Connect it.")
            : Condition(
                state: .notSetUp, message: "Enter the app keys of \(label) first.",
                hint: provider.console.map { "They are at \($0)." } ?? "")
    }

    private static func state(after outcome: Outcome) -> State? {
        switch outcome.status {
        case FlowStatus.appRejected.rawValue: .misconfigured
        case FlowStatus.unreachable.rawValue, FlowStatus.tlsUntrusted.rawValue: .unreachable
        default: nil
        }
    }

    /// Whether a sign-in is going on, or its tokens are being saved for the first time.
    private func isPending(_ key: Key) -> Bool {
        live[key] != nil || redirects.pending(key) != nil || unsaved[key].map { $0.problem == nil } == true
    }

    // MARK: Connections

    private func condition(
        of linked: Linked, _ auth: JSON, _ provider: Provider, _ key: Key, _ values: [String: String]
    ) -> Condition {
        if let condition = Self.noted(auth, provider) { return condition }
        let life = TokenLife(stored: auth)
        let wall = parts.clock.wall
        if canRefresh(linked, provider) { return renewed(linked, life, auth, provider, key, values) }
        if life.isExpired(at: wall) {
            return Condition(
                state: .expired, message: "The connection to \(provider.label) has expired.", hint: "Connect again.",
                since: life.expiresAt)
        }
        if let condition = probed(provider, key) { return condition }
        if let remindAt = life.remindAt, remindAt <= wall {
            return Condition(
                state: .expiring,
                message: "The connection to \(provider.label) ends soon, and cannot be renewed by itself.",
                hint: "Connect again before it does.", since: remindAt)
        }
        return connected(linked, auth, provider, values)
    }

    /// What was found to be wrong, and stays so until somebody does something.
    private static func noted(_ auth: JSON, _ provider: Provider) -> Condition? {
        let label = provider.label
        let since = auth["problem_at"]?.intValue.map(Double.init)
        let (message, hint) = (auth["problem_message"]?.stringValue, auth["problem_hint"]?.stringValue)
        switch auth["problem"]?.stringValue {
        case State.reconnectNeeded.rawValue:
            return Condition(
                state: .reconnectNeeded, message: message ?? "\(label) has ended this connection.",
                hint: hint ?? "Connect again.", since: since)
        case State.misconfigured.rawValue:
            return Condition(
                state: .misconfigured, message: message ?? "\(label) does not accept this app.",
                hint: hint ?? "Check the app keys, then connect again.", since: since)
        default: return nil
        }
    }

    /// A connection whose tokens are renewed by themselves.
    private func renewed(
        _ linked: Linked, _ life: TokenLife, _ auth: JSON, _ provider: Provider, _ key: Key, _ values: [String: String]
    ) -> Condition {
        let label = provider.label
        let wall = parts.clock.wall
        let duty = upkeep[key]?.renewal
        let failure = duty?.problem
        if life.isExpired(at: wall) {
            guard let failure else {
                return Condition(
                    state: .expired, message: "The access to \(label) has expired, and is being renewed.",
                    since: life.expiresAt)
            }
            return Condition(
                state: .unreachable, message: "The access to \(label) could not be renewed: \(failure.message)",
                hint: "It is tried again by itself.", since: duty?.failedAt)
        }
        if let failure, life.isClosing(at: wall) {
            return Condition(
                state: .expiring, message: "The access to \(label) ends soon, and was not renewed: \(failure.message)",
                hint: "It is tried again by itself.", since: duty?.failedAt)
        }
        return probed(provider, key) ?? connected(linked, auth, provider, values)
    }

    /// The provider could not be asked, more than once.
    private func probed(_ provider: Provider, _ key: Key) -> Condition? {
        guard let duty = upkeep[key]?.probe, duty.failures > 1, let problem = duty.problem else { return nil }
        return Condition(
            state: .unreachable, message: problem.message, hint: "It is tried again by itself.", since: duty.failedAt)
    }

    private func connected(
        _ linked: Linked, _ auth: JSON, _ provider: Provider, _ values: [String: String]
    ) -> Condition {
        if auth["_unchecked"] == true {
            return Condition(
                state: .connected,
                message: "What was entered for \(provider.label) is saved, but has not been checked yet.")
        }
        let since = auth["linked_at"]?.intValue.map(Double.init)
        let notice = provider.method(linked.method).flatMap { linked.tokens.smallerGrant(provider, $0, values) }
        guard let notice else {
            return Condition(state: .connected, message: "Connected to \(provider.label).", since: since)
        }
        return Condition(
            state: .connected, message: notice, hint: "Connect again and allow everything that is asked for.",
            since: since)
    }

    func canRefresh(_ linked: Linked, _ provider: Provider) -> Bool {
        guard linked.tokens.refreshToken != nil, let method = provider.method(linked.method) else { return false }
        return provider.canRefresh(method)
    }
}
