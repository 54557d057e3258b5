internal import Crypto
internal import HTTP
internal import JSON

/// A simulation of an OpenID provider, for tests: the discovery document, the authorization page, the token endpoint and
/// userinfo.
///
/// Facts: OpenID Connect Core 1.0 (sections 3.1.2, 3.1.3, 5.3), OpenID Connect Discovery 1.0 (section 4), RFC 6749,
/// RFC 7636 and RFC 9207. There is no ID token: its signature is for clients that read it.
enum OpenID {
    static let dialect = Dialect(
        style: AuthorizationServer.Style(
            accessToken: { () throws(Crypto.Failure) in "openid_at_" + (try RandomCode.hex(bytes: 24)) },
            refreshToken: nil),
        routes: [
            .endpoint("id", "GET", "/.well-known/openid-configuration", metadata),
            .endpoint("id", "POST", "/token", token),
            .endpoint("id", "GET", "/userinfo", userinfo),
        ] + Route.page("id", "/authorize", authorize),
        notFound: { _ in .oauthError(404, "not_found", "there is no such address") })

    /// The issuer is what the knob says, or where this server is.
    private static func issuer(_ call: Call, _ state: ProviderState) -> String {
        state.behaviour.issuer ?? call.url("id", "")
    }

    @Sendable private static func metadata(_ call: Call, _ state: inout ProviderState) -> Response {
        .json(
            200,
            [
                "issuer": .string(issuer(call, state)), "authorization_endpoint": .string(call.url("id", "/authorize")),
                "token_endpoint": .string(call.url("id", "/token")),
                "userinfo_endpoint": .string(call.url("id", "/userinfo")), "response_types_supported": ["code"],
                "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["RS256"],
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": [
                    state.behaviour.basicClient == nil ? "client_secret_post" : "client_secret_basic"
                ],
                "authorization_response_iss_parameter_supported": .bool(state.behaviour.issuer != nil),
            ])
    }

    @Sendable private static func authorize(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        try ConsentPage.respond(call, &state, requiresPKCE: true, scope: call.query("scope") ?? "")
    }

    @Sendable private static func token(_ call: Call, _ state: inout ProviderState)
        throws(Crypto.Failure) -> Response
    {
        guard call.isForm, call.form("grant_type") == "authorization_code" else {
            return .oauthError(400, "unsupported_grant_type", "grant_type is not supported")
        }
        let client = state.behaviour.basicClient ?? call.form("client_id") ?? ""
        guard state.behaviour.knows(client: client), isRight(call, state) else {
            return .oauthError(401, "invalid_client", "the client is unknown, or its secret is wrong")
        }
        let exchange = CodeExchange(
            code: call.form("code"), clientID: client, redirectURI: call.form("redirect_uri"),
            verifier: call.form("code_verifier"), hasSecret: false)
        switch exchange.check(&state, now: call.now) {
        case .failure(let refusal): return .oauthError(400, refusal.error, refusal.description)
        case .success(let code):
            let session = try state.server.issue(
                clientID: client, account: code.account, scope: code.scope, now: call.now,
                lifetime: state.behaviour.tokenExpiresIn)
            return .json(
                200,
                [
                    "access_token": .string(session.accessToken), "token_type": "Bearer", "expires_in": 3600,
                    "scope": .string(session.scope),
                ])
        }
    }

    /// Whether the client has shown its secret, where it should (RFC 6749 section 2.3.1).
    private static func isRight(_ call: Call, _ state: ProviderState) -> Bool {
        guard let client = state.behaviour.basicClient else { return state.secretIsRight(call.form("client_secret")) }
        let pair = "\(client):\(state.behaviour.clientSecret ?? "")"
        return call.form("client_secret") == nil
            && call.header("Authorization") == "Basic " + Base64.encode(Array(pair.utf8))
    }

    /// The subject is made of the account's name; people may change the rest.
    @Sendable private static func userinfo(_ call: Call, _ state: inout ProviderState) -> Response {
        guard let token = call.bearer, let session = state.server.session(accessToken: token, now: call.now) else {
            return .oauthError(401, "invalid_token", "the access token is unknown or has expired")
        }
        var claims: JSON = [
            "sub": .string("subject-of-\(session.account)"), "preferred_username": .string(session.account),
            "email": .string("\(session.account)@example.org"), "email_verified": true,
        ]
        for (name, value) in state.behaviour.userinfo { claims[name] = value }
        return .json(200, claims)
    }
}
