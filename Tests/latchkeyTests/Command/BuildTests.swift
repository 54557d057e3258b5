import Files
import TestSupport
import Testing

/// `latchkey build` and `check` as processes.
@Suite(.timeLimit(.minutes(1)))
struct BuildTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func build(_ words: String..., site: String = "site") async throws -> Command {
        try await Command.latchkey(["build", "--site", folder(site)] + words, variables: ["HOME": folder("home")])
    }

    /// All files of a folder with their content.
    private func content(_ name: String) throws -> [String: [UInt8]] {
        let names = try Files.regularFiles(below: folder(name))
        return Dictionary(uniqueKeysWithValues: try names.map { ($0, try Files.read(Files.join(folder(name), $0))) })
    }

    @Test func `two builds are the same to the byte, and the second of one folder changes nothing`() async throws {
        let first = try await build()
        let built = try content("site/Output")
        // The codings lie beside their files.
        let count = built.keys.count { !$0.hasSuffix(".br") && !$0.hasSuffix(".gz") }
        #expect(built["index.html.br"] != nil && built["index.html.gz"] != nil)
        #expect(first == Command(code: 0, output: "Built \(count) files into \(folder("site/Output"))\n", errors: ""))
        let second = try await build()
        let upToDate = "\(folder("site/Output")) is up to date: \(count) files, none changed\n"
        #expect(second == Command(code: 0, output: upToDate, errors: ""))
        #expect(try content("site/Output") == built)
        _ = try await build(site: "elsewhere")
        #expect(try content("elsewhere/Output") == built)
        let marker = "Output/.latchkey-site.json"
        #expect(try folder.text(of: "elsewhere/" + marker) == folder.text(of: "site/" + marker))
        #expect(built["index.html"] != nil)
    }

    @Test func `a check says the same and writes nothing`() async throws {
        let run = try await Command.latchkey("check", "--site", folder("site"))
        #expect(run.code == 0)
        #expect(run.output.hasPrefix("No problems: the site would have "))
        #expect(Files.kind(of: folder("site")) == nil)
    }

    @Test func `a site says which providers it has, and what is no provider is refused`() async throws {
        try folder.write("{ providers: ['tmdb', 'plex'] }", to: "site/latchkey.json5")
        _ = try await build()
        let cards = try folder.text(of: "site/Output/api/auth/providers/html/index.html")
        #expect(cards.split(separator: "id=\"sec-").dropFirst().map { $0.prefix { $0 != "\"" } } == ["tmdb", "plex"])
        try folder.write("{ providers: ['trakd'] }", to: "site/latchkey.json5")
        let refusal = """
            \(folder("site/latchkey.json5")):1:15: error: there is no provider 'trakd'
            1 | { providers: ['trakd'] }
              |               ^^^^^^^
            help: did you mean 'trakt'?

            """
        #expect(try await build() == Command(code: 1, output: "", errors: refusal))
        let words = "providers: error: there is no provider 'plexx'\nhelp: did you mean 'plex'?\n"
        #expect(try await build("--providers", "trakt,plexx") == Command(code: 1, output: "", errors: words))
    }

    @Test func `folders that hold more than the output are refused`() async throws {
        try folder.write("", to: "site/Templates/pages/x.txt.mustache")
        let advice = "choose a folder for the output alone, such as '\(folder("site/Output"))'"
        func refusal(_ path: String, _ reason: String) -> Command {
            .refused(1, "'\(path)' cannot be the output folder\(reason): \(advice)")
        }
        #expect(try await build("--output", "/") == refusal("/", ""))
        #expect(
            try await build("--output", folder("home"))
                == refusal(folder("home"), ", because it holds your home folder"))
        #expect(
            try await build("--output", folder("site"))
                == refusal(folder("site"), ", because it holds the site's files"))
        let templates = folder("site/Templates/pages")
        #expect(
            try await build("--output", templates) == refusal(templates, ", because the site is built from Templates"))
        #expect(try folder.text(of: "site/Templates/pages/x.txt.mustache") == "")
    }

    @Test func `a folder that no build has made is left alone`() async throws {
        try folder.write("mine", to: "site/Output/precious.txt")
        let run = try await build()
        let reason = "is not empty, and no build made it (there is no .latchkey-site.json)"
        #expect(
            run
                == .refused(
                    1, "'\(folder("site/Output"))' \(reason): choose another output folder, or empty this one"))
        #expect(try folder.text(of: "site/Output/precious.txt") == "mine")
    }

    @Test func `all that is wrong with providers and templates is told in one run, with carets`() async throws {
        try folder.write(#"{ lable: "Acme", color: "red" }"#, to: "site/Templates/providers/acme.json5")
        try folder.write("<p>{{#open}}</p>", to: "site/Templates/pages/hello.html.mustache")
        let run = try await build()
        #expect(run.code == 1)
        #expect(run.output == "")
        let lines = run.errors.split(separator: "\n").filter { $0.contains(": error: ") }
        #expect(
            lines == [
                "Templates/pages/hello.html.mustache:1:4: error: {{#open}} is never closed",
                "Templates/providers/acme.json5:1:1: error: a provider needs 'hosts'",
                "Templates/providers/acme.json5:1:1: error: a provider needs 'label'",
                "Templates/providers/acme.json5:1:1: error: a provider needs 'methods'",
                "Templates/providers/acme.json5:1:3: error: 'lable' is not a key of a provider",
                "Templates/providers/acme.json5:1:25: error: 'red' is not a colour",
            ])
        #expect(
            run.errors.contains(
                """
                Templates/providers/acme.json5:1:3: error: 'lable' is not a key of a provider
                1 | { lable: "Acme", color: "red" }
                  |   ^^^^^
                help: did you mean 'label'?

                """))
        #expect(Files.kind(of: folder("site/Output")) == nil)
    }

    @Test func `a name that a template does not have is told with the nearest one`() async throws {
        try folder.write("<p>{{site.titel}}</p>\n", to: "site/Templates/pages/hello.html.mustache")
        #expect(
            try await build()
                == Command(
                    code: 1, output: "",
                    errors: """
                        Templates/pages/hello.html.mustache:1:11: error: 'titel' is not defined in 'site'
                        1 | <p>{{site.titel}}</p>
                          |           ^^^^^
                        help: did you mean 'title'?

                        """))
    }

    @Test func `a file of the site folder takes the place of a built-in one`() async throws {
        try folder.write("body { color: red }", to: "site/Static/assets/latchkey.css")
        try folder.write("<p>{{label}} is mine</p>", to: "site/Templates/partials/card.mustache")
        #expect(try await build().code == 0)
        #expect(try folder.text(of: "site/Output/assets/latchkey.css") == "body { color: red }")
        let page = try folder.text(of: "site/Output/index.html")
        #expect(page.contains("<p>Trakt is mine</p>"))
        #expect(page.contains("<h1>Latchkey</h1>"))
        #expect(!page.contains("sec-trakt"))
    }

    @Test func `the binary works from any folder and needs no file beside it`() async throws {
        try folder.write("", to: "work/marker")
        try Files.makeFolder(folder("bin"))
        try Files.write(try Files.read(RunningLatchkey.binary), to: folder("bin/latchkey"), mode: 0o755)
        let installed = try ProcessHandle(
            folder("bin/latchkey"), ["serve", "--listen", "127.0.0.1:0"], environment: ["HOME": folder("home")],
            folder: folder("work"))
        let line = await installed.output.line { $0.hasPrefix("Config and tokens are kept in") }
        #expect(line == "Config and tokens are kept in \(folder("home/.local/state/latchkey"))")
        #expect(await installed.terminate() == .exited(code: 0))
        #expect(try Files.names(in: folder("work")).sorted() == ["Output", "marker"])
        #expect(try folder.text(of: "work/Output/index.html").contains("<h1>Latchkey</h1>"))
    }
}
