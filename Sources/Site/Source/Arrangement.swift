internal import Diagnostics
internal import JSON
internal import Providers

/// Which providers a site shows, and in what order: `Templates/arrangement.json5`, unless the site chooses itself.
struct Arrangement: Equatable {
    static let path = "Templates/arrangement.json5"

    /// The groups, from the top of the page. Others come after them, by name.
    var groups: [String] = []
    /// The providers that a site shows which does not choose; nil when it shows all.
    var shown: [String]?

    /// No file: all providers, by group and name.
    init() {}

    init(_ file: SourceFile) throws(Diagnostics) {
        let document = try SourcedJSON.parse(file.bytes, file: file.shownPath)
        var problems: [Diagnostic] = []
        guard case .object(let members) = document.value else {
            throw Diagnostics([Self.problem(file, document, "the arrangement must be an object")])
        }
        for member in members {
            switch member.key {
            case "groups": groups = Self.names(member, file, &problems)
            case "shown": shown = Self.names(member, file, &problems)
            default:
                let help = Suggestion.help(for: member.key, among: ["groups", "shown"])
                problems.append(
                    Diagnostic(
                        file: file.shownPath, source: file.bytes, offset: member.keyOffset, length: member.keyLength,
                        message: "'\(member.key)' is not a key of the arrangement", help: help))
            }
        }
        guard problems.isEmpty else { throw Diagnostics(problems) }
    }

    private static func names(
        _ member: SourcedJSON.Member, _ file: SourceFile, _ problems: inout [Diagnostic]
    ) -> [String] {
        guard case .array(let items) = member.value.value else {
            problems.append(problem(file, member.value, "'\(member.key)' must be a list of names"))
            return []
        }
        return items.compactMap { item in
            guard case .string(let name) = item.value else {
                problems.append(problem(file, item, "a name must be text"))
                return nil
            }
            return name
        }
    }

    private static func problem(_ file: SourceFile, _ place: SourcedJSON, _ message: String) -> Diagnostic {
        Diagnostic(
            file: file.shownPath, source: file.bytes, offset: place.offset, length: place.length, message: message)
    }

    // MARK: The page

    /// The providers of the page, in its order: those with these names, or else the usual ones and the site's own.
    ///
    /// - Throws: names that no provider has, and names that come twice.
    func arrange(_ all: Catalogue, chosen: [String]?, own: Set<String>) throws(Diagnostics) -> Catalogue {
        if let chosen {
            let providers = try Self.chosen(chosen, of: all)
            return Self.grouped(providers, Self.distinct(providers.map(\.group)))
        }
        // Of a list that comes with the program, some may have been removed by whoever built it.
        let usual = (shown ?? []).compactMap { all[$0] }
        let rest = all.providers.filter { provider in
            (shown == nil || own.contains(provider.name)) && !usual.contains { $0.name == provider.name }
        }
        let providers = usual + rest
        let others = Set(providers.map(\.group)).subtracting(groups).sorted()
        return Self.grouped(providers, Self.distinct(groups + others))
    }

    private static func grouped(_ providers: [Provider], _ groups: [String]) -> Catalogue {
        Catalogue(inOrder: groups.flatMap { group in providers.filter { $0.group == group } })
    }

    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private static func chosen(_ names: [String], of all: Catalogue) throws(Diagnostics) -> [Provider] {
        var problems: [Diagnostic] = []
        var providers: [Provider] = []
        for name in names {
            if providers.contains(where: { $0.name == name }) {
                problems.append(Diagnostic(file: "providers", message: "'\(name)' is there twice"))
            } else if let provider = all[name] {
                providers.append(provider)
            } else {
                let help = Suggestion.help(for: name, among: all.providers.map(\.name))
                problems.append(Diagnostic(file: "providers", message: "there is no provider '\(name)'", help: help))
            }
        }
        guard problems.isEmpty else { throw Diagnostics(problems) }
        return providers
    }
}
