internal import JSON
internal import Providers
internal import Vault

/// How an account stands with a provider, as pages and programs are told.
extension FlowEngine {
    /// What an account can be. Never `connected` merely because there is some text where a token should be.
    enum State: String, Sendable {
        case notSetUp = "not_set_up"
        case needsSignIn = "needs_sign_in"
        case pending
        case connected
        case expired
        case reconnectNeeded = "reconnect_needed"
        case misconfigured
        case unreachable
    }

    /// The status of one provider for an account.
    func status(_ provider: Provider, _ id: AccountID) async throws(Problem) -> JSON {
        let key = Key(provider: provider.name, id: id)
        let isConfigured = provider.isConfigured(try await parts.values(provider, id))
        let auth = try await parts.snapshot(id).document["auth"]?[provider.name]
        let linked = Linked(auth)
        let state = self.state(key, auth, isConfigured: isConfigured)
        let canRefresh = linked.map { self.canRefresh($0, provider) } ?? false
        var status: JSONObject = [
            "ok": true, "provider": .string(provider.name), "account": .string(id.account),
            "state": .string(state.rawValue), "connected": .bool(state == .connected),
            "configured": .bool(isConfigured),
            "message": .string(sentence(state, provider, key, canRefresh: canRefresh)),
            "redirect_uri": .string(parts.redirectURI(provider)),
        ]
        if parts.sharesKeys, try await parts.entered(provider, id).isShared { status["shared_keys"] = true }
        for name in ["account_name", "expires_at", "method", "linked_at", "scope"] where linked != nil {
            status[name] = auth?[name]
        }
        if linked != nil { status["can_refresh"] = .bool(canRefresh) }
        if let revokePage = provider.revokePage { status["revoke_url"] = .string(revokePage) }
        if let flow = flowStatus(key) { status["flow"] = flow }
        return .object(status)
    }

    private func canRefresh(_ linked: Linked, _ provider: Provider) -> Bool {
        guard linked.tokens.refreshToken != nil, let method = provider.method(linked.method) else { return false }
        return provider.canRefresh(method)
    }

    private func state(_ key: Key, _ auth: JSON?, isConfigured: Bool) -> State {
        if let linked = Linked(auth) {
            let state = self.state(of: linked, problem: auth?["problem"]?.stringValue)
            return state != .connected && isPending(key) ? .pending : state
        }
        if isPending(key) { return .pending }
        switch outcomes[key]?.status {
        case FlowStatus.appRejected.rawValue?: return .misconfigured
        case FlowStatus.unreachable.rawValue?: return .unreachable
        default: return isConfigured ? .needsSignIn : .notSetUp
        }
    }

    private func state(of linked: Linked, problem: String?) -> State {
        switch problem {
        case "reconnect_needed": return .reconnectNeeded
        case "misconfigured": return .misconfigured
        default: return (linked.tokens.expiresAt ?? .infinity) <= parts.clock.now ? .expired : .connected
        }
    }

    /// Whether a sign-in is going on, or its tokens are being saved for the first time.
    private func isPending(_ key: Key) -> Bool {
        live[key] != nil || redirects.pending(key) != nil || unsaved[key].map { $0.problem == nil } == true
    }

    private func sentence(_ state: State, _ provider: Provider, _ key: Key, canRefresh: Bool) -> String {
        let label = provider.label
        if let problem = unsaved[key]?.problem { return problem.message }
        let outcome = outcomes[key]
        return switch state {
        case .notSetUp: "Enter the app keys of \(label) first."
        case .needsSignIn: "\(label) is not connected."
        case .pending: "Waiting for your approval at \(label)."
        case .connected: "Connected to \(label)."
        case .expired:
            "The connection to \(label) has expired. \(canRefresh ? "Refresh it, or connect" : "Connect") again."
        case .reconnectNeeded: "\(label) has ended this connection. Connect again."
        case .misconfigured where outcome?.status == FlowStatus.appRejected.rawValue: outcome?.message ?? ""
        case .misconfigured: "\(label) does not accept this app. Check the app keys, then connect again."
        case .unreachable: outcome?.message ?? "\(label) could not be reached."
        }
    }

    /// The sign-in that is going on, or how the last one ended; nil when there is nothing to tell.
    func flowStatus(_ key: Key) -> JSON? {
        if let flow = live[key]?.flow { return pollingStatus(flow) }
        if let flow = redirects.pending(key)?.flow { return redirectStatus(flow) }
        if let entry = unsaved[key] {
            return entry.problem.map {
                outcomeStatus(
                    Outcome(method: entry.linked.method, status: $0.code, message: $0.message, hint: $0.hint))
            }
        }
        return outcomes[key].map(outcomeStatus)
    }

    private func pollingStatus(_ flow: PollingFlow) -> JSON {
        var status = pollingStart(flow).objectValue ?? [:]
        status["method"] = .string(flow.method)
        status["status"] = .string(flow.status.rawValue)
        status["message"] = .string(flow.message)
        return .object(status)
    }

    /// What a page shows of a sign-in by code: never the device code.
    func pollingStart(_ flow: PollingFlow) -> JSON {
        var start: JSONObject = [
            "user_code": .string(flow.userCode), "verification_url": .string(flow.verificationURL),
        ]
        start["verification_url_complete"] = flow.verificationURLComplete.map(JSON.string)
        start["expiresIn"] = .int(remaining(flow.expiresAt))
        start["interval"] = .int(Int(flow.interval.rounded(.up)))
        return .object(start)
    }

    /// Whole seconds until a time.
    func remaining(_ end: Double) -> Int {
        Int(exactly: max(0, end - parts.clock.now).rounded(.down)) ?? 0
    }

    private func redirectStatus(_ flow: RedirectFlow) -> JSON {
        [
            "method": .string(flow.method), "status": .string(flow.status.rawValue), "message": .string(flow.message),
            "expiresIn": .int(remaining(flow.expiresAt)),
        ]
    }

    private func outcomeStatus(_ outcome: Outcome) -> JSON {
        var status: JSONObject = [
            "method": .string(outcome.method), "status": .string(outcome.status), "message": .string(outcome.message),
        ]
        if !outcome.hint.isEmpty { status["hint"] = .string(outcome.hint) }
        return .object(status)
    }
}
