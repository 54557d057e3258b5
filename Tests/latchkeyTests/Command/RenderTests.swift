import TestSupport
import Testing

/// `latchkey render` as a process.
@Suite(.timeLimit(.minutes(1)))
struct RenderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try folder.write("Hello {{name}}, {{>part}}{{x}}\n", to: "a.mustache")
        try folder.write("part of {{name}}.", to: "part.mustache")
        try folder.write(#"{"name": "<Ann's>", "xx": 1}"#, to: "a.json")
    }

    private func render(_ words: String...) async throws -> Command {
        try await Command.latchkey(["render"] + words, folder: folder.path)
    }

    @Test func `an undeclared name is an error with its place and the nearest name`() async throws {
        #expect(
            try await render("a.mustache", "--data", "a.json")
                == Command(
                    code: 1, output: "",
                    errors: """
                        a.mustache:1:28: error: 'x' is not defined here
                        1 | Hello {{name}}, {{>part}}{{x}}
                          |                            ^
                        help: did you mean 'xx'?

                        """))
    }

    @Test func `lenient rendering prints nothing for it, and escapes the rest`() async throws {
        let text = "Hello &lt;Ann&#39;s&gt;, part of &lt;Ann&#39;s&gt;.\n"
        #expect(
            try await render("a.mustache", "--data", "a.json", "--lenient")
                == Command(code: 0, output: text, errors: ""))
    }

    @Test func `partials come from the folder that is named`() async throws {
        try folder.write("another", to: "others/part.mustache")
        let run = try await render("a.mustache", "--data", "a.json", "--partials", "others", "--lenient")
        #expect(run == Command(code: 0, output: "Hello &lt;Ann&#39;s&gt;, another\n", errors: ""))
        #expect(
            try await render("a.mustache", "--partials", "nowhere") == .refused(3, "there is no folder 'nowhere'"))
    }

    @Test func `without data nothing is defined`() async throws {
        let run = try await render("part.mustache")
        #expect(run.code == 1)
        #expect(run.errors.hasPrefix("part.mustache:1:11: error: 'name' is not defined here\n"))
    }

    @Test func `files that are not there or not JSON are named`() async throws {
        #expect(try await render("none") == .refused(3, "cannot read 'none': No such file or directory"))
        #expect(
            try await render("a.mustache", "--data", "none")
                == .refused(3, "cannot read 'none': No such file or directory"))
        try folder.write("{", to: "bad.json")
        let run = try await render("a.mustache", "--data", "bad.json")
        #expect(run.code == 1)
        #expect(
            run.errors == """
                bad.json:1:2: error: expected a key in double quotes, found the end of the text
                1 | {
                  |  ^

                """)
    }
}
