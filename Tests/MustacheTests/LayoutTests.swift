import Mustache
import Testing

/// Where whitespace goes beyond what the official tests say.
@Suite struct LayoutTests {
    @Test func `a partial is indented line by line, but not its blank lines and not its values`() {
        let partials = ["p": "<a>\n\n{{#l}}\n  {{.}}\n{{/l}}\n</a>\n"]
        #expect(
            render("  {{>p}}\n.", ["l": ["x\ny", "z"]], partials: partials) == "  <a>\n\n    x\ny\n    z\n  </a>\n.")
    }

    @Test func `indentation adds up from partial to partial`() {
        let partials = ["a": "a\n  {{>b}}\nc\n", "b": "1\n2\n"]
        #expect(render(" {{>a}}\nd\n", partials: partials) == " a\n   1\n   2\n c\nd\n")
    }

    @Test func `an argument takes the indentation of the block it replaces`() {
        let parent = "<main>\n    {{$body}}\n    default\n    {{/body}}\n</main>\n"
        let page = """
            {{<parent}}
              {{$body}}
                <p>
                  one
                </p>
              {{/body}}
            {{/parent}}

            """
        #expect(render(page, partials: ["parent": parent]) == "<main>\n    <p>\n      one\n    </p>\n</main>\n")
        #expect(render("{{>parent}}", partials: ["parent": parent]) == "<main>\n    default\n</main>\n")
    }

    @Test func `an argument on one line still ends the line of its block`() {
        let partials = ["parent": "a\n  {{$b}}\n  default\n  {{/b}}\nc\n"]
        #expect(render("{{<parent}}{{$b}}x{{/b}}{{/parent}}", partials: partials) == "a\n  x\nc\n")
        #expect(render("{{<parent}}{{$b}}{{/b}}{{/parent}}", partials: partials) == "a\nc\n")
    }

    @Test func `an empty block on a line of its own leaves nothing`() {
        #expect(render("a\n  {{$b}}{{/b}}\nc\n") == "a\nc\n")
    }

    @Test func `an argument may use the block's own name for another block`() {
        let partials = ["outer": "[{{$a}}{{/a}}]", "inner": "({{$a}}i{{/a}})"]
        #expect(
            render("{{<outer}}{{$a}}{{>inner}}{{$a}}x{{/a}}{{/a}}{{/outer}}", partials: partials) == "[(i)x]")
    }

    @Test func `two sections closed on one line keep the line`() {
        #expect(render("{{#a}}{{#a}}\nx\n{{/a}}{{/a}}\n", ["a": true]) == "\nx\n\n")
    }

    @Test func `windows line breaks are kept`() {
        #expect(render("a\r\n{{#b}}\r\nc\r\n{{/b}}\r\nd", ["b": true]) == "a\r\nc\r\nd")
    }
}
