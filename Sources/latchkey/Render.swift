import Diagnostics
import Files
import JSON
import Mustache
import Site

/// `latchkey render`: one template to standard output.
enum Render: Verb {
    static let name = "render"
    static let summary = "render one template to standard output"
    static let arguments = "TEMPLATE"
    static let options = [dataFile, partials, lenient]

    private static let dataFile = Option(
        name: "data", value: "FILE.json", isForOneCall: true, help: "the values for the template (none)")
    private static let partials = Option(
        name: "partials", value: "DIR", isForOneCall: true,
        help: "where {{>name}} finds name.mustache (the template's folder)")
    private static let lenient = Option(
        name: "lenient", value: nil, isForOneCall: true,
        help: "print nothing for what is not defined, as the Mustache specification says")

    static func run(_ settings: Settings) async throws {
        guard let file = settings.arguments.first, settings.arguments.count == 1 else {
            throw Failure.usage("render needs one template: latchkey render TEMPLATE")
        }
        let isLenient = settings.has(lenient)
        let templates = try templates(file, settings)
        // A lenient rendering only minds what it meets: another file in the folder may be anything.
        if !isLenient, !templates.problems.isEmpty { throw Diagnostics(templates.problems) }
        let bytes = try templates.render(
            file, with: try model(settings[dataFile]), mode: isLenient ? .lenient : .strict)
        Terminal.say(bytes: bytes)
    }

    /// The template under its own path, and its partials under their names.
    private static func templates(_ file: String, _ settings: Settings) throws -> TemplateSet {
        var sources = [TemplateSource(name: file, file: file, bytes: try read(file))]
        let folder = settings[partials] ?? Files.parent(of: file)
        if settings[partials] != nil, Files.kind(of: folder) != .folder {
            throw Failure.environment("there is no folder '\(folder)'")
        }
        let suffix = ".mustache"
        for path in try Files.regularFiles(below: folder) where path.hasSuffix(suffix) {
            let whole = Files.join(folder, path)
            sources.append(
                TemplateSource(name: String(path.dropLast(suffix.count)), file: whole, bytes: try read(whole)))
        }
        return try TemplateSet(sources)
    }

    private static func read(_ path: String) throws(Failure) -> [UInt8] {
        do { return try Files.read(path) } catch { throw .environment("\(error)") }
    }

    private static func model(_ file: String?) throws -> Value {
        guard let file else { return [:] }
        return Value(try JSON.parse(try read(file), file: file))
    }
}
