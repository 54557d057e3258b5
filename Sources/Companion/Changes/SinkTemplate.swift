public import Diagnostics
internal import JSON
internal import Mustache
public import Providers

/// A template of a sink's file.
///
/// SECURITY: the name says what the file is. In `….json.mustache` each value is the inside of a JSON string, with two
/// braces as with three, so it belongs between quotes and cannot leave them. In all others a value is printed as it is, and
/// refused when it has anything but letters, digits and `-._~+/=:@,`: nothing that a shell, an env file, YAML or INI
/// could take for more than text.
public struct SinkTemplate: Sendable {
    /// How values are made part of the text.
    public enum Form: Sendable, Equatable {
        /// A JSON document.
        case json
        /// Anything else.
        case plain
    }

    /// The name as the configuration gives it: `pytrakt.json`.
    public let name: String
    /// What the name says of the file.
    public let form: Form
    private let file: String
    private let templates: TemplateSet

    /// Compiles a template.
    ///
    /// - Parameters:
    ///   - name: without `.mustache`.
    ///   - file: the file as messages name it.
    /// - Throws: everything that is wrong with it whatever the values are.
    public init(name: String, file: String, bytes: [UInt8]) throws(Diagnostics) {
        (self.name, self.file) = (name, file)
        form = name.hasSuffix(".json") ? .json : .plain
        templates = try TemplateSet(
            [TemplateSource(name: name, file: file, bytes: bytes)],
            limits: .init(depth: 20, steps: 10_000, bytes: 1 << 20))
        if !templates.problems.isEmpty { throw Diagnostics(templates.problems) }
    }

    /// Tries it with values such as a provider's connections have, with all of them and with as few as there can be.
    ///
    /// - Throws: names that are not known, and text that is no JSON where it should be.
    public func check(_ provider: Provider) throws(Diagnostics) {
        let text = form == .json ? "a \"\\ {},:\n1" : "a1"
        for isFull in [true, false] {
            let values = SinkValues(sampleOf: provider, text: text, isFull: isFull)
            let bytes = try templates.render(name, with: values.object(form, unsafe: [:]))
            guard form == .json, let reason = Self.problem(bytes) else { continue }
            let known = isFull ? "when all values are there" : "when only the access token is there"
            let help = "write each value between quotes; {{^scope}}null{{/scope}} stands for one that is not there"
            throw Diagnostics([Diagnostic(file: file, message: "it makes no JSON \(known): \(reason)", help: help)])
        }
    }

    /// The content of the file.
    ///
    /// - Throws: why these values cannot be written so, without any of them.
    func render(_ values: SinkValues) throws(SinkProblem) -> [UInt8] {
        let unsafe = form == .plain ? values.unsafe : [:]
        let bytes: [UInt8]
        do throws(Diagnostics) {
            bytes = try templates.render(name, with: values.object(form, unsafe: unsafe))
        } catch {
            throw SinkProblem(error.list.first.map { "\($0)".prefix { $0 != "\n" } }.map(String.init) ?? "\(name)")
        }
        // What may not be printed as it is was replaced by a mark that nothing else can make.
        if let (path, _) = unsafe.first(where: { SinkValues.contains(bytes, mark: $0.value) }) {
            throw SinkProblem(
                "\(path) has a character that is not safe in '\(name)'; use a template whose name ends in .json")
        }
        // SECURITY: what the parser says would show a part of the token.
        if form == .json, Self.problem(bytes) != nil { throw SinkProblem("'\(name)' makes no JSON of these values") }
        return bytes
    }

    private static func problem(_ bytes: [UInt8]) -> String? {
        do {
            _ = try JSON.parse(bytes, file: "")
            return nil
        } catch {
            return "line \(error.line), column \(error.column): \(error.message)"
        }
    }
}

/// Why a sink's file is not as it should be: a sentence without its end, and without any secret.
struct SinkProblem: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
