internal import JSON
internal import Providers

/// The answer of `GET api/auth/providers`: what each provider is and needs, for programs. The shape is that of the
/// provider contract that people's pages are written for, with colour, group and methods added.
enum Manifests {
    /// An array with one object for each provider.
    static func json(_ catalogue: Catalogue) -> JSON {
        .array(catalogue.providers.map { .object(manifest($0)) })
    }

    private static func manifest(_ provider: Provider) -> JSONObject {
        let known: [(String, JSON?)] = [
            ("name", .string(provider.name.uppercased())),
            ("label", .string(provider.label)),
            ("flow", provider.methods.first.map { .string(flow($0.kind)) }),
            ("group", .string(provider.group)),
            ("color", .string(provider.color)),
            ("logo", provider.logo.map(JSON.string)),
            ("notes", provider.notes.map(JSON.string)),
            ("docs", provider.docs.map(JSON.string)),
            ("verify_url", provider.methods.lazy.compactMap(provider.verificationPage).first.map(JSON.string)),
            ("fields", .array(provider.keptFields.map { .object(field($0, of: provider)) })),
            ("methods", .array(provider.methods.map { .object(method($0, of: provider)) })),
            ("actions", .object(actions(provider))),
        ]
        return JSONObject(known.compactMap { key, value in value.map { (key, $0) } })
    }

    /// The word of the contract for the first method; what it does not know keeps its own.
    private static func flow(_ kind: SignInMethod.Kind) -> String {
        switch kind {
        case .device: "device_pin"
        case .redirect: "oauth"
        case .approval, .key: kind.rawValue
        }
    }

    private static func field(_ field: Field, of provider: Provider) -> JSONObject {
        var object: JSONObject = [
            "key": .string("\(provider.name).\(field.key)"),
            "label": .string(field.label),
            "type": .string(field.kind.rawValue),
            "required": .bool(field.isRequired),
        ]
        object["hint"] = field.hint.map(JSON.string)
        if !field.options.isEmpty { object["options"] = .array(field.options.map(JSON.string)) }
        return object
    }

    private static func method(_ method: SignInMethod, of provider: Provider) -> JSONObject {
        var object: JSONObject = [
            "id": .string(method.id), "kind": .string(method.kind.rawValue), "label": .string(method.label),
        ]
        let entered = provider.enteredOnce(method)
        if !entered.isEmpty {
            object["enter"] = .array(
                entered.map { ["key": .string($0.key), "label": .string($0.label), "type": .string($0.kind.rawValue)] })
        }
        return object
    }

    private static func actions(_ provider: Provider) -> JSONObject {
        [
            "start": true,
            "finish": .bool(provider.methods.contains { $0.kind != .key }),
            "refresh": .bool(provider.methods.contains(where: provider.canRefresh)),
            "disconnect": true,
        ]
    }
}
