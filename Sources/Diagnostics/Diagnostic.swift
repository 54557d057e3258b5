/// One problem in a file that a person wrote: where it is, what is wrong, and what to do about it.
///
/// Printed as `file:line:column: error: message`, then the line itself, a caret under the place, and the help:
///
///     Templates/providers/trakt.json5:7:5: error: 'feilds' is not a key of a provider
///     7 |     feilds: [
///       |     ^^^^^^
///     help: did you mean 'fields'?
public struct Diagnostic: Error, Equatable, Sendable {
    /// The file as the person knows it: a path relative to the site folder, or as given on the command line.
    public var file: String
    /// The line, from 1. 0 when the problem concerns the file as a whole.
    public var line: Int
    /// The column in characters, from 1.
    public var column: Int
    /// How many characters the caret underlines, at least 1.
    public var length: Int
    /// What is wrong: a sentence without a full stop.
    public var message: String
    /// What to do: for example `did you mean 'fields'?`.
    public var help: String?
    /// The text of the line, without its line break.
    public var sourceLine: String?

    /// A problem at a known place.
    public init(
        file: String, line: Int, column: Int, length: Int = 1, message: String, help: String? = nil,
        sourceLine: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.length = length
        self.message = message
        self.help = help
        self.sourceLine = sourceLine
    }

    /// A problem of a file as a whole: it is missing, unreadable, or its name is wrong.
    public init(file: String, message: String, help: String? = nil) {
        self.init(file: file, line: 0, column: 0, message: message, help: help)
    }

    /// A problem at a byte offset of a text.
    public init(
        file: String, source: some Collection<UInt8>, offset: Int, length: Int = 1, message: String, help: String? = nil
    ) {
        let place = SourceLocation(offset: offset, in: source)
        self.init(
            file: file, line: place.line, column: place.column, length: length, message: message, help: help,
            sourceLine: place.sourceLine)
    }
}

extension Diagnostic: CustomStringConvertible {
    /// The whole message as it is printed, without a final line break.
    public var description: String {
        let place = line > 0 ? ":\(line):\(column)" : ""
        return Self.harmless(file) + place + ": error: " + Self.harmless(message) + excerpt + helpLine
    }

    private var helpLine: String {
        help.map { "\nhelp: \(Self.harmless($0))" } ?? ""
    }

    /// SECURITY: files may come from strangers, and terminals obey control characters: those that are shown to nobody
    /// become a replacement character. Tabs stay; so do columns, because each stands for one character.
    private static func harmless(_ text: some StringProtocol) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control where scalar != "\t" && scalar != "\n": "\u{FFFD}"
                    case .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
                    default: scalar
                    }
                }))
    }

    /// The most that is shown of a line on each side of the place, in characters.
    private static let window = 100

    private var excerpt: String {
        guard let sourceLine else { return "" }
        let number = String(line)
        let margin = String(repeating: " ", count: number.count)
        let before = sourceLine.prefix(max(0, column - 1))
        let after = sourceLine.dropFirst(max(0, column - 1))
        let start = before.count > Self.window ? "…" + Self.harmless(before.suffix(Self.window)) : Self.harmless(before)
        let end = after.count > Self.window ? Self.harmless(after.prefix(Self.window)) + "…" : Self.harmless(after)
        // Tabs stay tabs under the line, so that the caret stands where the terminal shows the place.
        let indent = start.map { $0 == "\t" ? "\t" : " " }.joined()
        let caret = String(repeating: "^", count: max(1, min(length, end.count)))
        return "\n\(number) | \(start)\(end)\n\(margin) | \(indent)\(caret)"
    }
}

extension Diagnostic: Comparable {
    /// By file, then line, then column: the order in which a person reads them.
    public static func < (left: Diagnostic, right: Diagnostic) -> Bool {
        (left.file, left.line, left.column, left.message) < (right.file, right.line, right.column, right.message)
    }
}

/// Several problems, found in one pass: nobody should have to fix them one run at a time.
public struct Diagnostics: Error, Equatable, Sendable, CustomStringConvertible {
    /// The problems, sorted by file, line and column.
    public let list: [Diagnostic]

    /// Sorts the problems.
    public init(_ list: [Diagnostic]) {
        self.list = list.sorted()
    }

    /// All problems, separated by a blank line.
    public var description: String {
        list.map(\.description).joined(separator: "\n\n")
    }
}
