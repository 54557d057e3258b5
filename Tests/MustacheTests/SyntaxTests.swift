import Mustache
import Testing

@Suite struct SyntaxTests {
    @Test func `a tag that is never closed is an error`() {
        #expect(
            render("a\n  {{name") == """
                page.mustache:2:3: error: this tag is never closed
                2 |   {{name
                  |   ^^
                help: end it with }}
                """)
        #expect(
            render("{{{name}}") == """
                page.mustache:1:1: error: this tag is never closed
                1 | {{{name}}
                  | ^^
                help: end it with }}}
                """)
        #expect(
            render("{{name} <b> {{other}}") == """
                page.mustache:1:1: error: this tag is not closed before the next one
                1 | {{name} <b> {{other}}
                  | ^^
                help: end it with }}
                """)
    }

    @Test func `sections must be closed, and in their order`() {
        #expect(
            render("{{#a}}{{#b}}{{/a}}{{/b}}") == """
                page.mustache:1:7: error: {{#b}} is never closed before {{/a}}
                1 | {{#a}}{{#b}}{{/a}}{{/b}}
                  |       ^^^^^^
                help: close it with {{/b}}

                page.mustache:1:19: error: {{/b}} closes nothing
                1 | {{#a}}{{#b}}{{/a}}{{/b}}
                  |                   ^^^^^^
                """)
        #expect(
            render("{{<*card}}\n{{/card}}") == """
                page.mustache:1:1: error: {{<*card}} is never closed
                1 | {{<*card}}
                  | ^^^^^^^^^^
                help: close it with {{/*card}}

                page.mustache:2:1: error: {{/card}} closes nothing
                2 | {{/card}}
                  | ^^^^^^^^^
                help: {{<*card}} is open here: close it with {{/*card}}
                """)
    }

    @Test(arguments: [
        ("{{}}", "this tag has no name"), ("{{# }}", "this tag has no name"),
        ("{{a b}}", "a name cannot contain blanks"), ("{{a..b}}", "a part of 'a..b' is empty"),
        ("{{.a}}", "a part of '.a' is empty"), ("{{=a=}}", "new delimiters are two words without '='"),
        ("{{= =}}", "new delimiters are two words without '='"),
        ("{{=a b c=}}", "new delimiters are two words without '='"),
    ])
    func `a tag that says nothing is an error`(template: String, message: String) {
        #expect(render(template).split(separator: "\n").first?.hasSuffix(": error: \(message)") == true)
    }

    @Test func `problems of all files are reported at once`() {
        let text = render("{{#a}}", partials: ["b": "{{/c}}"])
        #expect(
            text == """
                b.mustache:1:1: error: {{/c}} closes nothing
                1 | {{/c}}
                  | ^^^^^^

                page.mustache:1:1: error: {{#a}} is never closed
                1 | {{#a}}
                  | ^^^^^^
                help: close it with {{/a}}
                """)
    }

    @Test func `bytes that are not UTF-8 are refused`() {
        #expect {
            try TemplateSet([TemplateSource(name: "a", file: "a.mustache", bytes: [0x61, 0xFF])])
        } throws: { error in
            "\(error)" == "a.mustache: error: the file is not text in UTF-8"
        }
    }

    @Test func `a byte order mark is not rendered`() {
        #expect(render("\u{FEFF}  {{! comment }}\nx") == "x")
    }

    @Test func `spaces around a name and before the sign are allowed`() {
        #expect(render("{{ # a }}{{ . }}{{ / a }}{{ & a }}", ["a": "<"]) == "&lt;<")
    }
}
