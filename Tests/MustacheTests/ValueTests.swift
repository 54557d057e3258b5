import Mustache
import Testing

@Suite struct ValueTests {
    @Test func `the five characters that mean something in HTML are escaped`() {
        #expect(render("{{x}}", ["x": "a&b<c>d\"e'f&"]) == "a&amp;b&lt;c&gt;d&quot;e&#39;f&amp;")
        #expect(render("{{{x}}}{{&x}}", ["x": "<'>"]) == "<'><'>")
        #expect(render("{{x}}", ["x": ""]) == "")
        #expect(render("{{x}}", ["x": "é — 😀"]) == "é — 😀")
    }

    @Test func `trusted markup is printed as it is`() {
        #expect(render("{{x}}{{#x}}!{{/x}}", ["x": .html("<b>hi</b>")]) == "<b>hi</b>!")
    }

    @Test(
        arguments: [
            (nil, ""), (true, "true"), (false, "false"), (-7, "-7"), (1.5, "1.5"), ("text", "text"),
        ] as [(Value, String)])
    func `every plain value can be printed`(value: Value, printed: String) {
        #expect(render("{{x}}", ["x": value]) == printed)
    }

    @Test(arguments: [nil, false, 0, 0.0, "", [], .double(.nan), .html("")] as [Value])
    func `empty values are false`(value: Value) {
        #expect(render("{{#x}}yes{{/x}}{{^x}}no{{/x}}", ["x": value]) == "no")
    }

    @Test(arguments: [true, 1, 0.5, "0", [nil], [:], .html("x")] as [Value])
    func `all other values are true`(value: Value) {
        #expect(render("{{#x}}yes{{/x}}{{^x}}no{{/x}}", ["x": value]) == "yes")
    }

    @Test func `an object is the same in any order, and of a doubled name the last value counts`() {
        #expect(Object([("a", 1), ("b", 2)]) == Object([("b", 2), ("a", 1)]))
        #expect(Object([("a", 1), ("a", 2)])["a"] == 2)
        #expect(Object([("a", 1), ("b", 2)]).adding([("b", 3), ("c", 4)]) == ["a": 1, "b": 3, "c": 4])
        #expect(Object([("b", 1), ("a", nil)]).names == ["a", "b"])
        #expect(Object([])["a"] == nil)
    }

    @Test func `an object finds each of a thousand names`() {
        let object = Object((0..<1000).map { ("name\($0)", Value.int($0)) })
        #expect((0..<1000).allSatisfy { object["name\($0)"] == .int($0) })
        #expect(object["name1000"] == nil)
    }

    @Test func `optional text is text or null`() {
        #expect(Value.optional("x") == "x")
        #expect(Value.optional(nil) == nil)
    }
}
