public import Diagnostics
internal import Synchronization

/// A template as it was read: its name for `{{>name}}`, the file for messages, and its bytes (UTF-8).
public struct TemplateSource: Sendable, Equatable {
    /// The name by which other templates include it, for example `fields/text`.
    public var name: String
    /// The file as the person knows it, for messages.
    public var file: String
    /// The text in UTF-8.
    public var bytes: [UInt8]

    /// A template.
    public init(name: String, file: String, bytes: [UInt8]) {
        self.name = name
        self.file = file
        self.bytes = bytes
    }
}

/// Compiled templates that may include each other.
///
/// The language is Mustache 1.4 with inheritance and dynamic names, without lambdas (github.com/mustache/spec).
/// `'` is escaped as well (`&#39;`), so that a value is safe in an attribute with either kind of quotes.
/// Not protected: a value in an attribute without quotes, in `<script>`, `<style>`, or as the URL of a link.
public struct TemplateSet: Sendable {
    /// What an unknown name means.
    public enum Mode: Sendable {
        /// An error, with the place and the nearest known name. Optional values are declared as `null`.
        case strict
        /// Nothing, as the specification says.
        case lenient
    }

    /// What one rendering may use up, so that templates that include each other without end are an error.
    public struct Limits: Sendable, Equatable {
        /// How deeply templates may include each other.
        public var depth: Int
        /// How many items and inclusions may be rendered altogether.
        public var steps: Int
        /// How many bytes may come out.
        public var bytes: Int

        /// The limits of a page: 200 deep, ten million steps, 64 MiB.
        public init(depth: Int = 200, steps: Int = 10_000_000, bytes: Int = 64 << 20) {
            self.depth = depth
            self.steps = steps
            self.bytes = bytes
        }
    }

    let program: Program
    let limits: Limits
    private let longestOutput = LongestOutput()

    /// Problems that strict rendering would meet whatever the values are: unknown partials, arguments for unknown
    /// blocks, text that is never shown. Sorted.
    public let problems: [Diagnostic]

    /// Compiles templates; of two with the same name, the last counts.
    ///
    /// Throws every problem of every template: unclosed tags, tags that close nothing, names that are none.
    public init(_ sources: [TemplateSource], limits: Limits = Limits()) throws(Diagnostics) {
        var byName: [String: TemplateSource] = [:]
        for source in sources { byName[source.name] = source }
        let unique = byName.values.sorted { $0.name < $1.name }
        var compiler = Compiler(unique)
        var found: [Diagnostic] = []
        for (index, source) in unique.enumerated() {
            let (nodes, problems) = Parser.parse(file: source.file, bytes: source.bytes)
            found += problems
            if problems.isEmpty { compiler.compile(nodes, template: index) }
        }
        guard found.isEmpty else { throw Diagnostics(found) }
        var linker = Linker(compiler.program)
        linker.link()
        program = linker.program
        problems = (compiler.problems + linker.problems).sorted()
        self.limits = limits
    }

    /// How long the longest output was: room for as much is made at once, instead of growing to it step by step.
    private final class LongestOutput: Sendable {
        let bytes = Atomic(16 << 10)
    }

    /// The names of the templates, sorted.
    public var names: [String] { program.templates.map(\.name) }

    /// Renders a template to UTF-8 bytes.
    ///
    /// Throws all problems that were met at once; after unknown names rendering goes on to find the next.
    public func render(_ name: String, with model: Value, mode: Mode = .strict) throws(Diagnostics) -> [UInt8] {
        guard let index = program.indexOfTemplate[name] else {
            throw Diagnostics([
                Diagnostic(
                    file: name, message: "there is no template of this name",
                    help: Suggestion.help(for: name, among: names))
            ])
        }
        return try program.withView { view throws(Diagnostics) in
            var renderer = Renderer(
                program, view, limits: limits, mode: mode, model: model,
                reserving: longestOutput.bytes.load(ordering: .relaxed))
            let output = try renderer.render(template: index)
            longestOutput.bytes.max(output.count, ordering: .relaxed)
            return output
        }
    }
}
