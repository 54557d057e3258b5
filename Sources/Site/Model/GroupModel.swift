internal import Mustache
internal import Providers

/// What templates see of the groups of providers.
enum GroupModel {
    /// With more providers than these, the page has a search.
    static let mostWithoutSearch = 8

    /// The groups in the order of the page, each with its providers.
    static func values(_ catalogue: Catalogue, strings: Object) -> Value {
        var groups: [(id: String, members: [Value])] = []
        guard case .list(let values) = ProviderModel.values(catalogue) else { return .list([]) }
        for (provider, value) in zip(catalogue.providers, values) {
            if groups.last?.id != provider.group { groups.append((provider.group, [])) }
            groups[groups.count - 1].members.append(value)
        }
        return .list(
            groups.map { group in
                [
                    "id": .string(group.id), "title": .string(title(group.id, strings)),
                    "count": .int(group.members.count), "providers": .list(group.members),
                ]
            })
    }

    /// The name of a group; one without a name is called by its id.
    private static func title(_ id: String, _ strings: Object) -> String {
        if case .object(let names)? = strings["groups"], case .string(let name)? = names[id] { return name }
        let words = String(id.map { $0 == "-" ? " " : $0 })
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}
