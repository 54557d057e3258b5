public import JSON

/// What a sign-in yields, and what is stored under `auth.<provider>`.
public struct TokenSet: Sendable, Equatable {
    /// The token that apps send. For API-key methods the key itself.
    public var accessToken: String
    /// The token that gets new ones, where the provider gives one.
    public var refreshToken: String?
    /// As the provider wrote it, usually `bearer`.
    public var tokenType: String?
    /// The granted scopes, separated by spaces.
    public var scope: String?
    /// When the access token ends, in seconds since 1970; `nil` when it does not, or nobody says.
    public var expiresAt: Double?
    /// The redirect URI of the sign-in; some providers want it again with each refresh.
    public var redirectURI: String?
    /// What else the description maps, for later requests.
    public var extras: [String: String]

    /// A set of tokens.
    public init(
        accessToken: String, refreshToken: String? = nil, tokenType: String? = nil, scope: String? = nil,
        expiresAt: Double? = nil, redirectURI: String? = nil, extras: [String: String] = [:]
    ) {
        self.accessToken = accessToken
        self.refreshToken = refreshToken
        self.tokenType = tokenType
        self.scope = scope
        self.expiresAt = expiresAt
        self.redirectURI = redirectURI
        self.extras = extras
    }

    /// As stored under `auth.<provider>`: `access_token`, `refresh_token`, `token_type`, `scope`, `expires_at` (whole
    /// seconds), `redirect_uri`, and `extras` as an object. Absent members are left out.
    public var json: JSONObject {
        var object: JSONObject = ["access_token": .string(accessToken)]
        object["refresh_token"] = refreshToken.map(JSON.string)
        object["token_type"] = tokenType.map(JSON.string)
        object["scope"] = scope.map(JSON.string)
        object["expires_at"] = expiresAt.flatMap { Int(exactly: $0.rounded(.down)) }.map(JSON.int)
        object["redirect_uri"] = redirectURI.map(JSON.string)
        if !extras.isEmpty {
            var members: JSONObject = [:]
            for (key, value) in extras.sorted(by: { $0.key < $1.key }) { members[key] = .string(value) }
            object["extras"] = .object(members)
        }
        return object
    }

    /// From what is stored under `auth.<provider>`; other members are ignored. `nil` without an access token.
    public init?(json: JSON) {
        guard let accessToken = json["access_token"]?.stringValue, !accessToken.isEmpty else { return nil }
        self.init(
            accessToken: accessToken, refreshToken: json["refresh_token"]?.stringValue,
            tokenType: json["token_type"]?.stringValue, scope: json["scope"]?.stringValue,
            expiresAt: json["expires_at"].flatMap(Numbers.seconds), redirectURI: json["redirect_uri"]?.stringValue)
        for (key, value) in json["extras"]?.objectValue?.members ?? [] {
            extras[key] = value.stringValue
        }
    }
}
