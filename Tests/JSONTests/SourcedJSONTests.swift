import Diagnostics
import JSON
import Testing

private func message(_ text: String) -> String {
    do {
        return "accepted: \(try SourcedJSON.parse(Array(text.utf8), file: "f.json5").json)"
    } catch {
        return "\(error)"
    }
}

@Suite struct SourcedJSONTests {
    @Test func `JSON5 is read: comments, bare keys, single quotes, trailing commas, hexadecimal`() throws {
        let text = """
            // a comment
            {
              bare_key: 'it\\'s', "quoted": "two \\
            lines", /* inside */ list: [0x1F, .5, 5., +1, -1,],
            }
            """
        let json = try SourcedJSON.parse(Array(text.utf8), file: "f.json5").json
        #expect(json == ["bare_key": "it's", "quoted": "two lines", "list": [31, 0.5, 5.0, 1, -1]])
    }

    @Test func `each value knows its place in the file`() throws {
        let document = try SourcedJSON.parse(Array("{ a: [ 12, 'x' ] }".utf8), file: "f.json5")
        guard case .object(let members) = document.value, case .array(let elements) = members[0].value.value else {
            Issue.record("not the expected shape")
            return
        }
        #expect((members[0].keyOffset, members[0].keyLength) == (2, 1))
        #expect(elements.map(\.offset) == [7, 11])
        #expect(elements.map(\.length) == [2, 3])
    }

    @Test func `all keys that come twice are told at once`() {
        #expect(
            message("{ a: 1, a: 2,\n  b: { c: 1, 'c': 2 } }") == """
                f.json5:1:9: error: the key 'a' comes twice
                1 | { a: 1, a: 2,
                  |         ^
                help: remove one of them

                f.json5:2:14: error: the key 'c' comes twice
                2 |   b: { c: 1, 'c': 2 } }
                  |              ^^^
                help: remove one of them
                """)
    }

    @Test func `of very many keys that come twice the first are told`() {
        let text = "{" + Array(repeating: "a:1", count: 10_000).joined(separator: ",") + "}"
        let lines = message(text).split(separator: "\n")
        #expect(lines.count { $0.hasSuffix("error: the key 'a' comes twice") } == 20)
    }

    @Test(arguments: [
        (
            "{ a: red }",
            "f.json5:1:6: error: 'red' is not a value\n1 | { a: red }\n  |      ^^^\nhelp: text needs quotes"
        ),
        (
            "{ a: 'red }",
            "f.json5:1:6: error: the string is never closed\n1 | { a: 'red }\n  |      ^\nhelp: it begins here"
        ),
        ("{ a: 1", "f.json5:1:1: error: the object is never closed\n1 | { a: 1\n  | ^\nhelp: it begins here"),
        ("/* a", "f.json5:1:1: error: the comment is never closed\n1 | /* a\n  | ^^\nhelp: it begins here"),
        ("{ a 1 }", "f.json5:1:5: error: expected ':' after the key 'a', found '1'\n1 | { a 1 }\n  |     ^"),
        ("{} x", "f.json5:1:4: error: unexpected 'x' after the end of the document\n1 | {} x\n  |    ^"),
    ])
    func `a slip in a file is shown with its place`(text: String, expected: String) {
        #expect(message(text) == expected)
    }
}
