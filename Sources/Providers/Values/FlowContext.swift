internal import Crypto

/// How this program presents itself to providers.
public struct AppIdentity: Sendable, Equatable {
    /// `{{app.name}}`, shown by providers beside the code.
    public var name: String
    /// `{{app.version}}`.
    public var version: String
    /// `{{app.device}}`, the name of this machine or installation.
    public var device: String

    /// An identity.
    public init(name: String, version: String, device: String) {
        self.name = name
        self.version = version
        self.device = device
    }
}

/// Everything from outside that a flow needs with each event: the provider's description and the account's settings as
/// they are now. Flows do not store it, so a pending flow is small and always uses the current keys.
public struct FlowContext: Sendable {
    /// The provider.
    public var provider: Provider
    /// The method by which the account is (being) linked.
    public var method: SignInMethod
    /// Fields and generated values by key without the provider's name: `client_id`, `client_identifier`.
    public var values: [String: String]
    /// How this program presents itself.
    public var app: AppIdentity
    /// The callback URL of this provider, from the configured public URL only.
    public var redirectURI: String

    /// A context.
    public init(
        provider: Provider, method: SignInMethod, values: [String: String], app: AppIdentity, redirectURI: String
    ) {
        self.provider = provider
        self.method = method
        self.values = values
        self.app = app
        self.redirectURI = redirectURI
    }

    /// The `redirect_uri` of this method: the fixed out-of-band value for methods without a callback, where the provider
    /// has one.
    var effectiveRedirectURI: String {
        method.kind == .redirect ? redirectURI : provider.oob ?? redirectURI
    }
}

/// The random values of one sign-in. Flows are given them, so that flows themselves hold no randomness.
public struct FlowSecrets: Sendable, Equatable {
    /// `state`: at least 128 bits, new for each start.
    public var state: String
    /// The PKCE verifier: 43 to 128 characters (RFC 7636 section 4.1).
    public var codeVerifier: String

    /// Given values, for tests.
    public init(state: String, codeVerifier: String) {
        self.state = state
        self.codeVerifier = codeVerifier
    }

    /// New random values of 256 bits each.
    public static func random() throws -> FlowSecrets {
        FlowSecrets(state: try Crypto.randomToken(bytes: 32), codeVerifier: try Crypto.randomToken(bytes: 32))
    }
}
