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
        let values = try await parts.values(provider, id)
        let auth = try await parts.snapshot(id).document["auth"]?[provider.name]
        let linked = Linked(auth)
        let state = self.state(provider, key, auth, isConfigured: provider.isConfigured(values))
        var status: JSONObject = [
            "ok": true, "provider": .string(provider.name), "account": .string(id.account),
            "state": .string(state.rawValue), "connected": .bool(state == .connected),
            "configured": .bool(provider.isConfigured(values)),
            "message": .string(sentence(state, provider, outcomes[key])),
            "redirect_uri": .string(parts.redirectURI(provider)),
        ]
        for name in ["account_name", "expires_at", "method", "linked_at", "scope"] where linked != nil {
            status[name] = auth?[name]
        }
        if let linked, let method = provider.method(linked.method) {
            status["can_refresh"] = .bool(provider.canRefresh(method) && linked.tokens.refreshToken != nil)
        }
        if let revokePage = provider.revokePage { status["revoke_url"] = .string(revokePage) }
        if let flow = flowStatus(key) { status["flow"] = flow }
        return .object(status)
    }

    private func state(_ provider: Provider, _ key: Key, _ auth: JSON?, isConfigured: Bool) -> State {
        let isPending = live[key]?.flow.isWaiting == true || redirects.pending(key)?.flow.isWaiting == true
        if let linked = Linked(auth) {
            switch auth?["problem"]?.stringValue {
            case "reconnect_needed": return isPending ? .pending : .reconnectNeeded
            case "misconfigured": return isPending ? .pending : .misconfigured
            default: break
            }
            if let end = linked.tokens.expiresAt, end <= parts.clock.now { return isPending ? .pending : .expired }
            return .connected
        }
        if isPending { return .pending }
        switch outcomes[key]?.status {
        case FlowStatus.appRejected.rawValue?: return .misconfigured
        case FlowStatus.unreachable.rawValue?: return .unreachable
        default: return isConfigured ? .needsSignIn : .notSetUp
        }
    }

    private func sentence(_ state: State, _ provider: Provider, _ outcome: Outcome?) -> String {
        let label = provider.label
        return switch state {
        case .notSetUp: "Enter the app keys of \(label) first."
        case .needsSignIn: "\(label) is not connected."
        case .pending: "Waiting for your approval at \(label)."
        case .connected: "Connected to \(label)."
        case .expired: "The connection to \(label) has expired. Refresh it, or connect again."
        case .reconnectNeeded: "\(label) has ended this connection. Connect again."
        case .misconfigured:
            outcome?.message ?? "\(label) does not accept this app. Check the app keys, then connect again."
        case .unreachable: outcome?.message ?? "\(label) could not be reached."
        }
    }

    /// The sign-in that is going on, or how the last one ended; nil when there is nothing to tell.
    func flowStatus(_ key: Key) -> JSON? {
        if let flow = live[key]?.flow, unsaved[key] == nil { return pollingStatus(flow) }
        if let flow = redirects.pending(key)?.flow { return redirectStatus(flow) }
        return outcomes[key].map(outcomeStatus)
    }

    private func pollingStatus(_ flow: PollingFlow) -> JSON {
        guard flow.expiresAt > parts.clock.now else {
            return ["method": .string(flow.method), "status": "expired_token"]
        }
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

    func remaining(_ end: Double) -> Int {
        Int(exactly: max(0, end - parts.clock.now).rounded(.down)) ?? 0
    }

    private func redirectStatus(_ flow: RedirectFlow) -> JSON {
        guard flow.expiresAt > parts.clock.now else {
            return ["method": .string(flow.method), "status": "expired_token"]
        }
        return [
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
