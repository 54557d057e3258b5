import JSON
import Testing

@testable import Site

@Suite struct RenderingTests {
    @Test func `pages are rendered, partials are not, and static files are copied`() {
        let output = rendered([
            "Templates/pages/index.html.mustache": "<h1>{{site.title}}</h1>\n{{>card}}\n{{>fields/text}}\n",
            "Templates/pages/assets/a.css.mustache": "a {}",
            "Templates/partials/card.mustache": "card\n",
            "Templates/partials/fields/text.mustache": "field\n",
            "Static/logos/acme.svg": "<svg/>",
        ])
        #expect(
            output == [
                "index.html": "<h1>Latchkey</h1>\ncard\nfield\n", "assets/a.css": "a {}", "logos/acme.svg": "<svg/>",
                "api/auth/providers/index.json": "[]\n",
            ])
    }

    @Test func `a template sees all that a provider's file says`() {
        let page = """
            {{#providers}}
            {{name}} {{label}} {{hook}} {{color}} {{on_color}} {{group}} {{logo}} {{notes}} {{console}} {{docs}}
            {{has_fields}} {{has_methods}} {{has_several_methods}} {{has_redirect}} {{has_oob}} {{oob}}{{^oob}}-{{/oob}}
            {{index}} {{is_first}} {{is_last}} {{warning}}{{sunset}}
            {{#fields}}
            {{key}} {{id}} {{path}} {{label}} {{type}} {{partial}} {{is_secret}} {{required}} {{hint}} {{pattern}} \
            {{placeholder}}{{#options}} {{value}}={{label}}{{/options}}
            {{/fields}}
            {{#methods}}
            {{id}} {{kind}} {{is_device}} {{is_approval}} {{is_redirect}} {{is_key}} {{label}} {{button}} {{needs}} \
            {{is_first}} {{is_last}} {{index}}
            {{/methods}}
            {{/providers}}

            """
        let output = rendered([
            "Templates/pages/p.txt.mustache": page, "Templates/providers/acme.json5": acme,
            "Static/logos/acme.svg": "<svg/>",
        ])
        #expect(
            output["p.txt"] == """
                acme Acme Acme #ed1c24 #000 trackers logos/acme.svg Ask &lt;Acme&gt; &amp; wait. \
                https://acme.example/apps https://acme.example/docs
                true true false false false -
                0 true true \n\
                api_key acme_api_key acme.api_key API Key password fields/password true true Under &#39;Apps&#39;.  \n\
                region acme_region acme.region Region select fields/select false false   eu eu=eu us=us
                key key false false false true With a key Check the key api_key true true 0

                """)
    }

    @Test func `the manifests say what programs need`() throws {
        let output = rendered(["Templates/providers/acme.json5": acme, "Static/logos/acme.svg": "<svg/>"])
        #expect(
            output["api/auth/providers/index.json"] == """
                [
                  {
                    "name": "ACME",
                    "label": "Acme",
                    "flow": "key",
                    "group": "trackers",
                    "color": "#ed1c24",
                    "logo": "logos/acme.svg",
                    "notes": "Ask <Acme> & wait.",
                    "docs": "https://acme.example/docs",
                    "fields": [
                      {
                        "key": "acme.api_key",
                        "label": "API Key",
                        "type": "password",
                        "required": true,
                        "hint": "Under 'Apps'."
                      },
                      {
                        "key": "acme.region",
                        "label": "Region",
                        "type": "select",
                        "required": false,
                        "options": [
                          "eu",
                          "us"
                        ]
                      }
                    ],
                    "methods": [
                      {
                        "id": "key",
                        "kind": "key",
                        "label": "With a key"
                      }
                    ],
                    "actions": {
                      "start": true,
                      "finish": false,
                      "refresh": false,
                      "disconnect": true
                    }
                  }
                ]

                """)
    }

    @Test func `the manifest of a device flow says where the code is entered`() throws {
        let device = """
            {
              label: "Acme", color: "#ed1c24", group: "trackers", hosts: { web: "https://acme.example" },
              methods: [{
                kind: "device", label: "With a code",
                start: { url: "{{hosts.web}}/code", form: {} }, verification: { url: "{{hosts.web}}/activate" },
                poll: { url: "{{hosts.web}}/token", form: { code: "{{device_code}}" } },
              }],
            }

            """
        let output = rendered(["Templates/providers/acme.json5": device])
        let manifests = try JSON.parse(Array(try #require(output["api/auth/providers/index.json"]).utf8))
        #expect(manifests[path: "0.verify_url"] == "https://acme.example/activate")
        #expect(manifests[path: "0.flow"] == "device_pin")
    }

    @Test func `a file of the site replaces the built-in one of the same path, and can use it`() {
        let builtIn = [
            "Templates/pages/index.html.mustache": "{{>card}}", "Templates/partials/card.mustache": "old {{$a}}1{{/a}}",
            "Static/a.css": "old", "Static/b.css": "kept",
        ]
        let own = [
            "Templates/partials/card.mustache": "[{{<builtin:card}}{{$a}}2{{/a}}{{/builtin:card}}]",
            "Static/a.css": "new",
        ]
        let output = rendered(own, over: builtIn)
        #expect([output["index.html"], output["a.css"], output["b.css"]] == ["[old 2]", "new", "kept"])
    }

    @Test func `built-in providers are there, and a file of the site replaces one`() {
        let builtIn = [
            "Templates/pages/p.txt.mustache": "{{#providers}}{{name}}={{label}} {{/providers}}",
            "Templates/providers/acme.json5": acme, "Templates/providers/other.json5": acme,
            "Static/logos/acme.svg": "<svg/>",
        ]
        let own = ["Templates/providers/acme.json5": acme.replacing("Acme", with: "Mine")]
        #expect(rendered(own, over: builtIn)["p.txt"] == "acme=Mine other=Acme ")
    }

    @Test func `one changed sentence is one line, and a language falls back to English`() {
        let builtIn = [
            "Templates/pages/p.txt.mustache": "{{t.button.save}} {{t.button.stop}} {{t.title}} {{site.lang}}",
            "Templates/strings/en.json5": "{ title: 'Accounts', button: { save: 'Save', stop: 'Stop' } }",
        ]
        let english = ["Templates/strings/en.json5": "{ button: { save: 'Keep' } }"]
        #expect(rendered(english, over: builtIn)["p.txt"] == "Keep Stop Accounts en")
        let german = ["Templates/strings/de.json5": "{ title: 'Konten' }"]
        #expect(rendered(german, over: builtIn, language: "de")["p.txt"] == "Save Stop Konten de")
    }

    @Test func `the text on an accent is black or white, whichever is easier to read`() {
        let colors = ["#e5a00d", "#00b7eb", "#01d277", "#ed1c24", "#000", "#fff", "#1B2838", "#6441a5"]
        #expect(
            colors.map { Color($0)?.textColor } == ["#000", "#000", "#000", "#000", "#fff", "#000", "#fff", "#fff"])
        #expect(["red", "#12", "#12345g", "", "#", "#1234567"].allSatisfy { Color($0) == nil })
    }

    @Test func `two builds are the same to the byte, whatever the order of the files`() throws {
        let files = (0..<50).map { SourceFile(path: "Static/\($0).txt", bytes: Array("\($0)".utf8)) }
        let options = SiteOptions(version: "1.0")
        let one = try SiteRenderer.render(SiteSources(files), options: options)
        let other = try SiteRenderer.render(SiteSources(files.reversed()), options: options)
        #expect(one == other)
        #expect(one.manifest == other.manifest)
    }

    @Test func `a page can be rendered again and again`() throws {
        let sources = SiteSources(
            [SourceFile(path: "Templates/pages/a/b.txt.mustache", bytes: Array("{{site.version}}".utf8))],
            over: [SourceFile(path: "Templates/strings/en.json5", bytes: Array("{}".utf8), isBuiltIn: true)])
        let pages = try SitePages(sources, options: SiteOptions(version: "1.0"))
        #expect(pages.paths == ["a/b.txt"])
        #expect(try (0..<3).map { _ in try pages.render("a/b.txt") } == Array(repeating: Array("1.0".utf8), count: 3))
    }

    @Test func `the built-in site has no problems`() throws {
        let site = try SiteRenderer.render(SiteSources([]), options: SiteOptions(version: "1.0"))
        #expect(site.files.contains { $0.path == "api/auth/providers/index.json" })
    }
}
