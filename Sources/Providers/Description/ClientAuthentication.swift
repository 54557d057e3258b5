public import JSON

/// How an app proves itself with its secret in the standard requests, by the names of RFC 7591 section 2.
public enum ClientAuthentication: String, Sendable, CaseIterable {
    /// By HTTP Basic, which every server must take (RFC 6749 section 2.3.1).
    case basic = "client_secret_basic"
    /// In the form.
    case form = "client_secret_post"

    /// The field that says it, where a description leaves the choice.
    public static let field = "token_endpoint_auth_method"

    /// The method to use with a server: Basic, which is the default (RFC 8414 section 2; OpenID Connect Core 1.0 section 9),
    /// or the form where the server knows that and no Basic.
    public init(metadata: JSON) {
        let methods = metadata["token_endpoint_auth_methods_supported"]?.arrayValue?.compactMap(\.stringValue) ?? []
        let isForm = methods.contains(Self.form.rawValue) && !methods.contains(Self.basic.rawValue)
        self = isForm ? .form : .basic
    }
}
