import Diagnostics
import JSON
import Testing

private func parse(_ text: String) throws -> JSON {
    try JSON.parse(Array(text.utf8), file: "test.json")
}

private func message(_ text: String) -> String {
    do {
        return "accepted: \(try parse(text))"
    } catch {
        return "\(error)"
    }
}

@Suite struct JSONTests {
    @Test func `a document is read with its members in order`() throws {
        let json = try parse(#"{"b": [1, -2.5e1, true, null], "a": {"x": "é\n\u00e9\ud83d\ude00"}}"#)
        #expect(json == ["b": [1, -25.0, true, .null], "a": ["x": "é\né😀"]])
        #expect(json.objectValue?.keys == ["b", "a"])
        #expect(json[path: "b.1"]?.doubleValue == -25)
        #expect(json[path: "a.x.y"] == nil)
        #expect(json[path: "b.9"] == nil)
    }

    @Test(arguments: [
        "01", "1.", ".5", "+1", "0x10", "NaN", "'a'", "{a: 1}", "[1,]", "{\"a\":1,}", "// no\n1", "\"\t\"", "\"\\x41\"",
        "[1 2]", "\"\\ud800\"", "1 1", "", "tru", "--1", "1e", "1e+", "{\"a\" 1}", "\u{7F}", "[", "{\"a\":", "\"a",
        "[1}", "-", "\"\\u12g4\"",
    ])
    func `what RFC 8259 does not allow is refused`(text: String) {
        #expect(throws: Diagnostic.self) { try parse(text) }
    }

    @Test func `the refusal names the place`() {
        #expect(
            message("{\"a\": 1\n \"b\": 2}")
                == "test.json:2:2: error: expected ',' or '}', found '\"'\n2 |  \"b\": 2}\n  |  ^")
    }

    @Test func `a key that comes twice is refused`() {
        #expect(
            message(#"{"a": 1, "a": 2}"#) == """
                test.json:1:10: error: the key 'a' comes twice
                1 | {"a": 1, "a": 2}
                  |          ^^^
                help: remove one of them
                """)
    }

    @Test func `a text with nothing but repeated keys is refused at the first of them`() {
        let text = "{" + Array(repeating: "\"a\":1", count: 100_000).joined(separator: ",") + "}"
        #expect(message(text).hasPrefix("test.json:1:8: error: the key 'a' comes twice\n1 | {\"a\":1,\"a\":1,"))
        #expect(message(text).utf8.count < 500)
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect(throws: Diagnostic.self) { try JSON.parse([0x22, 0xFF, 0x22]) }
        #expect(throws: Diagnostic.self) { try JSON.parse([0x22, 0xC0, 0xAF, 0x22]) }
    }

    @Test func `nesting deeper than the bound is refused, and the bound itself is read`() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try parse(nested(JSON.maximumDepth + 1))
        #expect(throws: Diagnostic.self) { try parse(nested(JSON.maximumDepth + 2)) }
        #expect(throws: Diagnostic.self) { try parse(String(repeating: "[", count: 100_000)) }
    }

    @Test func `numbers beyond 64 bits are kept as floating point, and beyond that refused`() throws {
        #expect(try parse("9223372036854775807") == .int(.max))
        #expect(try parse("9223372036854775808") == .double(9_223_372_036_854_775_808))
        #expect(throws: Diagnostic.self) { try parse("1e999") }
    }

    @Test func `a number may come as a string, as some providers send it`() {
        #expect(JSON.string("600").intValue == 600)
        #expect(JSON.double(600).intValue == 600)
        #expect(JSON.double(1.5).intValue == nil)
        #expect(JSON.double(1e300).intValue == nil)
        #expect(JSON.string("inf").doubleValue == nil)
    }

    @Test func `what is written can be read again`() throws {
        let json: JSON = [
            "text": "\"\\\n\t\u{1}\u{7F}é😀</script>", "list": [1, 2.5, true, .null, [], [:]], "big": 1e300,
        ]
        #expect(try JSON.parse(json.encoded()) == json)
        #expect(try JSON.parse(json.encoded(pretty: true)) == json)
    }

    @Test func `pretty text is indented by two spaces and ends with a line break`() {
        let json: JSON = ["a": [1, 2], "b": [:], "c": []]
        #expect(
            String(decoding: json.encoded(pretty: true), as: UTF8.self) == """
                {
                  "a": [
                    1,
                    2
                  ],
                  "b": {},
                  "c": []
                }

                """)
    }

    @Test func `setting a member keeps its place and nil removes it`() {
        var json: JSON = ["a": 1, "b": 2]
        json["a"] = 3
        json["c"] = 4
        json["b"] = nil
        #expect(String(decoding: json.encoded(), as: UTF8.self) == #"{"a":3,"c":4}"#)
    }
}
