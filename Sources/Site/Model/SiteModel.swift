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
        ]
    }
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
