internal import JSON
internal import Providers
internal import Vault

/// How an account stands with a provider, as pages and programs are told.
extension FlowEngine {
    /// The status of one provider for an account.
    func status(_ provider: Provider, _ id: AccountID) async throws(Problem) -> JSON {
        let key = Key(provider: provider.name, id: id)
        let values = try await parts.values(provider, id)
        let isConfigured = provider.isConfigured(values)
        let auth = try await parts.snapshot(id).document["auth"]?[provider.name]
        let linked = Linked(auth)
        let condition = condition(provider, key, auth, values: values)
        var status: JSONObject = [
            "ok": true, "provider": .string(provider.name), "account": .string(id.account),
            "state": .string(condition.state.rawValue), "connected": .bool(condition.state.isConnected),
            "configured": .bool(isConfigured), "message": .string(condition.message),
            "redirect_uri": .string(parts.redirectURI(provider)),
        ]
        if !condition.hint.isEmpty { status["hint"] = .string(condition.hint) }
        status["since"] = condition.since.flatMap { Int(exactly: $0.rounded(.down)) }.map(JSON.int)
        if let place = try await parts.entered(provider, id).place, place != id {
            status[place.owner == id.owner ? "default_keys" : "shared_keys"] = true
        }
        for name in ["account_name", "expires_at", "method", "linked_at", "scope"] where linked != nil {
            status[name] = auth?[name]
        }
        if let linked {
            status["account_avatar"] = Self.avatarPath(auth, provider, id).map(JSON.string)
            status["can_refresh"] = .bool(canRefresh(linked, provider))
            status["checked_at"] = auth?["_checked_at"]
            let notGranted = provider.method(linked.method).map { linked.tokens.notGranted(provider, $0, values) } ?? []
            if !notGranted.isEmpty { status["not_granted"] = .array(notGranted.map(JSON.string)) }
        }
        if linked != nil, auth?["_unchecked"] == true { status["unchecked"] = true }
        if try await parts.isUnverified(provider, id) { status["unverified_tls"] = true }
        if let problem = provider.redirectProblem(parts.redirectURI(provider)) {
            status["redirect_problem"] = .string("\(problem.message) \(problem.hint)")
        }
        if let revokePage = provider.revokePage { status["revoke_url"] = .string(revokePage) }
        if let flow = flowStatus(key) { status["flow"] = flow }
        return .object(status)
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
