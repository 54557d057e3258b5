internal import Diagnostics
internal import JSON
internal import Mustache

/// The sentences of the page, from `Templates/strings/`: a site's own over the built-in ones, and those of another
/// language over the English ones, so that one changed sentence is one line.
struct Strings {
    private(set) var value = Object([])
    private(set) var problems: [Diagnostic] = []

    init(_ sources: SiteSources, language: String) {
        if !sources.languages.contains(language) {
            let file = "Templates/strings/\(language).json5"
            let help = Suggestion.help(for: language, among: sources.languages)
            problems.append(Diagnostic(file: file, message: "there are no strings for '\(language)'", help: help))
        }
        for name in language == "en" ? ["en"] : ["en", language] {
            for file in sources.strings(name) { add(file) }
        }
    }

    private mutating func add(_ file: SourceFile) {
        do {
            let strings = try SourcedJSON.parse(file.bytes, file: file.shownPath)
            value = merge(strings, over: value, path: "", file)
        } catch {
            problems += error.list
        }
    }

    private mutating func merge(_ new: SourcedJSON, over old: Object, path: String, _ file: SourceFile) -> Object {
        guard case .object(let members) = new.value else {
            report(new, path.isEmpty ? "the strings must be an object" : "'\(path)' must be an object", file)
            return old
        }
        var added: [(String, Value)] = []
        for member in members {
            let name = path.isEmpty ? member.key : "\(path).\(member.key)"
            switch (old[member.key], member.value.value) {
            case (.object(let inner)?, _):
                added.append((member.key, .object(merge(member.value, over: inner, path: name, file))))
            case (nil, .object):
                added.append((member.key, .object(merge(member.value, over: [:], path: name, file))))
            case (_, .string(let text)): added.append((member.key, .string(text)))
            default: report(member.value, "'\(name)' must be text", file)
            }
        }
        return old.adding(added)
    }

    private mutating func report(_ place: SourcedJSON, _ message: String, _ file: SourceFile) {
        problems.append(
            Diagnostic(
                file: file.shownPath, source: file.bytes, offset: place.offset, length: place.length, message: message))
    }
}
