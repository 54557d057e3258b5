internal import Diagnostics
internal import JSON

/// The section `instance`: a server of the person's own.
extension DescriptionReader {
    /// Reads it, and adds the fields that all such providers have.
    mutating func instance(_ object: Object) -> Instance? {
        let keys = ["field", "pages", "probe", "product", "minimum_version"]
        guard let node = object["instance"], let inner = self.object(node, "'instance'", keys: keys) else { return nil }
        let field = string(inner, "field", required: true)
        let addresses = fields.filter { $0.kind == .url }.map(\.key)
        if let field, let node = inner["field"], !addresses.contains(field) {
            report(
                node, "there is no field '\(field)' of type 'url'", help: Suggestion.help(for: field, among: addresses))
        }
        for more in Instance.fields {
            if let twin = list(object, "fields").first(where: { $0["key"]?.json.stringValue == more.key }) {
                report(twin["key"] ?? twin, "every provider with 'instance' has a field '\(more.key)' already")
            } else {
                fields.append(more)
            }
        }
        known = baseNames
        let probe = inner["probe"].flatMap { call($0, "'probe'", Defaults()) }
        for key in ["product", "minimum_version"] {
            let value = key == "product" ? "product" : "version"
            if let node = inner[key], probe?.map.contains(where: { $0.name == value }) != true {
                report(node, "'\(key)' needs a 'probe' whose 'map' has '\(value)'")
            }
        }
        return field.map {
            Instance(
                field: $0, pages: strings(inner, "pages").map { $0.split(separator: "/").map(String.init) },
                probe: probe, product: string(inner, "product"), minimumVersion: string(inner, "minimum_version"))
        }
    }
}
