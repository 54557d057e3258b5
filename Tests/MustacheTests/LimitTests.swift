import Diagnostics
import Mustache
import Testing

@Suite struct LimitTests {
    @Test func `templates that include each other without end are an error that names the way`() {
        #expect(
            render("{{>a}}", partials: ["a": "x{{>b}}", "b": "{{<a}}{{/a}}"]) == """
                b.mustache:1:4: error: templates include each other more than 200 deep: page > a > b > a
                1 | {{<a}}{{/a}}
                  |    ^
                help: end the repetition with a section that becomes empty
                """)
    }

    @Test func `a dynamic name that leads to itself is an error`() {
        let text = render("{{>*p}}", ["p": "page"])
        #expect(
            text.hasPrefix(
                "page.mustache:1:5: error: templates include each other more than 200 deep: page > page\n"))
    }

    @Test func `an argument that renders its own block is not endless`() {
        #expect(render("{{<p}}{{$a}}1{{$a}}2{{/a}}{{/a}}{{/p}}", partials: ["p": "{{$a}}{{/a}}"]) == "12")
    }

    @Test func `work that doubles with each partial is stopped`() {
        var partials = ["p0": ""]
        for index in 1...60 { partials["p\(index)"] = "{{>p\(index - 1)}}{{>p\(index - 1)}}" }
        let text = render("{{>p60}}", partials: partials, limits: .init(steps: 5000))
        #expect(text.contains(": error: this repeats without end: 5000 items and partials are rendered\n"))
    }

    @Test func `output that grows with each partial is stopped`() {
        var partials = ["p0": String(repeating: "x", count: 1000)]
        for index in 1...60 { partials["p\(index)"] = "{{>p\(index - 1)}}{{>p\(index - 1)}}" }
        let text = render("{{>p60}}", partials: partials, limits: .init(bytes: 50_000))
        #expect(text.contains(": error: the output is longer than 50000 bytes"))
    }

    @Test func `tags nested too deeply are an error`() {
        let open = String(repeating: "{{#a}}", count: 100_000)
        let text = render(open)
        #expect(text.contains("page.mustache:1:601: error: tags are nested more than 100 deep\n"))
        #expect(text.hasSuffix("help: move the inner part into a partial"))
    }

    /// Templates put together at random from all kinds of tags: each is rendered or refused, and never traps.
    @Test func `no template can crash the engine`() {
        let parts = [
            "{{", "}}", "{{{", "}}}", "{{#a}}", "{{/a}}", "{{^b}}", "{{/b}}", "{{>p}}", "{{<p}}", "{{/p}}", "{{$x}}",
            "{{/x}}", "{{=<% %>=}}", "<%a%>", "<%={{ }}=%>", "{{.}}", "{{a.b}}", "{{>*n}}", "{{<*n}}", "{{/*n}}", "\n",
            "  ", "\t", "\r\n", "text", "{{!", "=", "é", "{{=", "=}}", "{{&a}}", "*", "",
        ]
        let model: Value = ["a": [["b": 1], 2, [3, "x"]], "b": nil, "n": "p"]
        var random = Sequential(state: 42)
        for _ in 0..<3000 {
            let page = (0..<20).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            let partial = (0..<10).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            for mode in [TemplateSet.Mode.strict, .lenient] {
                _ = render(page, model, partials: ["p": partial], mode: mode, limits: .init(steps: 2000))
            }
        }
    }

    /// The same numbers in each run (Knuth's MMIX generator).
    private struct Sequential: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }
}
