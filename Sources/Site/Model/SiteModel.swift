public import JSON
public import Mustache
internal import Providers

/// Everything that a page is rendered from. Nothing in it is secret: the build never sees the vault.
enum SiteModel {
    static func value(_ catalogue: Catalogue, strings: Object, options: SiteOptions) -> Value {
        [
            "site": [
                "title": .string(options.title), "lang": .string(options.language), "version": .string(options.version),
            ],
            "t": .object(strings),
            "providers": ProviderModel.values(catalogue),
            "groups": GroupModel.values(catalogue, strings: strings),
            "has_search": .bool(catalogue.providers.count > GroupModel.mostWithoutSearch),
            "sign_in": .object(Object(SignInPlace.all.map { ($0, .html(SignInPlace.mark($0))) })),
        ]
    }
}

/// Where the pages of the sign-in have what differs from request to request: the server puts it there, escaped for text
/// and for quoted attributes.
public enum SignInPlace {
    /// A sentence about what went wrong; where the person wanted to go; the token of the form; the way to the root.
    public static let all = ["message", "next", "form_token", "root"]

    /// What a built page has there: private characters that no text has.
    public static func mark(_ name: String) -> String { "\u{E000}\(name)\u{E001}" }
}

extension Value {
    /// A value for a template from JSON, as `latchkey render --data` reads it.
    public init(_ json: JSON) {
        switch json {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .int(number)
        case .double(let number): self = .double(number)
        case .string(let text): self = .string(text)
        case .array(let items): self = .list(items.map(Value.init))
        case .object(let object): self = .object(Object(object.members.map { ($0.key, Value($0.value)) }))
        }
    }
}
