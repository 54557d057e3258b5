internal import JSON
internal import Providers
internal import Vault

/// Tokens for apps: always one that works, as far as anybody knows.
extension FlowEngine {
    /// A token with all that an app needs for its requests.
    struct FreshToken: Sendable {
        let linked: Linked
        /// As apps are told.
        let json: JSON
        /// Until when the same may be told again, by the wall clock; infinity when nothing is known of an end.
        let goodUntil: Double
    }

    /// The token of an account, renewed when it ends within its margin.
    ///
    /// - Throws: 409 when the account has none that works, 503 when it has ended and cannot be renewed just now.
    func freshToken(_ provider: Provider, _ id: AccountID) async throws(Problem) -> FreshToken {
        let key = Key(provider: provider.name, id: id)
        var auth = try await usable(provider, key)
        let life = TokenLife(stored: auth)
        // What is wrong for good, or waits for other app keys, is not tried with each request.
        if auth["problem"] == nil, let linked = Linked(auth), canRefresh(linked, provider),
            life.isClosing(at: parts.clock.wall)
        {
            try await renewForApp(provider, key, life)
            auth = try await usable(provider, key)
        }
        let condition = condition(provider, key, auth, values: nil)
        // A token that has not ended may well work although the provider was down, or refused the app in another matter.
        let mayWork = condition.state.isConnected || [.unreachable, .misconfigured].contains(condition.state)
        guard mayWork, let linked = Linked(auth),
            !TokenLife(stored: auth).isExpired(at: parts.clock.wall)
        else { throw Self.unusable(condition, provider) }
        return try await token(linked, auth, provider, key)
    }

    /// What is stored of a connection, tokens on their way to the disk excepted: they may still be lost.
    private func usable(_ provider: Provider, _ key: Key) async throws(Problem) -> JSON {
        guard let auth = try await parts.snapshot(key.id).document["auth"]?[key.provider], Linked(auth) != nil else {
            throw Self.notLinked(provider)
        }
        return auth
    }

    /// A token that still works is better than none: only when it has ended, a failure is told. What failed a moment ago is
    /// not tried with each request.
    private func renewForApp(_ provider: Provider, _ key: Key, _ life: TokenLife) async throws(Problem) {
        let duty = upkeep[key]?.renewal
        if let duty, duty.failures > 0, let dueAt = duty.dueAt, dueAt > parts.clock.now {
            guard life.isExpired(at: parts.clock.wall) else { return }
            throw Self.later(duty.problem, in: dueAt - parts.clock.now, provider)
        }
        do throws(Problem) {
            try await refresh(provider, key.id, .due)
        } catch {
            // Of what is wrong for good, the condition tells.
            guard error.status >= 500, life.isExpired(at: parts.clock.wall) else { return }
            throw Self.later(error, in: upkeep[key]?.renewal.pause(spread: Self.spread(key)) ?? 30, provider)
        }
    }

    private static func later(_ problem: Problem?, in seconds: Double, _ provider: Provider) -> Problem {
        Problem(
            503, "unreachable", "The access to \(provider.label) has ended and could not be renewed.",
            hint: problem?.message ?? "It is tried again by itself."
        ).retrying(after: seconds)
    }

    private static func unusable(_ condition: Condition, _ provider: Provider) -> Problem {
        switch condition.state {
        case .connected, .expiring, .pending, .needsSignIn, .notSetUp: Self.notLinked(provider)
        default: Problem(409, condition.state.rawValue, condition.message, hint: condition.hint)
        }
    }

    private func token(
        _ linked: Linked, _ auth: JSON, _ provider: Provider, _ key: Key
    ) async throws(Problem) -> FreshToken {
        let credentials: AppCredentials
        let context = try await parts.context(provider, linked, key.id)
        do throws(FlowProblem) {
            credentials = try AppCredentials(linked.tokens, in: context)
        } catch {
            throw Problem(error)
        }
        let life = TokenLife(stored: auth)
        var json: JSONObject = [
            "ok": true, "access_token": .string(linked.tokens.accessToken),
            "token_type": .string(linked.tokens.tokenType ?? "Bearer"),
            "expires_at": auth["expires_at"] ?? .null, "account": .string(key.id.account),
            "account_name": auth["account_name"] ?? .null, "headers": Self.object(credentials.headers),
        ]
        if !credentials.query.isEmpty { json["query"] = Self.object(credentials.query) }
        return FreshToken(
            linked: linked, json: .object(json), goodUntil: (life.expiresAt ?? .infinity) - life.margin)
    }

    private static func object(_ parameters: [Parameter]) -> JSON {
        .object(JSONObject(parameters.map { ($0.name, .string($0.value)) }))
    }

    /// An app was refused with a token. When it is the present one, there is another one when this returns, or it is known
    /// why there is none.
    ///
    /// - Parameter token: the refused one; nil for the present one.
    func rejected(_ provider: Provider, _ id: AccountID, token: String?) async throws(Problem) {
        let key = Key(provider: provider.name, id: id)
        let auth = try await usable(provider, key)
        guard let linked = Linked(auth), token ?? linked.tokens.accessToken == linked.tokens.accessToken else { return }
        // Of what is wrong for good the answer tells.
        guard auth["problem"] == nil else { return }
        guard canRefresh(linked, provider) else { return try await probeForApp(provider, key) }
        // SECURITY: an app that is refused for another reason must not make the provider be asked again and again.
        if let obtained = TokenLife(stored: auth).obtainedAt,
            (0..<Self.shortestUse).contains(parts.clock.wall - obtained)
        {
            throw Problem(
                409, "just_renewed", "This token of \(provider.label) is only seconds old.",
                hint: "Look at what the provider says: it may refuse the request for another reason.")
        }
        try await refresh(provider, id, .rejected(linked.tokens.accessToken))
    }

    /// An app may have the provider asked, but not again and again.
    private func probeForApp(_ provider: Provider, _ key: Key) async throws(Problem) {
        if askPace.take(key, burst: 6, at: parts.clock.now) == nil { await probe(key) }
    }

    /// For so many seconds new tokens are not called rejected, and not renewed by themselves.
    static let shortestUse = 10.0
}
