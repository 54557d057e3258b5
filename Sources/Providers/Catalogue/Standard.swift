extension ScopeRequest {
    /// The parameter of standard requests; left out where a field was left empty (RFC 6749 section 3.3).
    fileprivate var entry: Entry { Entry(parameter, value: "scope", optional: !request.isLiteral) }
}

/// What a description need not say, because the standards say it.
enum Standard {
    /// The values that sign-ins make themselves; fields cannot have these names.
    static let flowNames: Set<String> = TokenSet.standardNames.union([
        "device_code", "user_code", "verification_uri", "verification_uri_complete", "interval", "code", "state",
        "code_verifier", "code_challenge", "code_challenge_method", "redirect_uri", "return_url", "revocable_token",
    ])

    /// RFC 8628 section 3.2; `verification_url` is what several providers call it.
    static let startMap = map([
        ("device_code", ["device_code"]), ("user_code", ["user_code"]),
        ("verification_uri", ["verification_uri", "verification_url"]),
        ("verification_uri_complete", ["verification_uri_complete", "verification_url_complete"]),
        ("expires_in", ["expires_in"]), ("expires_at", ["expires_at"]), ("interval", ["interval"]),
    ])

    /// RFC 6749 section 5.1.
    static let tokenMap = map([
        ("access_token", ["access_token"]), ("refresh_token", ["refresh_token"]), ("token_type", ["token_type"]),
        ("scope", ["scope"]), ("expires_in", ["expires_in"]), ("expires_at", ["expires_at"]),
        ("created_at", ["created_at"]),
    ])

    /// What most services and OpenID Connect's userinfo call a person.
    static let identityMap = map([
        ("name", ["preferred_username", "username", "login", "display_name", "name"]),
        ("id", ["id", "sub", "user_id"]),
    ])

    private static func map(_ entries: [(String, [String])]) -> [Call.Mapping] {
        entries.map { Call.Mapping(name: $0.0, paths: $0.1) }
    }

    /// The requests of RFC 6749, 7009 and 8628.
    enum Request {
        case deviceAuthorization
        case deviceToken
        case authorizationCode
        case refresh
        case revocation

        /// What is not sent in the form when it is sent by HTTP Basic. Some servers look for the id at the start of a device
        /// flow, where RFC 8628 section 3.1 has it.
        var basicTakes: [String] { self == .deviceAuthorization ? ["client_secret"] : ["client_id", "client_secret"] }

        /// The form of the request; the client authenticates in it unless `basic` does. Where the description leaves the
        /// choice how, the app proves itself at the start of a device flow, too (RFC 8628 section 3.1).
        func form(scope: ScopeRequest?, proofKey: SignInMethod.ProofKey, known: Set<String>, basic: Bool) -> [Entry] {
            var form = own(scope: scope, proofKey: proofKey)
            if !basic, known.contains("client_id") { form.append(Entry("client_id", value: "client_id")) }
            let isProven = self != .deviceAuthorization || known.contains(ClientAuthentication.field)
            if !basic, known.contains("client_secret"), isProven {
                form.append(Entry("client_secret", value: "client_secret", optional: true))
            }
            return form
        }

        private func own(scope: ScopeRequest?, proofKey: SignInMethod.ProofKey) -> [Entry] {
            switch self {
            case .deviceAuthorization: scope.map { [$0.entry] } ?? []
            case .deviceToken:
                [
                    Entry("grant_type", text: "urn:ietf:params:oauth:grant-type:device_code"),
                    Entry("device_code", value: "device_code"),
                ]
            case .authorizationCode:
                [
                    Entry("grant_type", text: "authorization_code"), Entry("code", value: "code"),
                    Entry("redirect_uri", value: "redirect_uri"),
                ] + (proofKey == .none ? [] : [Entry("code_verifier", value: "code_verifier")])
            case .refresh:
                [Entry("grant_type", text: "refresh_token"), Entry("refresh_token", value: "refresh_token")]
            case .revocation: [Entry("token", value: "revocable_token")]
            }
        }
    }

    /// The query of the authorization request (RFC 6749 section 4.1.1, RFC 7636 section 4.3).
    static func authorization(
        scope: ScopeRequest?, proofKey: SignInMethod.ProofKey, known: Set<String>
    ) -> [Entry] {
        var query = [Entry("response_type", text: "code")]
        if known.contains("client_id") { query.append(Entry("client_id", value: "client_id")) }
        query.append(Entry("redirect_uri", value: "redirect_uri"))
        if let scope { query.append(scope.entry) }
        query.append(Entry("state", value: "state"))
        if proofKey != .none {
            query.append(Entry("code_challenge", value: "code_challenge"))
            query.append(Entry("code_challenge_method", value: "code_challenge_method"))
        }
        return query
    }
}
