import Diagnostics
import JSON
import Testing

@testable import Providers

@Suite struct CatalogueTests {
    /// Every problem of a description, as it is printed.
    static func problems(_ text: String, file: String = "demo.json5") -> String {
        do throws(Diagnostics) {
            _ = try Catalogue(files: [(file, Array(text.utf8))])
            return "fine"
        } catch {
            return error.description
        }
    }

    /// A description in which one method has the given members.
    static func method(_ members: String) -> String {
        problems(
            """
            { label: "Demo", color: "#123456", hosts: { api: "https://demo.example" },
              fields: [{ key: "client_id", label: "Client ID" }],
              methods: [
            \(members)
            ] }
            """)
    }

    @Test func `The shipped descriptions are right`() throws {
        let catalogue = try Catalogue(files: shippedFiles())
        #expect(catalogue.providers.map(\.name) == ["plex", "simkl", "tmdb", "trakt"])
        #expect(catalogue.providers.map(\.color) == ["#ebaf00", "#000000", "#01b4e4", "#9f42c6"])
        #expect(
            catalogue.providers.map { $0.methods.map(\.id).joined(separator: " ") }
                == ["device popup", "device redirect", "approval key token v4", "device redirect"])
        #expect(
            catalogue.hostNames == [
                "plex.api", "plex.web", "plex.app", "simkl.api", "simkl.web", "simkl.images", "tmdb.api", "tmdb.web",
                "tmdb.images", "trakt.auth", "trakt.api", "trakt.web", "trakt.images",
            ])
        #expect(catalogue["trakt"]?.oob == "urn:ietf:wg:oauth:2.0:oob")
        #expect(catalogue["nobody"] == nil)
    }

    @Test(arguments: DescriptionReader.reservedNames.sorted())
    func `A name that the server uses itself is no provider's`(name: String) {
        #expect(
            Self.problems("{}", file: "\(name).json5").hasPrefix(
                """
                \(name).json5: error: '\(name)' cannot be the name of a provider: the server uses it itself
                help: choose another file name
                """))
    }

    @Test func `The names of the vault's own members are reserved`() {
        #expect(DescriptionReader.reservedNames.isSuperset(of: ["accounts", "auth", "version"]))
    }

    @Test func `All problems of all files are reported at once`() {
        let files: [Catalogue.File] = [
            ("b/two.json5", Array("{ label: 'Two', color: 'red', hosts: {}, methods: 5 }".utf8)),
            ("a/one.json5", Array("{ label: 'One'".utf8)),
            ("b/api.json5", Array("[]".utf8)),
        ]
        #expect(throws: (any Error).self) { try Catalogue(files: files) }
        do throws(Diagnostics) {
            _ = try Catalogue(files: files)
        } catch {
            #expect(
                error.description == """
                    a/one.json5:1:1: error: the object is never closed
                    1 | { label: 'One'
                      | ^
                    help: it begins here

                    b/api.json5: error: 'api' cannot be the name of a provider: the server uses it itself
                    help: choose another file name

                    b/api.json5:1:1: error: a provider must be an object, not a list
                    1 | []
                      | ^^

                    b/two.json5:1:24: error: 'red' is not a colour
                    1 | { label: 'Two', color: 'red', hosts: {}, methods: 5 }
                      |                        ^^^^^
                    help: write it as '#' and six hexadecimal digits, such as '#ed1c24'

                    b/two.json5:1:51: error: 'methods' must be a list, not a number
                    1 | { label: 'Two', color: 'red', hosts: {}, methods: 5 }
                      |                                                   ^
                    """)
        }
    }

    @Test func `Two files cannot describe the same provider`() {
        let bytes = Array("{ label: 'A', color: '#123456', hosts: {}, methods: [] }".utf8)
        do throws(Diagnostics) {
            _ = try Catalogue(files: [("a/demo.json5", bytes), ("b/demo.json5", bytes)])
            Issue.record("accepted")
        } catch {
            #expect(error.list.contains(Diagnostic(file: "b/demo.json5", message: "there is another provider 'demo'")))
        }
    }

    @Test func `The keys of a provider are a closed set`() {
        #expect(
            Self.problems(
                """
                {
                  label: "Demo",
                  colour: "#12345",
                  color: "#12345",
                  hosts: { api: "http://demo.example", Web: "https://demo.example/?x" },
                  feilds: [],
                  methods: [],
                }
                """) == """
                    demo.json5:3:3: error: 'colour' is not a key of a provider
                    3 |   colour: "#12345",
                      |   ^^^^^^
                    help: did you mean 'color'?

                    demo.json5:4:10: error: '#12345' is not a colour
                    4 |   color: "#12345",
                      |          ^^^^^^^^
                    help: write it as '#' and six hexadecimal digits, such as '#ed1c24'

                    demo.json5:5:17: error: a host must be an https address without a query
                    5 |   hosts: { api: "http://demo.example", Web: "https://demo.example/?x" },
                      |                 ^^^^^^^^^^^^^^^^^^^^^

                    demo.json5:5:40: error: 'Web' cannot be the name of a host
                    5 |   hosts: { api: "http://demo.example", Web: "https://demo.example/?x" },
                      |                                        ^^^
                    help: use small letters, digits and '_', and begin with a letter

                    demo.json5:5:45: error: a host must be an https address without a query
                    5 |   hosts: { api: "http://demo.example", Web: "https://demo.example/?x" },
                      |                                             ^^^^^^^^^^^^^^^^^^^^^^^^^

                    demo.json5:6:3: error: 'feilds' is not a key of a provider
                    6 |   feilds: [],
                      |   ^^^^^^
                    help: did you mean 'fields'?

                    demo.json5:7:12: error: 'methods' must have at least one method
                    7 |   methods: [],
                      |            ^^
                    """)
    }

    @Test func `An empty description is told what it needs`() {
        #expect(
            Self.problems("{}", file: "Demo-1.json5") == """
                Demo-1.json5: error: 'Demo-1' cannot be the name of a provider
                help: use small letters, digits and '_', and begin with a letter

                Demo-1.json5:1:1: error: a provider needs 'color'
                1 | {}
                  | ^

                Demo-1.json5:1:1: error: a provider needs 'hosts'
                1 | {}
                  | ^

                Demo-1.json5:1:1: error: a provider needs 'label'
                1 | {}
                  | ^

                Demo-1.json5:1:1: error: a provider needs 'methods'
                1 | {}
                  | ^
                """)
        #expect(
            Self.problems("{}", file: "demo.json").hasPrefix("demo.json: error: a provider's file must end in '.json5'")
        )
    }

    @Test(arguments: [
        ("logos/a-b_c.2.svg", true), ("x.png", true), ("https:evil.example/x.png", false), ("//evil.example/x", false),
        ("/x.png", false), ("a//b.png", false), ("logos/../../x", false), ("logos/..", false), ("./x", false),
        ("a b.png", false), ("é.png", false), ("a%2e.png", false), ("a?b", false), ("logos/", false),
    ]) func `A logo is a path with plain characters below Static`(logo: String, isGood: Bool) {
        let found = Self.problems(
            """
            { label: "Demo", color: "#000000", hosts: {}, logo: "\(logo)", methods: [] }
            """)
        #expect(found.contains("'logo' must be a path below Static") == !isGood)
    }

    @Test func `Pages, logos and days are checked`() {
        #expect(
            Self.problems(
                """
                { label: "", color: "#12345g", hosts: { api: "https://u@demo.example" },
                  console: "http://demo.example", docs: "javascript:alert(1)", revoke_page: 5,
                  logo: "../secret.svg", sunset: "soon", methods: {} }
                """) == """
                    demo.json5:1:10: error: 'label' must not be empty
                    1 | { label: "", color: "#12345g", hosts: { api: "https://u@demo.example" },
                      |          ^^

                    demo.json5:1:21: error: '#12345g' is not a colour
                    1 | { label: "", color: "#12345g", hosts: { api: "https://u@demo.example" },
                      |                     ^^^^^^^^^
                    help: write it as '#' and six hexadecimal digits, such as '#ed1c24'

                    demo.json5:1:46: error: a host must be an https address without a query
                    1 | { label: "", color: "#12345g", hosts: { api: "https://u@demo.example" },
                      |                                              ^^^^^^^^^^^^^^^^^^^^^^^^

                    demo.json5:2:12: error: 'console' must be an https address
                    2 |   console: "http://demo.example", docs: "javascript:alert(1)", revoke_page: 5,
                      |            ^^^^^^^^^^^^^^^^^^^^^

                    demo.json5:2:41: error: 'docs' must be an https address
                    2 |   console: "http://demo.example", docs: "javascript:alert(1)", revoke_page: 5,
                      |                                         ^^^^^^^^^^^^^^^^^^^^^

                    demo.json5:2:77: error: 'revoke_page' must be a string, not a number
                    2 |   console: "http://demo.example", docs: "javascript:alert(1)", revoke_page: 5,
                      |                                                                             ^

                    demo.json5:3:9: error: 'logo' must be a path below Static, such as 'logos/demo.svg'
                    3 |   logo: "../secret.svg", sunset: "soon", methods: {} }
                      |         ^^^^^^^^^^^^^^^
                    help: use letters, digits, '.', '_' and '-', and '/' between folders

                    demo.json5:3:34: error: 'sunset' must be a day, such as '2027-03-31'
                    3 |   logo: "../secret.svg", sunset: "soon", methods: {} }
                      |                                  ^^^^^^

                    demo.json5:3:51: error: 'methods' must be a list, not an object
                    3 |   logo: "../secret.svg", sunset: "soon", methods: {} }
                      |                                                   ^^
                    """)
    }

    @Test func `Fields are checked`() {
        let text = """
            { label: "Demo", color: "#123456", hosts: { api: "https://demo.example" }, methods: [{ kind: "key",
              credential: "api_key", check: { url: "{{hosts.api}}/" } }], fields: [
              { key: "client_id", label: "Client ID", type: "txt", requird: true },
              { key: "client_id", label: "Again" },
              { key: "Client", label: "Upper" },
              { key: "access_token", label: "Taken" },
              { key: "size", label: "Size", type: "select", default: "x" },
              { key: "pat", label: "Pat", pattern: "[", options: ["a"] },
              { label: 5 }, { key: "n", label: "N", pattern: "[0-9]+", default: "x" },
            ], generated: [{ key: "client_id", kind: "uuid" }, { key: "device", kind: "uid" }] }
            """
        #expect(
            Self.problems(text) == """
                demo.json5:2:15: error: there is no field 'api_key'
                2 |   credential: "api_key", check: { url: "{{hosts.api}}/" } }], fields: [
                  |               ^^^^^^^^^
                help: available: client_id, n, pat, size

                demo.json5:3:49: error: 'txt' is not a value of 'type'
                3 |   { key: "client_id", label: "Client ID", type: "txt", requird: true },
                  |                                                 ^^^^^
                help: did you mean 'text'?

                demo.json5:3:56: error: 'requird' is not a key of a field
                3 |   { key: "client_id", label: "Client ID", type: "txt", requird: true },
                  |                                                        ^^^^^^^
                help: did you mean 'required'?

                demo.json5:4:10: error: there is another field 'client_id'
                4 |   { key: "client_id", label: "Again" },
                  |          ^^^^^^^^^^^

                demo.json5:5:10: error: 'Client' cannot be a key
                5 |   { key: "Client", label: "Upper" },
                  |          ^^^^^^^^
                help: use small letters, digits and '_', and begin with a letter

                demo.json5:6:10: error: 'access_token' cannot be a key: every sign-in has a value of that name
                6 |   { key: "access_token", label: "Taken" },
                  |          ^^^^^^^^^^^^^^

                demo.json5:7:3: error: a field needs 'options'
                7 |   { key: "size", label: "Size", type: "select", default: "x" },
                  |   ^

                demo.json5:8:40: error: 'pattern' is not a regular expression
                8 |   { key: "pat", label: "Pat", pattern: "[", options: ["a"] },
                  |                                        ^^^

                demo.json5:8:54: error: only a field of type 'select' has options
                8 |   { key: "pat", label: "Pat", pattern: "[", options: ["a"] },
                  |                                                      ^^^^^

                demo.json5:9:3: error: a field needs 'key'
                9 |   { label: 5 }, { key: "n", label: "N", pattern: "[0-9]+", default: "x" },
                  |   ^

                demo.json5:9:12: error: 'label' must be a string, not a number
                9 |   { label: 5 }, { key: "n", label: "N", pattern: "[0-9]+", default: "x" },
                  |            ^

                demo.json5:9:69: error: the default does not fit: The N does not have the right form.
                9 |   { label: 5 }, { key: "n", label: "N", pattern: "[0-9]+", default: "x" },
                  |                                                                     ^^^

                demo.json5:10:23: error: there is another value 'client_id'
                10 | ], generated: [{ key: "client_id", kind: "uuid" }, { key: "device", kind: "uid" }] }
                   |                       ^^^^^^^^^^^

                demo.json5:10:75: error: 'uid' is not a value of 'kind'
                10 | ], generated: [{ key: "client_id", kind: "uuid" }, { key: "device", kind: "uid" }] }
                   |                                                                           ^^^^^
                help: did you mean 'uuid'?
                """)
    }

    @Test func `A host that does not exist cannot be replaced`() throws {
        let catalogue = try Catalogue(files: shippedFiles())
        func problem(_ name: String, _ url: String) -> String {
            do throws(Catalogue.HostProblem) {
                _ = try catalogue.replacingHosts([name: url])
                return "replaced"
            } catch {
                return error.description
            }
        }
        #expect(problem("trakt.auth", "http://127.0.0.1:9") == "replaced")
        #expect(
            problem("trakt.auht", "http://127.0.0.1:9")
                == "no provider has a host named 'trakt.auht'; did you mean 'trakt.auth'?")
        let bad = "the address for 'trakt.api' must be https, or http to this machine, without a query: "
        for url in ["http://10.0.0.1", "ftp://x", "https://x/?a", "https://x/../y", ""] {
            #expect(problem("trakt.api", url) == bad + "'\(url)'")
        }
    }
}
