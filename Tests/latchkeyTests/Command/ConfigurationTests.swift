import Files
import TestSupport
import Testing

/// Options from the environment and from latchkey.json5.
@Suite(.timeLimit(.minutes(1)))
struct ConfigurationTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// Builds, and tells into which folder of the temporary one.
    private func built(_ words: [String], _ variables: [String: String] = [:]) async throws -> String {
        let before = try Files.names(in: folder.path)
        let run = try await Command.latchkey(["build", "--site", folder.path] + words, variables: variables)
        #expect(run.code == 0, "\(run)")
        let made = try Files.names(in: folder.path).filter { !before.contains($0) }
        for name in made { try Files.remove(folder(name)) }
        return made.joined(separator: " ")
    }

    @Test func `the command line wins over the environment, and that over the file`() async throws {
        try folder.write(#"{ /* where */ output: "\#(folder("from-file"))" }"#, to: "latchkey.json5")
        let variables = ["LATCHKEY_OUTPUT": folder("from-environment")]
        #expect(try await built([]) == "from-file")
        #expect(try await built([], variables) == "from-environment")
        #expect(try await built(["--output", folder("from-words")], variables) == "from-words")
        try folder.write(#"{ output: "\#(folder("from-named-file"))" }"#, to: "other.json5")
        #expect(try await built(["--config", folder("other.json5")]) == "from-named-file")
        #expect(try await built([], ["LATCHKEY_CONFIG": folder("other.json5")]) == "from-named-file")
    }

    @Test func `the server is configured by the environment alone`() async throws {
        let running = try await RunningLatchkey(
            ["serve"],
            environment: [
                "LATCHKEY_SITE": folder("site"), "LATCHKEY_DATA": folder("data"), "LATCHKEY_LISTEN": "127.0.0.1:0",
                "LATCHKEY_PUBLIC_URL": "https://latchkey.example/settings", "LATCHKEY_LOG_FORMAT": "json",
                "LATCHKEY_ALLOW_HOST": "one.lan,two.lan", "LATCHKEY_KEY": ProcessHandle.sealingKey,
            ])
        #expect(running.url == "https://latchkey.example/settings")
        #expect(await running.process.terminate() == .exited(code: 0))
        #expect(try Files.names(in: folder("data")).contains(".lock"))
    }

    @Test func `a flag in the environment is 1 or 0`() async throws {
        let run = try await Command.latchkey(["serve", "--site", folder.path], variables: ["LATCHKEY_DEMO": "maybe"])
        #expect(run == .refused(2, "LATCHKEY_DEMO is 'maybe'; write 1 or 0"))
    }

    @Test func `all that is wrong with the file is told, with its place`() async throws {
        try folder.write(
            """
            {
              outptu: "x",
              demo: "yes",
              listen: ["127.0.0.1:0", 5],
              log_level: null,
            }

            """, to: "latchkey.json5")
        let run = try await Command.latchkey("serve", "--site", folder.path)
        let file = folder("latchkey.json5")
        #expect(
            run
                == Command(
                    code: 1, output: "",
                    errors: """
                        \(file):2:3: error: 'outptu' is not an option
                        2 |   outptu: "x",
                          |   ^^^^^^
                        help: did you mean 'output'?

                        \(file):3:9: error: 'demo' should be true or false, not a string
                        3 |   demo: "yes",
                          |         ^^^^^

                        \(file):4:11: error: 'listen' should be a string or a list of strings, not a list
                        4 |   listen: ["127.0.0.1:0", 5],
                          |           ^^^^^^^^^^^^^^^^^^

                        \(file):5:14: error: 'log_level' should be a string, not null
                        5 |   log_level: null,
                          |              ^^^^

                        """))
    }

    @Test func `a configuration that is named must be there`() async throws {
        let run = try await Command.latchkey("build", "--site", folder.path, "--config", folder("none.json5"))
        #expect(run == .refused(3, "cannot read '\(folder("none.json5"))': No such file or directory"))
    }

    @Test func `systemd says where the data is kept`() async throws {
        let running = try await RunningLatchkey(
            ["serve", "--site", folder("site"), "--listen", "127.0.0.1:0"],
            environment: [
                "STATE_DIRECTORY": folder("state"), "HOME": "/nonexistent", "LATCHKEY_KEY": ProcessHandle.sealingKey,
            ])
        let line = await running.process.output.line { $0.hasPrefix("Config and tokens") }
        #expect(line == "Config and tokens are kept in \(folder("state"))")
    }

    @Test func `without a home there is a sentence instead of a guess`() async throws {
        let run = try await Command.latchkey("serve", "--site", folder("site"), "--listen", "127.0.0.1:0")
        #expect(run == .refused(2, "there is no HOME, so say with --data where config and tokens are kept"))
    }
}
