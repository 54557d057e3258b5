import JSON
import Testing

@Suite struct JSONIndenterTests {
    private static let documents: [JSON] = [
        [:], [], "text", 1,
        ["a": [:], "b": [], "c": ["d": [1, [2, ["e": .null]], "x"]]],
        ["marks in strings": "{\"a\": [1, 2]}, \\ \" \n", "{": "}", "\"": "\\"],
    ]

    @Test(arguments: documents)
    func `compact text is indented as the value would be`(document: JSON) {
        var indenter = JSONIndenter()
        indenter.append(document.encoded()[...])
        #expect(indenter.output + Array("\n".utf8) == document.encoded(pretty: true))
    }

    @Test func `a document may come in pieces`() {
        var indenter = JSONIndenter()
        for piece in ["{\"a\":", "{}", ",", "\"b\":{", "\"c\":1", "}}"] { indenter.append(piece) }
        #expect(
            String(decoding: indenter.output, as: UTF8.self) == """
                {
                  "a": {},
                  "b": {
                    "c": 1
                  }
                }
                """)
    }

    @Test func `text that is not JSON is taken without harm`() {
        var indenter = JSONIndenter()
        for piece in ["}}]", "\"open", "\"ends in \\", "{["] { indenter.append(piece) }
        #expect(String(decoding: indenter.output, as: UTF8.self).contains("\"ends in \\"))
    }
}
