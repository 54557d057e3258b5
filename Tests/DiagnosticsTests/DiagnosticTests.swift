import Diagnostics
import Testing

@Suite struct DiagnosticTests {
    private let source = Array("{\n    feilds: [\n}\n".utf8)

    @Test func `a diagnostic shows the line, a caret under the place and what to do`() {
        let diagnostic = Diagnostic(
            file: "trakt.json5", source: source, offset: 6, length: 6, message: "'feilds' is not a key of a provider",
            help: Suggestion.help(for: "feilds", among: ["fields", "label"]))
        #expect(
            diagnostic.description == """
                trakt.json5:2:5: error: 'feilds' is not a key of a provider
                2 |     feilds: [
                  |     ^^^^^^
                help: did you mean 'fields'?
                """)
    }

    @Test func `a caret never runs past the end of its line`() {
        let diagnostic = Diagnostic(file: "f", source: Array("ab\ncd".utf8), offset: 1, length: 99, message: "too long")
        #expect(diagnostic.description == "f:1:2: error: too long\n1 | ab\n  |  ^")
    }

    @Test func `a carriage return is not part of the shown line`() {
        #expect(SourceLocation(offset: 4, in: Array("a\r\nb c\r\n".utf8)).sourceLine == "b c")
    }

    @Test func `an offset beyond the end is the end`() {
        let place = SourceLocation(offset: 99, in: Array("ab\nc".utf8))
        #expect((place.line, place.column) == (2, 2))
    }

    @Test func `columns count characters, not bytes`() {
        #expect(SourceLocation(offset: 5, in: Array("é—x".utf8)).column == 3)
    }

    @Test func `a problem of a whole file has no line`() {
        let diagnostic = Diagnostic(
            file: "Templates/card.mustache", message: "the file cannot be read: permission denied")
        #expect(diagnostic.description == "Templates/card.mustache: error: the file cannot be read: permission denied")
    }

    @Test func `of a long line only the place is shown`() {
        let line = String(repeating: "a", count: 300) + "X" + String(repeating: "b", count: 300)
        let diagnostic = Diagnostic(file: "f", source: Array(line.utf8), offset: 300, length: 1, message: "here")
        let start = "…" + String(repeating: "a", count: 100)
        #expect(
            diagnostic.description
                == "f:1:301: error: here\n1 | \(start)X\(String(repeating: "b", count: 99))…\n"
                + "  | \(String(repeating: " ", count: 101))^")
    }

    @Test func `a stranger's file cannot command the terminal`() {
        let diagnostic = Diagnostic(
            file: "a\u{1B}b", source: Array("x\u{1B}[2J\u{202E}y".utf8), offset: 0, message: "'\u{7}' is odd",
            help: "\u{9B}no")
        #expect(
            diagnostic.description
                == "a\u{FFFD}b:1:1: error: '\u{FFFD}' is odd\n1 | x\u{FFFD}[2J\u{FFFD}y\n  | ^\nhelp: \u{FFFD}no")
    }

    @Test func `several diagnostics are read in the order of the files`() {
        let all = Diagnostics([
            Diagnostic(file: "b", line: 1, column: 1, message: "third"),
            Diagnostic(file: "a", line: 2, column: 1, message: "second"),
            Diagnostic(file: "a", line: 1, column: 9, message: "first"),
        ])
        #expect(all.description == "a:1:9: error: first\n\na:2:1: error: second\n\nb:1:1: error: third")
    }
}

@Suite struct SuggestionTests {
    @Test(arguments: [
        ("feilds", "fields"), ("Label", "label"), ("colour", "color"), ("verif", "verification"), ("lable", "label"),
    ])
    func `a slip of the finger finds the word that was meant`(typed: String, meant: String) {
        let known = ["fields", "label", "color", "verification", "hosts"]
        #expect(Suggestion.nearest(to: typed, among: known) == meant)
    }

    @Test func `a word far from all is answered with the whole list`() {
        #expect(Suggestion.nearest(to: "elephant", among: ["fields", "label"]) == nil)
        #expect(Suggestion.help(for: "elephant", among: ["label", "fields"]) == "available: fields, label")
    }
}
