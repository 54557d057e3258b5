internal import Diagnostics
internal import JSON
internal import Providers

/// Which providers a site shows, and in what order: `Templates/arrangement.json5`, unless the site chooses itself.
struct Arrangement: Equatable {
    static let path = "Templates/arrangement.json5"

    /// The groups, from the top of the page. Others come after them, by name.
    var groups: [ChosenName] = []
    /// The providers that a site shows which does not choose; nil when it shows all.
    var shown: [ChosenName]?

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
    ) -> [ChosenName] {
        guard case .array(let items) = member.value.value else {
            problems.append(problem(file, member.value, "'\(member.key)' must be a list of names"))
            return []
        }
        return items.compactMap { item in
            guard case .string(let name) = item.value else {
                problems.append(problem(file, item, "a name must be text"))
                return nil
            }
            return ChosenName(name, at: problem(file, item, ""))
        }
    }

    private static func problem(_ file: SourceFile, _ place: SourcedJSON, _ message: String) -> Diagnostic {
        Diagnostic(
            file: file.shownPath, source: file.bytes, offset: place.offset, length: place.length, message: message)
    }

    // MARK: The page

    /// The providers of the page, in its order: those with these names, or else the usual ones and the site's own.
    ///
    /// - Throws: names that no provider and no group has, and names that come twice.
    func arrange(_ all: Catalogue, chosen: [ChosenName]?, own: Set<String>) throws(Diagnostics) -> Catalogue {
        try check(all)
        if let chosen {
            let providers = try Self.chosen(chosen, of: all)
            return Self.grouped(providers, Self.distinct(providers.map(\.group)))
        }
        let usual = try Self.chosen(shown ?? [], of: all)
        let rest = all.providers.filter { provider in
            (shown == nil || own.contains(provider.name)) && !usual.contains { $0.name == provider.name }
        }
        let providers = usual + rest
        let names = groups.map(\.name)
        return Self.grouped(providers, names + Set(providers.map(\.group)).subtracting(names).sorted())
    }

    /// Every name must be one, also where the site chooses other providers.
    private func check(_ all: Catalogue) throws(Diagnostics) {
        let known = Set(all.providers.map(\.group)).sorted()
        var problems = Self.problems(groups, among: known) { "no provider is in a group '\($0)'" }
        problems += Self.problems(shown ?? [], among: all.providers.map(\.name), otherwise: Self.noProvider)
        guard problems.isEmpty else { throw Diagnostics(problems) }
    }

    private static func grouped(_ providers: [Provider], _ groups: [String]) -> Catalogue {
        Catalogue(inOrder: groups.flatMap { group in providers.filter { $0.group == group } })
    }

    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }
    }

    private static func chosen(_ names: [ChosenName], of all: Catalogue) throws(Diagnostics) -> [Provider] {
        let problems = problems(names, among: all.providers.map(\.name), otherwise: noProvider)
        guard problems.isEmpty else { throw Diagnostics(problems) }
        return names.compactMap { all[$0.name] }
    }

    private static func noProvider(_ name: String) -> String { "there is no provider '\(name)'" }

    /// Names that are none, and names that come twice.
    private static func problems(
        _ names: [ChosenName], among known: [String], otherwise message: (String) -> String
    ) -> [Diagnostic] {
        var seen: Set<String> = []
        return names.compactMap { chosen in
            if !seen.insert(chosen.name).inserted { return chosen.problem("'\(chosen.name)' is there twice") }
            if known.contains(chosen.name) { return nil }
            return chosen.problem(message(chosen.name), help: Suggestion.help(for: chosen.name, among: known))
        }
    }
}
