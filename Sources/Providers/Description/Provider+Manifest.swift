public import JSON

extension Provider {
    /// The provider as `GET api/auth/providers` lists it: what a page needs to show it, and nothing about requests.
    ///
    /// `name` (in capitals, as people's integrations know it), `id`, `label`, `flow` (of the first method:
    /// `device_pin`, `approval`, `oauth` or `key`), `color`, `group`, `fields` with dotted keys, `methods`, `actions`,
    /// and where there are such: `logo`, `notes`, `warning`, `sunset`, `console`, `docs`, `revoke_page`, `verify_url`, `redirect_uri`.
    public var manifest: JSON {
        var object: JSONObject = [
            "name": .string(name.uppercased()), "id": .string(name), "label": .string(label),
            "flow": .string(methods.first?.kind.flowName ?? "key"), "color": .string(color), "group": .string(group),
            "fields": .array(fields.map { $0.manifest(of: name) }), "methods": .array(methods.map(\.manifest)),
            "actions": actions,
        ]
        let texts: [(String, String?)] = [
            ("logo", logo), ("notes", notes), ("warning", warning), ("sunset", sunset), ("console", console),
            ("docs", docs), ("revoke_page", revokePage), ("verify_url", verifyURL), ("redirect_uri", oob),
        ]
        for (key, text) in texts { object[key] = text.map(JSON.string) }
        return .object(object)
    }

    private var actions: JSON {
        [
            "start": true, "finish": true, "refresh": .bool(methods.contains(where: canRefresh)),
            "disconnect": true, "revoke": .bool(methods.contains(where: canRevoke)),
        ]
    }

    /// The page on which codes are typed, where it is the same for everyone.
    private var verifyURL: String? {
        guard let parts = methods.lazy.compactMap(\.verification).first?.url.parts else { return nil }
        guard parts.count <= 2, case .value(let base)? = parts.first,
            let host = hosts.first(where: { "hosts." + $0.name == base })
        else { return nil }
        if case .text(let path)? = parts.dropFirst().first { return host.url + path }
        return host.url
    }
}

extension SignInMethod {
    /// `id`, `kind`, `label`, `button`, `needs`, and whether the provider comes back to this server.
    fileprivate var manifest: JSON {
        [
            "id": .string(id), "kind": .string(kind.rawValue), "label": .string(label), "button": .string(button),
            "needs": .array(needs.map(JSON.string)), "callback": .bool(usesCallback),
        ]
    }
}

extension SignInMethod.Kind {
    /// The words of existing integrations, where they have one.
    fileprivate var flowName: String {
        switch self {
        case .device: "device_pin"
        case .approval: "approval"
        case .redirect: "oauth"
        case .key: "key"
        }
    }
}

extension Field {
    fileprivate func manifest(of provider: String) -> JSON {
        var object: JSONObject = [
            "key": .string("\(provider).\(key)"), "label": .string(label), "type": .string(kind.rawValue),
            "required": .bool(isRequired), "secret": .bool(isSecret),
        ]
        object["hint"] = hint.map(JSON.string)
        object["pattern"] = pattern.map(JSON.string)
        object["pattern_help"] = patternHelp.map(JSON.string)
        object["default"] = defaultValue.map(JSON.string)
        if !options.isEmpty { object["options"] = .array(options.map(JSON.string)) }
        return .object(object)
    }
}
