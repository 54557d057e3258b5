internal import Crypto
internal import HTTP
internal import JSON

/// The providers that speak the standards. Each is a simulation for tests and demonstrations, and shares nothing with the
/// service but the dialect; the facts are from the documentation that the provider's description names.
extension StandardOAuth {
    static func of(_ provider: SimulatedProvider) -> StandardOAuth? {
        switch provider {
        case .mdblist: mdblist
        case .anilist: anilist
        case .spotify: spotify
        case .myanimelist: myanimelist
        case .github: github
        case .discord: discord
        case .reddit: reddit
        case .premiumize: premiumize
        case .letterboxd: letterboxd
        case .microsoft: microsoft
        case .oidc: oidc
        default: nil
        }
    }

    /// https://api.mdblist.com/docs/authentication/: every path ends in a slash, all apps need PKCE, a refresh token works
    /// once.
    private static let mdblist = StandardOAuth(
        label: "MDBList", hosts: ["api", "web"], token: Place("api", "/oauth/token/"),
        device: Device(
            start: Place("api", "/oauth/device-authorization/"), page: Place("web", "/oauth/device/"),
            expired: (400, "expired_token"), unknown: (404, "device_not_found")),
        authorize: Place("web", "/oauth/authorize/"), requiresProof: true, badClient: (400, "invalid_request"),
        scopes: ["write"], refreshing: .rotates, revoke: (Place("api", "/oauth/revoke_token/"), "POST"),
        identity: Identity(place: Place("api", "/user")) { ["user_id": 7, "username": .string($0)] },
        keyParameter: "apikey", expiresIn: 1800, tokenExpiresIn: 2_592_000)

    /// https://docs.anilist.co/guide/auth/: JSON, a secret, no PKCE, nothing to refresh.
    private static let anilist = StandardOAuth(
        label: "AniList", hosts: ["web", "graphql", Picture.host], token: Place("web", "/api/v2/oauth/token"),
        authorize: Place("web", "/api/v2/oauth/authorize"), proof: .none, needsSecret: true, speaksJSON: true,
        identity: Identity(
            method: "POST", place: Place("graphql", "/"),
            answer: { ["data": ["Viewer": ["id": 7, "name": .string($0)]]] },
            picture: { $0["data"]?["Viewer"]?["avatar"] = ["medium": .string($1)] },
            refusal: {
                .json(400, ["errors": [["message": "Invalid token", "status": 400]], "data": ["Viewer": .null]])
            }),
        tokenExpiresIn: 31_536_000)

    /// https://developer.spotify.com/documentation/web-api/tutorials/code-pkce-flow
    private static let spotify = StandardOAuth(
        label: "Spotify", hosts: ["accounts", "api", Picture.host], token: Place("accounts", "/api/token"),
        authorize: Place("accounts", "/authorize"), requiresProof: true, badClient: (400, "invalid_client"),
        scopes: ["user-read-recently-played"], refreshing: .keeps,
        identity: Identity(
            place: Place("api", "/v1/me"), answer: { ["id": .string($0.lowercased()), "display_name": .string($0)] },
            picture: { $0["images"] = [["url": .string($1), "height": 48, "width": 48]] },
            refusal: { .json(401, ["error": ["status": 401, "message": "The access token expired"]]) }),
        refusesLocalhost: true)

    /// https://myanimelist.net/apiconfig/references/authorization: PKCE without a digest.
    private static let myanimelist = StandardOAuth(
        label: "MyAnimeList", hosts: ["web", "api", Picture.host], token: Place("web", "/v1/oauth2/token"),
        authorize: Place("web", "/v1/oauth2/authorize"), proof: .plain, requiresProof: true, refreshing: .rotates,
        identity: Identity(
            place: Place("api", "/v2/users/@me"), answer: { ["id": 7, "name": .string($0)] },
            picture: { $0["picture"] = .string($1) }),
        tokenExpiresIn: 2_678_400)

    /// https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps: what is no token comes with
    /// 200, tokens do not end.
    private static let github = StandardOAuth(
        label: "GitHub", hosts: ["web", "api", Picture.host], token: Place("web", "/login/oauth/access_token"),
        device: Device(
            start: Place("web", "/login/device/code"), page: Place("web", "/login/device"), status: 200,
            expired: (200, "expired_token"), unknown: (200, "incorrect_device_code")),
        authorize: Place("web", "/login/oauth/authorize"), badClient: (200, "incorrect_client_credentials"),
        badCode: (200, "bad_verification_code"), scopes: ["read:user"],
        revoke: (Place("api", "/applications/{}/token"), "DELETE"),
        identity: Identity(
            place: Place("api", "/user"), answer: { ["id": 7, "login": .string($0), "name": .null] },
            picture: { $0["avatar_url"] = .string($1) },
            refusal: { .json(401, ["message": "Bad credentials", "status": "401"]) }),
        tokenExpiresIn: nil)

