/// One way to sign in.
public struct SignInMethod: Sendable, Equatable {
    /// What kind of flow it is.
    public enum Kind: String, Sendable, Equatable, CaseIterable {
        /// The person types a code at the provider's page; the server asks until it is approved (`PollingFlow`).
        case device
        /// The person approves on a page that the provider opened for this try; the server asks, and the page may come
        /// back (`PollingFlow`).
        case approval
        /// The authorization code grant: the person comes back with a code (`RedirectFlow`).
        case redirect
        /// The entered values are the credentials; they are checked (`KeyCheck`).
        case key
    }

    /// The proof key of RFC 7636.
    enum ProofKey: String, Sendable, Equatable, CaseIterable {
        case s256 = "S256"
        case plain
        case none
    }

    /// Unique within the provider: `device`.
    public let id: String
    /// What kind of flow it is.
    public let kind: Kind
    /// The name of the method, for a choice between several.
    public let label: String
    /// The text of the button that begins it.
    public let button: String
    /// The keys of the fields that must be filled in.
    public let needs: [String]
    let start: Call?
    let verification: Link?
    let verificationComplete: Link?
    let poll: Call?
    let interval: Double?
    let expiresIn: Double?
    let authorize: Link?
    let callback: Callback
    let exchange: Call?
    /// Requests after the approval, each with the values of those before it; the last one yields the token.
    let then: [Call]
    let proofKey: ProofKey
    let scope: ScopeRequest?
    let check: Call?
    /// The key of the field whose value is the token; nil where the answer to the check yields one.
    public let credential: String?
    let lifecycle: Lifecycle

    /// The needed keys that have no value.
    public func missing(in values: [String: String]) -> [String] {
        needs.filter { (values[$0] ?? "").isEmpty }
    }

    /// Whether the provider comes back to the callback of this server.
    public var usesCallback: Bool {
        kind == .redirect || links.contains { $0.names.contains("return_url") }
    }

    /// The query item with which the provider brings the code back: `code`.
    public var codeParameter: String { callback.code }

    var links: [Link] { [verification, verificationComplete, authorize].compactMap { $0 } }
}

/// What a provider's return to the callback looks like.
struct Callback: Sendable, Equatable {
    /// The query item that holds the code.
    var code = "code"
    /// The issuer that the return must name (RFC 9207), if the provider names one.
    var issuer: Template?
    /// Query items that mean no.
    var denied: [Parameter] = []
}

/// What a method may do with the account.
struct ScopeRequest: Sendable, Equatable {
    /// The scopes, in which fields may stand; with their values they are `{{scope}}`.
    let request: Template
    /// Those without which the link is useless.
    let required: [String]
    /// The name of the parameter in standard requests.
    let parameter: String
    /// Those that the provider grants without listing them in its answer.
    let unlisted: [String]
    /// What a scope is for: what will not work without it.
    let purposes: [String: String]

    /// The scopes as they are sent.
    func text(_ values: [String: String], _ fields: [Field]) -> String {
        request.parts.map { part in
            switch part {
            case .text(let text): return text
            case .value(let name):
                let entered = values[name].flatMap { $0.isEmpty ? nil : $0 }
                return entered ?? fields.first { $0.key == name }?.defaultValue ?? ""
            }
        }.joined()
    }

    /// The scopes in a text, one by one. Some providers put commas between them.
    static func words(_ text: String) -> [String] { text.split { $0 == " " || $0 == "," }.map(String.init) }
}
