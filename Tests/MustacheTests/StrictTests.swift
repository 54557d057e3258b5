import Mustache
import Testing

@Suite struct StrictTests {
    @Test func `a name that is not defined is an error with the nearest name`() {
        #expect(
            render("<ul>\n  {{#feilds}}x{{/feilds}}", ["fields": [], "label": "x"]) == """
                page.mustache:2:6: error: 'feilds' is not defined here
                2 |   {{#feilds}}x{{/feilds}}
                  |      ^^^^^^
                help: did you mean 'fields'?
                """)
    }

    @Test func `all names that are not defined are reported at once, each once`() {
        #expect(
            render("{{#list}}{{one}}{{/list}}\n{{two}}", ["list": [1, 2, 3]]) == """
                page.mustache:1:12: error: 'one' is not defined here
                1 | {{#list}}{{one}}{{/list}}
                  |            ^^^
                help: available: list

                page.mustache:2:3: error: 'two' is not defined here
                2 | {{two}}
                  |   ^^^
                help: available: list
                """)
    }

    @Test func `a part of a dotted name is looked for in its object`() {
        #expect(
            render("{{t.button.svae}}", ["t": ["button": ["save": "Save"]]]) == """
                page.mustache:1:12: error: 'svae' is not defined in 't.button'
                1 | {{t.button.svae}}
                  |            ^^^^
                help: did you mean 'save'?
                """)
        #expect(
            render("{{label.text}}", ["label": "Trakt"]) == """
                page.mustache:1:9: error: 'text' cannot be in 'label', which is text
                1 | {{label.text}}
                  |         ^^^^
                """)
    }

    @Test func `null declares an optional value`() {
        let model: Value = ["hint": nil]
        #expect(render("[{{hint}}{{#hint}}x{{/hint}}{{^hint}}none{{/hint}}{{hint.text}}]", model) == "[none]")
    }

    @Test func `a name of an outer object is defined inside`() {
        #expect(render("{{#a}}{{b}}{{#b}}!{{/b}}{{/a}}", ["a": ["c": 1], "b": 2]) == "2!")
    }

    @Test func `lists and objects cannot be printed`() {
        #expect(
            render("{{a}} {{b}}", ["a": [1], "b": ["label": "x"]]) == """
                page.mustache:1:3: error: 'a' is a list, which cannot be printed
                1 | {{a}} {{b}}
                  |   ^
                help: print its items with {{#a}}{{.}}{{/a}}

                page.mustache:1:9: error: 'b' is an object, which cannot be printed
                1 | {{a}} {{b}}
                  |         ^
                help: print one of its names, for example {{b.label}}
                """)
    }

    @Test func `an unknown partial is an error with the nearest template`() {
        #expect(
            render("{{>partials/crad}}", partials: ["partials/card": ""]) == """
                page.mustache:1:4: error: there is no template 'partials/crad'
                1 | {{>partials/crad}}
                  |    ^^^^^^^^^^^^^
                help: did you mean 'partials/card'?
                """)
    }

    @Test func `a dynamic name must name a template`() {
        let partials = ["fields/text": "T", "fields/url": "U"]
        #expect(render("{{>*p}}", ["p": "fields/url"], partials: partials) == "U")
        #expect(render("{{>*p}}", ["p": nil], partials: partials) == "")
        #expect(
            render("{{>*p}}", ["p": "fields/txt"], partials: partials) == """
                page.mustache:1:5: error: there is no template 'fields/txt'
                1 | {{>*p}}
                  |     ^
                help: did you mean 'fields/text'?
                """)
        #expect(
            render("{{>*p}}", ["p": 1], partials: partials) == """
                page.mustache:1:5: error: 'p' is a number, not the name of a template
                1 | {{>*p}}
                  |     ^
                """)
    }

    @Test func `an argument for an unknown block is an error`() {
        let partials = ["card": "{{$head}}{{/head}}{{>foot}}", "foot": "{{$actions}}{{/actions}}"]
        #expect(render("{{<card}}{{$actions}}x{{/actions}}{{/card}}", partials: partials) == "x")
        #expect(
            render("{{<card}}{{$actoins}}x{{/actoins}}{{/card}}", partials: partials) == """
                page.mustache:1:13: error: 'card' has no block 'actoins'
                1 | {{<card}}{{$actoins}}x{{/actoins}}{{/card}}
                  |             ^^^^^^^
                help: did you mean 'actions'?
                """)
        #expect(
            render("{{<*p}}{{$x}}{{/x}}{{/*p}}", ["p": "foot"], partials: partials) == """
                page.mustache:1:11: error: 'foot' has no block 'x'
                1 | {{<*p}}{{$x}}{{/x}}{{/*p}}
                  |           ^
                help: available: actions
                """)
    }

    @Test func `problems are known without values`() throws {
        let source = "{{<card}} <b>lost</b> {{$a}}1{{/a}}{{$a}}2{{/a}}{{/card}}{{>none}}"
        let set = try TemplateSet([
            TemplateSource(name: "page", file: "page.mustache", bytes: Array(source.utf8)),
            TemplateSource(name: "card", file: "card.mustache", bytes: Array("{{$a}}{{/a}}".utf8)),
        ])
        #expect(
            set.problems.map(\.message) == [
                "this is never shown: it is inside {{<card}} but outside of its blocks",
                "the block 'a' is given twice to {{<card}}", "there is no template 'none'",
            ])
        #expect(set.names == ["card", "page"])
    }

    @Test func `a template that does not exist is an error`() throws {
        let set = try TemplateSet([TemplateSource(name: "pages/index.html", file: "f", bytes: [])])
        #expect(throws: (any Error).self) { try set.render("pages/indx.html", with: nil) }
        do {
            _ = try set.render("pages/indx.html", with: nil)
        } catch {
            #expect(
                error.description == """
                    pages/indx.html: error: there is no template of this name
                    help: did you mean 'pages/index.html'?
                    """)
        }
    }

    @Test func `lenient mode renders nothing for what is unknown`() {
        let template = "[{{a}}{{a.b}}{{#a}}x{{/a}}{{^a}}y{{/a}}{{>p}}{{>*q}}{{<r}}{{$s}}{{/s}}{{/r}}{{l}}{{s.t}}]"
        #expect(render(template, ["l": [1], "s": "text"], mode: .lenient) == "[y]")
    }
}
