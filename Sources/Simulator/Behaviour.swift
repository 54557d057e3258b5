public import JSON

/// How a simulated provider behaves when nothing is wrong: lifetimes, paces and whom it knows. Times are in seconds.
public struct Behaviour: Sendable, Equatable {
    /// The pause between two polls that the provider asks for.
    public var interval: Int
    /// The lifetime of a device code, a PIN or a request token.
    public var expiresIn: Int
    /// The lifetime of an access token; `nil` means that it does not end.
    public var tokenExpiresIn: Int?
    /// The lifetime of an authorization code.
    public var codeExpiresIn = 600
    /// Whether polls that come before the interval has passed (with one second of grace) are told to slow down.
    public var strictInterval = false
    /// Client ids that the provider does not know; `*` stands for all. Ids that begin with `unknown` never are known.
    public var rejectedClients: [String] = []
    /// The redirect URIs that are registered; empty means that any is.
    public var redirectURIs: [String] = []
    /// The client secret of the app; `nil` means that the app has none and that a secret which is sent is not looked at.
    public var clientSecret: String?
    /// Scopes that the person does not allow, where the provider has scopes that can be refused one by one.
    public var refusedScopes: [String] = []
    /// Scopes that the person has allowed this app before, and that are granted with each sign-in.
    public var earlierScopes: [String] = []
    /// The value of `iss` at the callback (RFC 9207); `nil` leaves it out.
    public var issuer: String?
    /// What the OpenID provider's userinfo says besides, or instead of, what it says by itself.
    public var userinfo: [String: JSON] = [:]
    /// The client that the OpenID provider wants to see in HTTP Basic, with its secret, and not in the form.
    public var basicClient: String?
    /// Of a server that says its addresses: how apps may prove themselves there; nil when it does not say that, and then it is
    /// HTTP Basic (RFC 8414 section 2).
    public var clientProofs: [String]?
    /// Of a server that says its addresses: those that it does not have.
    public var missingEndpoints: [String] = []
    /// Of a server that says its addresses: whether it does so by RFC 8414 alone.
    public var isPlainOAuth = false
    /// The name of the account that approves when the approval page does not say another.
    public var account = "demo"
    /// Whether the start of a device flow gives `verification_uri_complete`, where the provider has it.
    public var givesCompleteURI = true
    /// Plex only: an expired PIN answers 200 with a null token, as one report says, instead of 404.
    public var expiredPinAnswersNull = false

    /// Of servers of people's own: the API key that works.
    public var apiKey = "0123456789abcdef0123456789abcdef"
    /// The password of all users, or what is entered in its place.
    public var password: String
    /// The number of the error with which an account is refused, where the provider has such numbers.
    public var accountError: Int?
    /// Of servers of people's own: the version.
    public var version = "10.11.2"
    /// Another product than the right one.
    public var product: String?
    /// Of servers of people's own: whether the feature by which clients sign in is off.
    public var isSwitchedOff = false
    /// Tautulli only: whether a wrong key is answered with 200.
    public var refusesWith200 = false

    /// The behaviour that the provider documents.
    public static func documented(_ provider: SimulatedProvider) -> Behaviour {
        let week = 604_800
        return switch provider {
        case .trakt: Behaviour(interval: 5, expiresIn: 600, tokenExpiresIn: week)
        case .plex: Behaviour(interval: 1, expiresIn: 900)
        case .simkl: Behaviour(interval: 5, expiresIn: 900, tokenExpiresIn: week, issuer: "https://simkl.com")
        case .tmdb: Behaviour(interval: 3, expiresIn: 3600)
        case .realdebrid: Behaviour(interval: 5, expiresIn: 600, tokenExpiresIn: 3600)
        case .alldebrid: Behaviour(interval: 5, expiresIn: 600)
        case .lastfm: Behaviour(interval: 5, expiresIn: 3600)
        case .psn: Behaviour(interval: 5, expiresIn: 600, tokenExpiresIn: 3600, password: PSN.npsso)
        default:
            StandardOAuth.of(provider)?.behaviour ?? Behaviour(interval: 5, expiresIn: 600, tokenExpiresIn: 3600)
        }
    }

    init(
        interval: Int, expiresIn: Int, tokenExpiresIn: Int? = nil, issuer: String? = nil, password: String = "secret"
    ) {
        self.password = password
        self.interval = interval
        self.expiresIn = expiresIn
        self.tokenExpiresIn = tokenExpiresIn
        self.issuer = issuer
    }

    /// Whether the provider has an app with this id.
    func knows(client: String) -> Bool {
        !client.isEmpty && !client.hasPrefix("unknown") && !rejectedClients.contains(client)
            && !rejectedClients.contains("*")
    }
}
