internal import Diagnostics
internal import JSON
internal import Providers

/// What an OpenID provider says of itself at `<issuer>/.well-known/openid-configuration` (OpenID Connect Discovery 1.0
/// section 4), as the description of a provider: so people sign in by the same flow by which accounts are linked.
struct OpenIDMetadata: Sendable {
    /// The provider with one sign-in by redirect and the userinfo endpoint as its identity request.
    let provider: Provider
    let method: SignInMethod

    /// The name under which callbacks and cookies know it.
    static let name = "openid"

    /// What is needed of what it offers.
    private static let endpoints = ["authorization", "token", "userinfo"]

    /// Where the metadata are.
    static func address(of issuer: String) -> String {
        (issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer) + "/.well-known/openid-configuration"
    }

    /// Reads the metadata.
    ///
    /// SECURITY: the issuer must be the configured one, byte by byte (section 4.3), and every address https or on this
    /// machine: that is the rule of descriptions. PKCE with S256 is always used.
    init(_ bytes: [UInt8], issuer: String, hasSecret: Bool) throws(Problem) {
        guard let json = try? JSON.parse(bytes, file: "metadata"), json.objectValue != nil else {
            throw Self.problem("does not answer with metadata", issuer)
        }
        guard json["issuer"]?.stringValue == issuer else {
            throw Self.problem("names another issuer in its metadata", issuer)
        }
        var endpoints: [String: String] = [:]
        for key in Self.endpoints {
            guard let url = json[key + "_endpoint"]?.stringValue else {
                throw Self.problem("names no \(key)_endpoint in its metadata", issuer)
            }
            endpoints[key] = url
        }
        let provider: Provider?
        do {
            let description = Self.description(endpoints, json, issuer, hasSecret: hasSecret)
            let file = (path: "\(Self.name).json5", bytes: JSON.object(description).encoded())
            let hosts = endpoints.map { ("\(Self.name).\($0.key)", $0.value) }
            provider = try Catalogue(files: [file]).replacingHosts(Dictionary(uniqueKeysWithValues: hosts))[Self.name]
        } catch {
            throw Self.problem("names an address in its metadata that cannot be used", issuer)
        }
        guard let provider, let method = provider.methods.first else {
            throw Self.problem("cannot be described", issuer)
        }
        self.provider = provider
        self.method = method
    }

    private static func description(
        _ endpoints: [String: String], _ json: JSON, _ issuer: String, hasSecret: Bool
    ) -> JSONObject {
        // A host stands without the slash at its end.
        func url(_ key: String) -> JSON {
            .string("{{hosts.\(key)}}" + (endpoints[key]?.hasSuffix("/") == true ? "/" : ""))
        }
        var exchange: JSONObject = ["url": url("token")]
        if hasSecret, ClientAuthentication(metadata: json) == .basic {
            exchange["basic"] = ["{{client_id}}", "{{client_secret}}"]
        }
        var method: JSONObject = [
            "kind": "redirect", "label": "Sign in", "scope": ["request": "openid profile email"],
            "authorize": url("authorization"), "exchange": .object(exchange),
        ]
        // RFC 9207 section 3.
        if json["authorization_response_iss_parameter_supported"]?.boolValue == true {
            method["callback"] = ["issuer": .string(issuer)]
        }
        return [
            "label": .string(label(of: issuer)), "color": "#444444",
            "hosts": .object(JSONObject(Self.endpoints.map { ($0, "https://openid.invalid") })),
            "fields": [
                ["key": "client_id", "label": "Client ID", "type": "text", "required": true],
                ["key": "client_secret", "label": "Client secret", "type": "password"],
            ],
            "methods": [.object(method)],
            "identity": [
                "url": url("userinfo"),
                "map": [
                    "id": "sub", "name": ["preferred_username", "name", "email", "sub"], "email": "email",
                    "verified": "email_verified",
                ],
            ],
        ]
    }

    /// The host: that is how people call the place where they sign in.
    private static func label(of issuer: String) -> String {
        String(OriginGuard.origin(of: issuer)?.split(separator: "/").last ?? "the identity provider")
    }

    static func problem(_ what: String, _ issuer: String) -> Problem {
        Problem(
            502, "identity_provider", "The identity provider \(label(of: issuer)) \(what).",
            hint: "Ask whoever runs Latchkey to look at --oidc-issuer.")
    }
}
