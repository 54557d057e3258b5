internal import Mustache
internal import Providers

/// What templates see of a provider. The names are a contract with every template that people write.
enum ProviderModel {
    /// All providers, in the order of the page.
    static func values(_ catalogue: Catalogue) -> Value {
        let count = catalogue.providers.count
        return .list(
            catalogue.providers.enumerated().map { index, provider in
                .object(Object(identity(provider) + content(provider) + position(index, of: count)))
            })
    }

    private static func identity(_ provider: Provider) -> [(String, Value)] {
        [
            ("name", .string(provider.name)),
            ("label", .string(provider.label)),
            ("initial", .string(provider.label.prefix(1).uppercased())),
            ("hook", .string(hook(provider.name))),
            ("color", .string(provider.color)),
            ("on_color", .string(Color(provider.color)?.textColor ?? "#000")),
            ("group", .string(provider.group)),
            ("logo", .optional(provider.logo)),
            ("notes", .optional(provider.notes)),
            ("warning", .optional(provider.warning)),
            ("sunset", .optional(provider.sunset)),
            ("console", .optional(provider.console)),
            ("docs", .optional(provider.docs)),
            ("oob", .optional(provider.oob)),
            ("has_oob", .bool(provider.oob != nil)),
        ]
    }

    private static func content(_ provider: Provider) -> [(String, Value)] {
        let (methods, fields) = (provider.methods, provider.keptFields)
        return [
            ("fields", .list(fields.map { .object(field($0, of: provider)) })),
            ("plain_fields", .list(fields.filter { !$0.isAdvanced }.map { .object(field($0, of: provider)) })),
            ("advanced_fields", .list(fields.filter(\.isAdvanced).map { .object(field($0, of: provider)) })),
            ("has_fields", .bool(!fields.isEmpty)),
            ("has_advanced_fields", .bool(fields.contains(where: \.isAdvanced))),
            ("is_instance", .bool(provider.instance != nil)),
            ("is_keyed", .bool(methods.allSatisfy { $0.kind == .key })),
            (
                "methods",
                .list(methods.enumerated().map { .object(method($1, of: provider, at: $0, of: methods.count)) })
            ),
            ("has_methods", .bool(!methods.isEmpty)),
            ("has_several_methods", .bool(methods.count > 1)),
            ("has_redirect", .bool(methods.contains(where: \.usesCallback))),
        ]
    }

    private static func field(_ field: Field, of provider: Provider) -> Object {
        [
            "key": .string(field.key),
            "id": .string("\(provider.name)_\(field.key)"),
            "path": .string("\(provider.name).\(field.key)"),
            "label": .string(field.label),
            "type": .string(field.kind.rawValue),
            "partial": .string("fields/\(field.kind.rawValue)"),
            "is_secret": .bool(field.isSecret),
            "required": .bool(field.isRequired),
            "is_optional": .bool(!field.isRequired && !provider.methods.contains { $0.needs.contains(field.key) }),
            "methods": .string(provider.methods(for: field).map(\.id).joined(separator: " ")),
            "hint": .optional(field.hint),
            "pattern": .optional(field.pattern),
            "pattern_help": .optional(field.patternHelp),
            "placeholder": .optional(field.defaultValue),
            "options": .list(
                field.options.map { ["value": .string($0), "label": .string(field.optionLabels[$0] ?? $0)] }),
        ]
    }

    /// A field of the form with which a method begins, and whose value is not stored.
    private static func entered(_ field: Field, _ method: SignInMethod, of provider: Provider) -> Object {
        // A secret that goes with no name is nothing for a password manager.
        let hasName = provider.enteredOnce(method).contains { !$0.isSecret }
        return [
            "key": .string(field.key),
            "id": .string("\(provider.name)_\(method.id)_\(field.key)"),
            "label": .string(field.label),
            "hint": .optional(field.hint),
            "required": .bool(method.needs.contains(field.key)),
            "input": .string(field.isSecret ? "password" : "text"),
            "autocomplete": .string(field.isSecret ? hasName ? "current-password" : "off" : "username"),
        ]
    }

    private static func method(
        _ method: SignInMethod, of provider: Provider, at index: Int, of count: Int
    ) -> Object {
        let entered = provider.enteredOnce(method)
        let kinds = SignInMethod.Kind.allCases.map { ("is_\($0.rawValue)", Value.bool($0 == method.kind)) }
        let members: [(String, Value)] = [
            ("id", .string(method.id)),
            ("kind", .string(method.kind.rawValue)),
            ("label", .string(method.label)),
            ("button", .string(method.button)),
            ("needs", .string(method.needs.joined(separator: " "))),
            ("entered", .list(entered.map { .object(self.entered($0, method, of: provider)) })),
            ("has_entered", .bool(!entered.isEmpty)),
            ("can_be_unchecked", .bool(provider.canBeUnchecked(method))),
        ]
        return Object(members + kinds + position(index, of: count))
    }

    private static func position(_ index: Int, of count: Int) -> [(String, Value)] {
        [("index", .int(index)), ("is_first", .bool(index == 0)), ("is_last", .bool(index == count - 1))]
    }

    /// The name in the names of functions: `requestTraktPin`.
    static func hook(_ name: String) -> String {
        name.prefix(1).uppercased() + name.dropFirst()
    }
}
