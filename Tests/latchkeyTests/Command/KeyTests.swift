import Files
import HTTP
import TestSupport
import Testing

/// The key that seals tokens, as whoever runs Latchkey meets it.
@Suite(.timeLimit(.minutes(1))) struct KeyTests {
    private let folder: TemporaryFolder
    private let home: [String: String]

    init() throws {
        folder = try TemporaryFolder()
        home = ["HOME": folder("home"), "LATCHKEY_KEY": ""]
    }

    private var words: [String] {
        ["serve", "--site", folder("site"), "--data", folder("data"), "--listen", "127.0.0.1:0"]
    }

    private func key(_ words: String..., variables: [String: String] = [:]) async throws -> Command {
        try await Command.latchkey(["key"] + words, variables: home.merging(variables) { $1 })
    }

    private func serve(_ more: [String] = []) async throws -> RunningLatchkey {
        try await RunningLatchkey(words + more, environment: ["HOME": folder("home")])
    }

    /// Saves an app secret in a server that runs.
    private func save(_ secret: String, _ running: RunningLatchkey) async throws {
        let answer = try await Client(userAgent: "tests").send(
            ClientRequest(
                method: "POST", url: running.url + "/api/config",
                headers: ["Origin": running.url, "Content-Type": "application/json"],
                body: Array(#"{"trakt": {"client_secret": "\#(secret)"}}"#.utf8)))
        #expect(answer.status == 200)
    }

    private func stored() throws -> String { try folder.text(of: "data/default.json") }

    @Test func `the first start makes a key away from the data, and says where`() async throws {
        let running = try await serve()
        let path = folder("home/.config/latchkey/key")
        let said = await running.process.output.line { $0.hasPrefix("Made a key") }
        #expect(said == "Made a key that seals tokens: \(path). Keep a copy of it, away from the data")
        try await save("canary-secret", running)
        #expect(await running.process.terminate() == .exited(code: 0))
        #expect(try Files.permissions(of: path) == 0o600)
        #expect(try !stored().contains("canary"))
        let again = try await serve()
        #expect(await again.process.terminate() == .exited(code: 0))
        #expect(!again.process.output.text.contains("Made a key"))
    }

    @Test func `a key that is missing stops with a sentence, and none is made in its place`() async throws {
        let running = try await serve()
        try await save("canary-secret", running)
        #expect(await running.process.terminate() == .exited(code: 0))
        let path = folder("home/.config/latchkey/key")
        try Files.move(path, to: folder("kept"))
        let before = try stored()
        let refused = try await Command.latchkey(words, variables: home)
        #expect(
            refused
                == .refused(
                    3,
                    "what is in '\(folder("data"))' is sealed, and its key is not at '\(path)': put it back, or name it with --key-file"
                ))
        #expect(Files.kind(of: path) == nil)
        let wrong = try await Command.latchkey(
            words, variables: home.merging(["LATCHKEY_KEY": ProcessHandle.sealingKey]) { $1 })
        #expect(wrong.code == 3)
        #expect(wrong.errors.hasSuffix(", which is not there: give it with --key-file or LATCHKEY_KEY\n"))
        #expect(try stored() == before)
        try Files.move(folder("kept"), to: path)
        #expect(await (try serve()).process.terminate() == .exited(code: 0))
    }

    @Test func `the key never lies beside the data unless that is asked for`() async throws {
        let data = folder("home/.config/latchkey")
        let words = ["serve", "--site", folder("site"), "--data", data, "--listen", "127.0.0.1:0"]
        #expect(
            try await Command.latchkey(words, variables: home)
                == .refused(
                    2,
                    "the key would lie beside the data in '\(data)': say with --key-file where it shall be"))
        #expect(try await key("new", "--key-file", "\(data)/key").code == 0)
        let running = try await RunningLatchkey(
            words + ["--key-file", "\(data)/key"], environment: ["HOME": folder("home")])
        #expect(await running.process.terminate() == .exited(code: 0))
    }

    @Test func `a key comes from systemd's credential, too`() async throws {
        let credentials = folder("credentials")
        #expect(try await key("new", "--key-file", "\(credentials)/latchkey.key").code == 0)
        let running = try await RunningLatchkey(words, environment: ["CREDENTIALS_DIRECTORY": credentials])
        try await save("canary-secret", running)
        #expect(await running.process.terminate() == .exited(code: 0))
        #expect(try !stored().contains("canary"))
    }

    @Test func `a new key is private, and never takes the place of another`() async throws {
        let path = folder("home/.config/latchkey/key")
        let made = try await key("new")
        #expect(
            made.output
                == "Made a key: \(path)\nKeep a copy of it, away from the data: without it the tokens cannot be read.\n"
        )
        #expect(try Files.permissions(of: path) == 0o600)
        #expect(
            try await key("new")
                == .refused(
                    1,
                    "there is a key at '\(path)' already; 'latchkey key rotate' makes a new one and seals everything with it"
                ))
    }

    @Test func `a key that is printed is on standard output alone`() async throws {
        let printed = try await key("new", "--print")
        #expect(printed.code == 0 && printed.errors.isEmpty && printed.output.utf8.count == 44)
        #expect(Files.kind(of: folder("home")) == nil)
    }

    @Test(arguments: [
        ([], "say what to do: latchkey key new, or latchkey key rotate"),
        (["new", "--forget-older"], "--forget-older is for 'latchkey key rotate'"),
        (["rotate", "--print"], "--print is for 'latchkey key new'"),
    ]) func `what makes no sense is refused`(words: [String], sentence: String) async throws {
        #expect(try await Command.latchkey(["key"] + words, variables: home) == .refused(2, sentence))
    }

    @Test(arguments: [
        ("not a key", "LATCHKEY_KEY should be a key of 43 letters and digits, as 'latchkey key new --print' prints it")
    ]) func `a key in the environment that is none is refused without showing it`(text: String, sentence: String)
        async throws
    {
        #expect(try await Command.latchkey(words, variables: ["LATCHKEY_KEY": text]) == .refused(3, sentence))
    }

    @Test func `a key is rotated while the server runs, and killed runs leave everything readable`() async throws {
        let running = try await serve()
        try await save("first", running)
        let before = try stored()
        for delay in 0..<8 {
            let process = try ProcessHandle(
                RunningLatchkey.binary, ["key", "rotate", "--site", folder("site"), "--data", folder("data")],
                environment: ["HOME": folder("home")])
            // Somewhere on its way: the later the round, the further it has come.
            _ = await process.waitForEnd(within: .milliseconds(delay * 6))
            process.kill()
            _ = await process.waitForEnd()
        }
        let rotated = try await key("rotate", "--site", folder("site"), "--data", folder("data"), "--forget-older")
        #expect(rotated.code == 0, "\(rotated.errors)")
        try await save("second", running)
        #expect(await running.process.terminate() == .exited(code: 0))
        let id = try #require(before.split(separator: ":").first { $0.utf8.count == 16 })
        #expect(try !stored().contains(id))
        let next = try await serve()
        #expect(await next.process.terminate() == .exited(code: 0))
    }

    @Test func `of keys that are rotated by several at once none is lost`() async throws {
        let running = try await serve()
        try await save("canary", running)
        for _ in 0..<3 {
            let codes = try await withThrowingTaskGroup(of: Int?.self) { group in
                for _ in 0..<3 {
                    group.addTask { try await key("rotate", "--site", folder("site"), "--data", folder("data")).code }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes == [0, 0, 0])
        }
        try await save("again", running)
        #expect(await running.process.terminate() == .exited(code: 0))
        #expect(await (try serve()).process.terminate() == .exited(code: 0))
    }

    // MARK: Backups

    private func backup(_ verb: String, _ words: String..., data: String, phrase: String = "a long passphrase")
        async throws -> Command
    {
        try folder.write(phrase + "\n", to: "phrase")
        return try await Command.latchkey(
            [verb] + words + ["--passphrase-file", folder("phrase"), "--site", folder("site"), "--data", data],
            variables: home)
    }

    @Test func `what was backed up is restored on another machine, and nothing is overwritten unasked`() async throws {
        let running = try await serve()
        try await save("canary-secret", running)
        let (data, file, other) = (folder("data"), folder("backup"), folder("other"))
        let saved = try await backup("backup", file, data: data)
        #expect(saved.output.hasPrefix("Saved 1 document"), "\(saved)")
        #expect(try Files.permissions(of: file) == 0o600)
        #expect(
            try await backup("backup", file, data: data)
                == .refused(1, "'\(file)' is there already: --replace overwrites it"))
        #expect(
            try await backup("restore", file, data: data)
                == .refused(1, "'\(data)' is not empty: --replace overwrites what the backup has, too"))
        #expect(
            try await backup("restore", file, "--replace", data: data)
                == .refused(3, "a server uses '\(data)': stop it first"))
        #expect(await running.process.terminate() == .exited(code: 0))
        #expect(
            try await backup("restore", file, data: other, phrase: "another passphrase")
                == .refused(3, "the saved state cannot be read: the passphrase is wrong, or the backup is damaged"))
        // Another machine has another key.
        try Files.remove(folder("home/.config"))
        let restored = try await backup("restore", file, data: other)
        #expect(restored.output.contains("Restored 1 document"), "\(restored)")
        #expect(try !folder.text(of: "other/default.json").contains("canary"))
        let next = try await RunningLatchkey(
            ["serve", "--site", folder("site"), "--data", other, "--listen", "127.0.0.1:0"],
            environment: ["HOME": folder("home")])
        #expect(await next.process.terminate() == .exited(code: 0))
    }

    @Test func `keys of apps that come back with a backup are told`() async throws {
        let (data, file) = (folder("data"), folder("backup"))
        func apikey(_ words: String...) async throws {
            #expect(try await Command.latchkey(["apikey"] + words + ["--data", data]).code == 0)
        }
        try await apikey("new", "kept", "--allow", "trakt")
        try await apikey("new", "gone", "--allow", "trakt")
        #expect(try await backup("backup", file, data: data).code == 0)
        try await apikey("revoke", "gone")
        let restored = try await backup("restore", file, "--replace", data: data)
        #expect(
            restored.output.hasSuffix(
                """
                API keys that work again: gone.
                Revoke what should not: latchkey apikey revoke NAME

                """), "\(restored)")
        let again = try await backup("restore", file, "--replace", data: data)
        #expect(again.code == 0 && !again.output.contains("API keys"))
    }

    @Test func `a short passphrase is refused`() async throws {
        try Files.makeFolder(folder("data"), mode: 0o700)
        #expect(
            try await backup("backup", folder("backup"), data: folder("data"), phrase: "short")
                == .refused(1, "the passphrase needs 12 characters at least"))
    }
}
