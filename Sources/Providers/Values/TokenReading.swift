internal import Crypto
internal import JSON

extension Reading {
    /// The tokens of a successful answer, or why they are none.
    ///
    /// - Parameters:
    ///   - extras: values of the flow that later requests need.
    ///   - earlier: the values of the answers before this one, where the sign-in has several steps.
    func tokens(
        at now: Double, in context: FlowContext, extras: [String: String] = [:], earlier: [String: String] = [:]
    ) throws(FlowProblem) -> TokenSet? {
        guard isSuccess, let token = values["access_token"], !token.isEmpty else { return nil }
        let sentences = Sentences(Scope(context: context, flow: earlier.merging(values) { $1 }))
        // SECURITY: a token goes into headers, so it must not hold what could end one.
        guard token.utf8.count <= Call.longestValue, Encoding.isPlain(token) else { throw sentences.badToken() }
        if let type = values["token_type"], type.lowercased() != "bearer" { throw sentences.badTokenType(type) }
        let known = TokenSet.standardNames
        let more = values.filter { !known.contains($0.key) }
        return TokenSet(
            accessToken: token,
            refreshToken: refreshToken ?? earlier["refresh_token"].flatMap { $0.isEmpty ? nil : $0 },
            tokenType: values["token_type"], scope: values["scope"] ?? earlier["scope"], expiresAt: expiry(at: now),
            redirectURI: context.method.kind == .redirect ? context.redirectURI : nil,
            extras: extras.merging(more) { $1 })
    }

    /// The refresh token, if there is one.
    var refreshToken: String? { values["refresh_token"].flatMap { $0.isEmpty ? nil : $0 } }

    /// A token that lives longer than this (317 years) is said to end then: beyond 8.64e12 s there are no dates in
    /// JavaScript, and the page could not show them.
    private static let longestLife = 10_000_000_000.0

    /// When the token ends: `expires_in` from its making or from now, else `expires_at`, else what a JSON Web Token says of
    /// itself (`exp`, RFC 7519 section 4.1.4), else nobody knows.
    private func expiry(at now: Double) -> Double? {
        if let life = json["expires_in"].flatMap(Numbers.number), life > 0 {
            let life = min(life, Self.longestLife)
            let created = json["created_at"].flatMap(Numbers.seconds) ?? now
            // The provider's clock may be wrong: a token that was made in the future or has ended was made now.
            return (created <= now && created + life > now ? created : now) + life
        }
        let end = json["expires_at"].flatMap(Numbers.seconds) ?? values["access_token"].flatMap(Self.claimedEnd)
        // A new token that has ended already has not: the provider's clock is behind, or ours is ahead.
        return end.flatMap { $0 > now ? min($0, now + Self.longestLife) : nil }
    }

    /// The claim is read and not verified: it only says when to ask for another token.
    private static func claimedEnd(_ token: String) -> Double? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64URL.decode(String(parts[1])) else { return nil }
        return (try? JSON.parse(payload))?["exp"].flatMap(Numbers.seconds)
    }
}

extension FlowContext {
    /// Of what the steps of a sign-in have given, what requests after it need. The rest was for the next step.
    func kept(_ values: [String: String]) -> [String: String] {
        let names = method.keptNames.intersection(provider.laterNames(method))
        return values.filter { names.contains($0.key) }
    }
}

extension Provider {
    /// The names of the values in requests after the sign-in, but for those that a refresh gives itself.
    fileprivate func laterNames(_ method: SignInMethod) -> Set<String> {
        let calls = [refresh(for: method), revoke(for: method), identity(for: method)].compactMap(\.self)
        let placement = placement(for: method)
        let entries = headers + query + placement.headers + placement.query
        var names = Set((calls + history.values.map(\.call)).flatMap(\.request.names))
        names.formUnion(entries.flatMap(\.template.names))
        names.formUnion(placement.basic.map { $0.user.names + $0.password.names } ?? [])
        let steps = refreshSteps(for: method)
        let given = Set(steps.flatMap(\.map).map(\.name))
        return names.union(Set(steps.flatMap(\.request.names)).subtracting(given))
    }
}

extension TokenSet {
    /// The names of the mapped values that have a place of their own.
    static let standardNames: Set<String> = [
        "access_token", "refresh_token", "token_type", "scope", "expires_in", "expires_at", "created_at", "reason",
    ]

    /// The scopes of a request that were not granted. A missing `scope` means all (RFC 6749 section 5.1).
    func notGranted(of wanted: some Sequence<String>) -> [String] {
        guard let scope else { return [] }
        let granted = Set(ScopeRequest.words(scope))
        return wanted.filter { !granted.contains($0) }
    }

    /// Checks the granted scopes: throws when a required one is missing, and tells of a smaller grant.
    func notice(in context: FlowContext) throws(FlowProblem) -> String? {
        if let scope = context.method.scope, let missing = notGranted(of: scope.required).first {
            throw Sentences(context).missingScope(missing)
        }
        return smallerGrant(context.provider, context.method, context.values)
    }

    /// The scopes that a method asks for and that were not granted; none when nobody says what was granted.
    public func notGranted(_ provider: Provider, _ method: SignInMethod, _ values: [String: String]) -> [String] {
        guard let wanted = method.scope else { return [] }
        let asked = ScopeRequest.words(wanted.text(values, provider.fields))
        return notGranted(of: asked.filter { !wanted.unlisted.contains($0) })
    }

    /// What was not granted and will not work, in a sentence; nil when all was granted.
    public func smallerGrant(
        _ provider: Provider, _ method: SignInMethod, _ values: [String: String]
    ) -> String? {
        let smaller = notGranted(provider, method, values)
        return smaller.isEmpty
            ? nil : Sentences.smallerGrant(smaller, method.scope?.purposes ?? [:], provider.label)
    }
}