    /// https://discord.com/developers/docs/topics/oauth2
    private static let discord = StandardOAuth(
        label: "Discord", hosts: ["web", Picture.host], token: Place("web", "/api/oauth2/token"),
        authorize: Place("web", "/oauth2/authorize"), client: .basic, needsSecret: true, scopes: ["identify"],
        refreshing: .rotates, revoke: (Place("web", "/api/oauth2/token/revoke"), "POST"),
        identity: Identity(
            place: Place("web", "/api/v10/users/@me"),
            answer: {
                [
                    "id": "80351110224678912", "username": .string($0), "global_name": .string($0),
                    "avatar": "8342729096ea3675442027381ff50dfe",
                ]
            },
            refusal: { .json(401, ["message": "401: Unauthorized", "code": 0]) }),
        tokenExpiresIn: 604_800)

    /// https://github.com/reddit-archive/reddit/wiki/OAuth2: HTTP Basic, also without a secret.
    private static let reddit = StandardOAuth(
        label: "Reddit", hosts: ["web", "api", Picture.host], token: Place("web", "/api/v1/access_token"),
        authorize: Place("web", "/api/v1/authorize"), proof: .none, client: .basic, scopes: ["identity"],
        refreshing: .keeps, revoke: (Place("web", "/api/v1/revoke_token"), "POST"),
        identity: Identity(
            place: Place("api", "/api/v1/me"), answer: { ["id": "7x", "name": .string($0)] },
            picture: { $0["icon_img"] = .string($1) },
            refusal: { .json(401, ["message": "Unauthorized", "error": 401]) }))

    /// As clients call it: one address for the start and the poll, and its own word for the grant.
    private static let premiumize = StandardOAuth(
        label: "Premiumize.me", hosts: ["web"], token: Place("web", "/token"),
        device: Device(
            start: Place("web", "/token"), page: Place("web", "/device"), grantType: "device_code", code: "code",
            expired: (400, "invalid_grant")),
        authorize: Place("web", "/authorize"), proof: .none,
        identity: Identity(
            place: Place("web", "/api/account/info"),
            answer: { ["status": "success", "customer_id": .string($0), "premium_until": 1_893_456_000] },
            refusal: { .json(200, ["status": "error", "message": "Not logged in."]) }),
        keyParameter: "apikey", expiresIn: 600, tokenExpiresIn: 315_360_000)

    /// https://api-docs.letterboxd.com/
    private static let letterboxd = StandardOAuth(
        label: "Letterboxd", hosts: ["api"], token: Place("api", "/api/v0/auth/token"),
        authorize: Place("api", "/api/v0/auth/authorize"), proof: .none, needsSecret: true, refreshing: .rotates,
        identity: Identity(place: Place("api", "/api/v0/me")) {
            ["member": ["id": "7x", "username": .string($0), "displayName": .string($0)]]
        })

    /// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
    private static let microsoft = StandardOAuth(
        label: "Microsoft", hosts: ["login", "graph", "web", "www", "device"],
        token: Place("login", "/{}/oauth2/v2.0/token"),
        device: Device(
            start: Place("login", "/{}/oauth2/v2.0/devicecode"), page: Place("web", "/devicelogin"),
            unknown: (400, "bad_verification_code"), denied: "authorization_declined", isPublic: true),
        authorize: Place("login", "/{}/oauth2/v2.0/authorize"), badClient: (400, "unauthorized_client"),
        scopes: ["User.Read", "offline_access"], unlisted: ["offline_access"], refreshing: .rotates,
        identity: Identity(
            place: Place("graph", "/v1.0/me"),
            answer: { ["id": "7x", "displayName": .string($0), "userPrincipalName": .string("\($0)@example.org")] },
            refusal: { .json(401, ["error": ["code": "InvalidAuthenticationToken", "message": "expired"]]) }))

    /// RFC 6749, 7009, 7636, 8628 and 8414 as they are written.
    private static let oidc = StandardOAuth(
        label: "OpenID Connect or OAuth", hosts: ["id"], token: Place("id", "/token"),
        device: Device(start: Place("id", "/device"), page: Place("id", "/activate"), complete: "user_code"),
        authorize: Place("id", "/authorize"), requiresProof: true, scopes: ["openid", "profile", "offline_access"],
        refreshing: .rotates, revoke: (Place("id", "/revoke"), "POST"),
        identity: Identity(place: Place("id", "/userinfo")) {
            ["sub": .string("subject-of-\($0)"), "preferred_username": .string($0)]
        }, saysItsAddresses: true, expiresIn: 600)
}
