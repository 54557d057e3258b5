internal import HTTP
internal import JSON
internal import Mustache
internal import Providers

/// What a sink's template can print.
struct SinkValues: Sendable, Equatable {
    private var texts: [String: String?]
    private let expiresAt: Int?
    /// The app keys and generated values of the provider; nil where nothing is entered.
    private let keys: [String: String?]

    /// Of a connection.
    init(_ tokens: TokenSet, _ key: FlowEngine.Key, _ provider: Provider, entered: [String: String]) {
        expiresAt = tokens.expiresAt.flatMap { Int(exactly: $0.rounded(.down)) }
        keys = Dictionary(
            (provider.fields.map(\.key) + provider.generated.map(\.key)).map { ($0, entered[$0]) },
            uniquingKeysWith: { first, _ in first })
        texts = [
            "provider": key.provider, "owner": key.id.owner, "account": key.id.account,
            "PROVIDER": Self.variable(key.provider), "access_token": tokens.accessToken,
            "refresh_token": tokens.refreshToken, "token_type": tokens.tokenType, "scope": tokens.scope,
            "client_id": keys["client_id"] ?? nil,
            "expires_at_iso": expiresAt.map { HTTPDate.rfc3339(epochSeconds: Int64($0)) },
        ]
    }

    /// Values such as a provider's connections have, to try a template with.
    init(sampleOf provider: Provider, text: String, isFull: Bool) {
        var tokens = TokenSet(accessToken: text)
        if isFull {
            (tokens.refreshToken, tokens.tokenType, tokens.scope, tokens.expiresAt) = (text, text, text, 2_000_000_000)
        }
        let names = provider.fields.map(\.key) + provider.generated.map(\.key)
        let id = AccountID(owner: "default", account: "default")
        self.init(
            tokens, FlowEngine.Key(provider: provider.name, id: id), provider,
            entered: isFull ? Dictionary(names.map { ($0, text) }, uniquingKeysWith: { first, _ in first }) : [:])
    }

    /// `trakt` as names of variables begin: `TRAKT`.
    private static func variable(_ name: String) -> String {
        String(name.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    // MARK: Printing

    /// The values that are not safe to be printed as they are, by their names in the template, with marks for them.
    var unsafe: [String: String] {
        let all = texts.map { ($0, $1) } + keys.map { ("keys.\($0)", $1) }
        let unsafe = all.compactMap { name, text in text.flatMap { Self.isSafe($0) ? nil : name } }.sorted()
        return Dictionary(uniqueKeysWithValues: unsafe.enumerated().map { ($1, "\u{0}\($0)\u{0}") })
    }

    private static func isSafe(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "-._~+/=:@,".utf8.contains(byte)
            }
        }
    }

    /// Whether a mark was printed.
    static func contains(_ bytes: [UInt8], mark: String) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains(mark)
    }

    /// What the template is rendered from.
    ///
    /// - Parameter unsafe: what to print in the place of some values.
    func object(_ form: SinkTemplate.Form, unsafe: [String: String]) -> Value {
        func value(_ name: String, _ text: String?) -> Value {
            guard let text else { return .null }
            // Markup is printed as it is, whatever the braces: the escaping has been done.
            return .html(form == .json ? Self.inside(text) : unsafe[name] ?? text)
        }
        var members = texts.map { ($0, value($0, $1)) }
        members.append(("expires_at", expiresAt.map(Value.int) ?? .null))
        members.append(("keys", .object(Object(keys.map { ($0, value("keys.\($0)", $1)) }))))
        return .object(Object(members))
    }

    /// What stands between the quotes of a JSON string.
    private static func inside(_ text: String) -> String {
        String(decoding: JSON.string(text).encoded().dropFirst().dropLast(), as: UTF8.self)
    }
}
