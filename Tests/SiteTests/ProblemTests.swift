import Testing

@testable import Site

@Suite struct ProblemTests {
    @Test func `all problems of all files are reported at once`() {
        let output = rendered([
            "Templates/pages/index.html.mustache": "<ul>\n  {{#providers}}{{lable}}{{/providers}}\n</ul>",
            "Templates/pages/b.html.mustache": "{{t.save}}{{>crad}}",
            "Templates/partials/card.mustache": "x",
            "Templates/strings/en.json5": "{ stop: 'Stop' }",
            "Templates/providers/acme.json5": acme, "Static/logos/acme.svg": "<svg/>",
        ])
        #expect(
            output["problems"] == """
                Templates/pages/b.html.mustache:1:5: error: 'save' is not defined in 't'
                1 | {{t.save}}{{>crad}}
                  |     ^^^^
                help: available: stop

                Templates/pages/b.html.mustache:1:14: error: there is no template 'crad'
                1 | {{t.save}}{{>crad}}
                  |              ^^^^
                help: did you mean 'card'?

                Templates/pages/index.html.mustache:2:19: error: 'lable' is not defined here
                2 |   {{#providers}}{{lable}}{{/providers}}
                  |                   ^^^^^
                help: did you mean 'label'?
                """)
    }

    @Test func `what is wrong in templates, strings and providers is reported together`() {
        let output = rendered([
            "Templates/pages/a.html.mustache": "{{#open}}",
            "Templates/strings/en.json5": "{ a: 1, b: { c: [] } }",
            "Templates/providers/acme.json5": "{ lable: 'Acme' ",
        ])
        let lines = output["problems"]?.split(separator: "\n").filter { $0.contains(": error: ") } ?? []
        #expect(
            lines.map { $0.prefix { $0 != ":" } } == [
                "Templates/pages/a.html.mustache", "Templates/providers/acme.json5", "Templates/strings/en.json5",
                "Templates/strings/en.json5",
            ])
    }

    @Test func `a problem of a partial that many pages use is said once`() {
        let output = rendered([
            "Templates/pages/a.html.mustache": "{{>p}}", "Templates/pages/b.html.mustache": "{{>p}}",
            "Templates/partials/p.mustache": "{{nothing.here}}",
        ])
        #expect(
            output["problems"] == """
                Templates/partials/p.mustache:1:3: error: 'nothing' is not defined here
                1 | {{nothing.here}}
                  |   ^^^^^^^
                help: available: groups, has_search, providers, sign_in, site, t
                """)
    }

    @Test func `strings are text or objects of texts, and keep the shape of the built-in ones`() {
        let builtIn = ["Templates/strings/en.json5": "{ button: { save: 'Save' }, title: 'T' }"]
        let own = ["Templates/strings/en.json5": "{\n  button: 'Save',\n  title: 7,\n}"]
        #expect(
            rendered(own, over: builtIn)["problems"] == """
                Templates/strings/en.json5:2:11: error: 'button' must be an object
                2 |   button: 'Save',
                  |           ^^^^^^

                Templates/strings/en.json5:3:10: error: 'title' must be text
                3 |   title: 7,
                  |          ^
                """)
        #expect(
            rendered(["Templates/strings/en.json5": "[]"])["problems"] == """
                Templates/strings/en.json5:1:1: error: the strings must be an object
                1 | []
                  | ^^
                """)
    }

    @Test func `a language without strings is an error`() {
        #expect(
            rendered(["Templates/strings/de.json5": "{}"], language: "ed")["problems"] == """
                Templates/strings/ed.json5: error: there are no strings for 'ed'
                help: did you mean 'de'?
                """)
    }

    @Test func `a file that nothing reads is an error`() {
        let output = rendered([
            "Templates/partials/card.mustach": "", "Templates/providers/acme.json": "", "Templates/README.md": "",
        ])
        #expect(
            output["problems"] == """
                Templates/partials/card.mustach: error: nothing reads this file
                help: templates end in .mustache; files to be copied as they are belong into Static/

                Templates/providers/acme.json: error: nothing reads this file
                help: providers and strings end in .json5
                """)
    }

    @Test func `two sources of the same output are an error`() {
        let help = "help: rename one of them; Static/, Templates/pages/ and the program itself make the output"
        #expect(
            rendered(["Templates/pages/a.css.mustache": "", "Static/a.css": ""])["problems"] == """
                Templates/pages/a.css.mustache: error: 'a.css' is already in the output
                \(help)
                """)
        #expect(
            rendered(["Static/api/auth/providers/index.json": ""])["problems"] == """
                Static/api/auth/providers/index.json: error: 'api/auth/providers/index.json' is already in the output
                \(help)
                """)
        #expect(
            rendered(["Static/a": "", "Static/a/b": ""])["problems"] == """
                a: error: 'a' is a file and the folder of 'a/b'
                help: rename the file to 'a/index.html' to be found under the same address
                """)
    }

    @Test func `a problem in a built-in file says that it is one`() {
        let builtIn = ["Templates/pages/a.html.mustache": "{{elephant}}"]
        #expect(
            rendered([:], over: builtIn)["problems"] == """
                built-in/Templates/pages/a.html.mustache:1:3: error: 'elephant' is not defined here
                1 | {{elephant}}
                  |   ^^^^^^^^
                help: available: groups, has_search, providers, sign_in, site, t
                """)
    }

    @Test func `a logo that is not there is told`() throws {
        let path = "Templates/providers/trakt.json5"
        let text = String(decoding: [SourceFile].builtIn.first { $0.path == path }?.bytes ?? [], as: UTF8.self)
        let folder = try TemporaryFolder()
        try folder.write([path: text.replacing("logos/trakt.svg", with: "logos/none.svg")])
        do {
            _ = try folder.builder().build()
            Issue.record("it was built")
        } catch {
            #expect(
                "\(error)" == """
                    \(path): error: the logo 'logos/none.svg' is not in Static/
                    help: put the picture there, or leave 'logo' out
                    """)
        }
    }
}
