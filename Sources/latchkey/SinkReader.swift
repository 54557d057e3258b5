import Companion
import Diagnostics
import Files
import JSON
import Providers
import Site
import Vault

/// Reads `sinks` of the configuration file: `[{ provider, account, owner, file, template, mode }]`.
struct SinkReader {
    private static let members = ["provider", "account", "owner", "file", "template", "mode"]

    private let structure: Structure
    private let catalogue: Catalogue
    private let templates: [(name: String, file: SourceFile)]
    private let forbidden: [String]
    private var problems: [Diagnostic] = []
    private var sinks: [Sink] = []

    /// The sinks that a configuration names.
    ///
    /// - Parameter forbidden: the folders in which no file may be.
    /// - Throws: everything that is wrong with them, each with its place.
    static func read(
        _ structure: Structure?, _ catalogue: Catalogue, _ sources: SiteSources, forbidden: [String]
    ) throws(Diagnostics) -> [Sink] {
        guard let structure else { return [] }
        var reader = SinkReader(structure, catalogue, sources, forbidden)
        reader.read()
        guard reader.problems.isEmpty else { throw Diagnostics(reader.problems) }
        return reader.sinks
    }

    private init(_ structure: Structure, _ catalogue: Catalogue, _ sources: SiteSources, _ forbidden: [String]) {
        (self.structure, self.catalogue) = (structure, catalogue)
        (templates, self.forbidden) = (sources.sinkTemplates, forbidden.map(Files.resolved))
    }

    private mutating func read() {
        guard case .array(let elements) = structure.value.value else {
            return wrong(structure.value, "'sinks' should be a list, not \(structure.value.json.kind)")
        }
        for element in elements { read(element) }
    }

    private mutating func wrong(_ value: SourcedJSON, _ message: String, help: String? = nil) {
        problems.append(structure.problem(value, message, help: help))
    }

    private mutating func read(_ element: SourcedJSON) {
        guard case .object(let members) = element.value else {
            return wrong(element, "a sink should be an object, not \(element.json.kind)")
        }
        for member in members where !Self.members.contains(member.key) {
            let help = Suggestion.help(for: member.key, among: Self.members)
            problems.append(structure.problem(member, "'\(member.key)' is no member of a sink", help: help))
        }
        for name in ["provider", "file", "template"] where element[name] == nil {
            wrong(element, "the sink has no '\(name)'")
        }
        let provider = provider(element["provider"])
        let template = template(element["template"], provider)
        let account = text(element["account"], "account", isFine: VaultName.isValid) ?? VaultName.default
        let owner = text(element["owner"], "owner", isFine: Visitor.isOwner) ?? VaultName.default
        let mode = mode(element["mode"])
        guard let file = file(element["file"]), let provider, let template else { return }
        sinks.append(
            Sink(
                provider: provider.name, owner: owner, account: account, file: file, template: template, mode: mode,
                forbidden: forbidden))
    }

    /// A text that is not empty.
    private mutating func text(
        _ value: SourcedJSON?, _ name: String, isFine: (String) -> Bool = { _ in true }
    ) -> String? {
        guard let value else { return nil }
        guard case .string(let text) = value.value, !text.isEmpty else {
            wrong(value, "'\(name)' should be a text, not \(value.json == "" ? "an empty one" : value.json.kind)")
            return nil
        }
        if isFine(text) { return text }
        wrong(
            value, "'\(text)' is no name of an \(name)",
            help: name == "owner" ? "write default, or the owner as the log tells it: u-…" : nil)
        return nil
    }

    private mutating func provider(_ value: SourcedJSON?) -> Provider? {
        guard let value, let name = text(value, "provider") else { return nil }
        if let provider = catalogue[name] { return provider }
        let help = Suggestion.help(for: name, among: catalogue.providers.map(\.name))
        wrong(value, "there is no provider '\(name)'", help: help)
        return nil
    }

    /// SECURITY: what is served, and what is Latchkey's own, is no place for a token.
    private mutating func file(_ value: SourcedJSON?) -> String? {
        guard let value, let path = text(value, "file") else { return nil }
        guard path.hasPrefix("/"), !path.hasSuffix("/"), !path.utf8.contains(where: { $0 < 0x20 }) else {
            wrong(value, "'\(path)' should be the absolute path of a file")
            return nil
        }
        let real = Files.join(
            Files.resolved(Files.parent(of: path)), path.split(separator: "/").last.map(String.init) ?? "")
        if let folder = forbidden.first(where: { real.hasPrefix($0 + "/") }) {
            wrong(value, "'\(path)' lies in '\(folder)', which is Latchkey's own", help: "name a file elsewhere")
            return nil
        }
        if sinks.contains(where: { $0.file == path }) { wrong(value, "another sink has the file '\(path)'") }
        return path
    }

    private mutating func template(_ value: SourcedJSON?, _ provider: Provider?) -> SinkTemplate? {
        guard let value, let name = text(value, "template") else { return nil }
        guard let found = templates.first(where: { $0.name == name })?.file else {
            wrong(
                value, "there is no template 'Templates/sinks/\(name).mustache'",
                help: Suggestion.help(for: name, among: templates.map(\.name)))
            return nil
        }
        do throws(Diagnostics) {
            let template = try SinkTemplate(name: name, file: found.shownPath, bytes: found.bytes)
            if let provider { try template.check(provider) }
            return template
        } catch {
            problems += error.list
            return nil
        }
    }

    /// Permissions in octal digits: nobody executes the file, and only its owner and group may write to it.
    private mutating func mode(_ value: SourcedJSON?) -> UInt32 {
        guard let value else { return 0o600 }
        if case .string(let text) = value.value, let mode = UInt32(text, radix: 8), text.utf8.count <= 4,
            mode & 0o600 == 0o600, mode & ~0o664 == 0
        {
            return mode
        }
        wrong(
            value, "'mode' should be permissions such as \"0600\" or \"0640\"",
            help: "octal digits in quotes; the owner may read and write, others may not write, and nobody executes it")
        return 0o600
    }
}
