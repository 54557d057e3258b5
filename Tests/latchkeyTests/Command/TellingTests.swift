import Files
import HTTP
import JSON
import Synchronization
import TestSupport
import Testing

/// What a receiver of webhooks was sent.
private final class Posts: Sendable {
    private let posts = Mutex<[JSON]>([])

    var all: [JSON] { posts.withLock(\.self) }

    func add(_ post: JSON) { posts.withLock { $0.append(post) } }
}

/// Sinks, webhooks and the audit log as they are configured.
@Suite(.timeLimit(.minutes(1))) struct TellingTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func latchkey(_ words: String...) async throws -> Command {
        try await Command.latchkey(words + ["--site", folder.path])
    }

    @Test func `all that is wrong with sinks is told, with its place, by every verb that reads them`() async throws {
        let file = folder("latchkey.json5")
        try folder.write(
            """
            {
              sinks: [
                { provider: "trkt", file: "token", template: "envv", mode: "0777" },
                { provider: "plex", fiel: "/x" },
                { provider: "plex", account: "-", owner: "bob", file: "\(folder("Static/x"))", template: "own.json" },
                5,
              ],
            }

            """, to: "latchkey.json5")
        try folder.write(#"{"t": {{access_token}}}"#, to: "Templates/sinks/own.json.mustache")
        let run = try await latchkey("check")
        #expect(run.code == 1 && run.output == "")
        let told = run.errors.split(separator: "\n").filter { $0.contains(": error: ") }.map(String.init)
        #expect(
            told == [
                "\(file):3:17: error: there is no provider 'trkt'",
                "\(file):3:31: error: 'token' should be the absolute path of a file",
                "\(file):3:50: error: there is no template 'Templates/sinks/envv.mustache'",
                "\(file):3:64: error: 'mode' should be permissions such as \"0600\" or \"0640\"",
                "\(file):4:5: error: the sink has no 'file'",
                "\(file):4:5: error: the sink has no 'template'",
                "\(file):4:25: error: 'fiel' is no member of a sink",
                "\(file):5:34: error: '-' is no name of an account",
                "\(file):5:46: error: 'bob' is no name of an owner",
                "\(file):5:59: error: '\(folder("Static/x"))' lies in '\(Files.resolved(folder("Static")))', which is Latchkey's own",
                "\(file):6:5: error: a sink should be an object, not a number",
                "Templates/sinks/own.json.mustache: error: it makes no JSON when all values are there: line 1, column 7: 'a' is not a value",
            ])
        #expect(run.errors.contains("help: did you mean 'trakt'?") && run.errors.contains("help: did you mean 'env'?"))
        #expect(try await latchkey("serve", "--data", folder("data"), "--listen", "127.0.0.1:0").errors == run.errors)
        let doctor = try await latchkey("doctor", "--data", folder("data"))
        #expect(doctor.code == 1 && doctor.output.contains("\(file):3:31: error: 'token' should be the absolute path"))
        try folder.write("{ sinks: {}, sink: [] }", to: "latchkey.json5")
        let other = try await latchkey("build")
        #expect(other.errors.contains("'sink' is not an option") && other.errors.contains("did you mean 'sinks'?"))
        try folder.write("{ sinks: {} }", to: "latchkey.json5")
        try Files.remove(folder("Templates"))
        #expect(try await latchkey("check").errors.contains(":1:10: error: 'sinks' should be a list, not an object"))
    }

    @Test func `two sinks with one file, and one in the data folder, are refused`() async throws {
        let path = folder("out/token")
        try folder.write(
            """
            { sinks: [
              { provider: "plex", file: "\(path)", template: "env" },
              { provider: "trakt", file: "\(path)", template: "env" },
              { provider: "trakt", file: "\(folder("data/default.json"))", template: "env" },
            ] }
            """, to: "latchkey.json5")
        let run = try await latchkey("serve", "--data", folder("data"), "--listen", "127.0.0.1:0")
        let told = run.errors.split(separator: "\n").filter { $0.contains(": error: ") }
        #expect(run.code == 1 && told.count == 2)
        #expect(told.first?.hasSuffix("latchkey.json5:3:30: error: another sink has the file '\(path)'") == true)
        #expect(told.last?.contains(":4:30: error: '\(folder("data/default.json"))' lies in '") == true)
    }

    @Test func `doctor tells of files that cannot be written, and of those that others can read or replace`()
        async throws
    {
        try Files.makeFolder(folder("open"))
        let chmod = try ProcessHandle("/bin/chmod", ["777", folder("open")])
        #expect(await chmod.waitForEnd() == .exited(code: 0))
        try folder.write(
            """
            { sinks: [
              { provider: "plex", file: "\(folder("open/token"))", template: "env", mode: "0644" },
              { provider: "trakt", file: "\(folder("nowhere/token"))", template: "pytrakt.json" },
            ] }
            """, to: "latchkey.json5")
        let run = try await latchkey("doctor", "--data", folder("data"))
        let lines = run.output.split(separator: "\n").filter { $0.contains(" sinks ") }.map(String.init)
        #expect(
            lines == [
                "warning  sinks          Others can put another file in the place of \(folder("open/token")).",
                "warning  sinks          Every user of this machine can read the token in \(folder("open/token")).",
                "problem  sinks          There is no folder '\(folder("nowhere"))'.",
            ])
    }

    @Test func `audit shows all lines, the newest ones, and what is added`() async throws {
        let line = #"{"time":"2026-11-21T09:00:0%Z","event":"revealed","name":"a\u001b[2J b","client":"::1"}"# + "\n"
        try folder.write(line.replacing("%", with: "0"), to: "data/audit.log.1")
        try folder.write(line.replacing("%", with: "1") + line.replacing("%", with: "2"), to: "data/audit.log")
        let all = try await latchkey("audit", "--data", folder("data"))
        let shown = (0...2).map { #"2026-11-21T09:00:0\#($0)Z revealed client=::1 name="a\u001b[2J b""# + "\n" }
        #expect(all == Command(code: 0, output: shown.joined(), errors: ""))
        let json = try await latchkey("audit", "--data", folder("data"), "--last", "1", "--json")
        #expect(json.output == line.replacing("%", with: "2"))
        let following = try ProcessHandle(
            RunningLatchkey.binary, ["audit", "--follow", "--last", "1", "--data", folder("data")])
        defer { following.kill() }
        // What is added after that is shown, from this file and from the next.
        _ = await following.output.line { $0.contains("09:00:02Z") }
        let log = RotatedFile(folder("data/audit.log"), size: 400, count: 9)
        for number in 3...9 {
            try log.append(Array(line.replacing("%", with: "\(number)").utf8))
            _ = await following.output.line { $0.contains("09:00:0\(number)Z") }
        }
        #expect(following.output.text.split(separator: "\n").count == 8 && following.errors.text.isEmpty)
        let none = try await latchkey("audit", "--data", folder("none"))
        let sentence =
            "there is no audit log '\(folder("none/audit.log"))'; a server makes it, unless it has --audit-files 0"
        #expect(none == .refused(1, sentence))
        #expect(try await latchkey("audit", "--last", "x", "--data", folder("data")).code == 2)
    }

    @Test func `webhooks need a secret, from a file, and an address that may be used`() async throws {
        try folder.write("short\n", to: "short")
        try folder.write("a secret of many bytes\nanother line\n", to: "secret")
        for (words, sentence) in [
            (
                ["--webhook", "https://a.example/"],
                "--webhook needs --webhook-secret-file: with the secret, receivers tell our posts from others'"
            ),
            (["--webhook-secret-file", folder("secret")], "--webhook-secret-file is for --webhook"),
            (
                ["--webhook", "http://a.example/?secret"],
                "--webhook: the address of a.example must begin with https:// (http:// is for this machine only)"
            ),
            (
                ["--webhook", "https://me:secret@a.example/"],
                "--webhook: the address of a.example holds a user name or a password"
            ),
            (
                ["--webhook", "https://a.example/", "--webhook", "https://a.example/"],
                "--webhook names the same address twice"
            ),
            (
                ["--webhook", "https://a.example/", "--webhook-secret-file", folder("short")],
                "--webhook-secret-file '\(folder("short"))' should hold 16 bytes at least on its first line"
            ),
            (["--audit-files", "x"], "--audit-files 'x' should be a number from 0 to 100"),
            (["--audit-size", "1"], "--audit-size '1' should be a size from 4K to 1G, such as 5M"),
        ] {
            let run = try await Command.latchkey(
                ["serve", "--site", folder("site"), "--data", folder("data"), "--listen", "127.0.0.1:0"] + words)
            #expect(run == .refused(2, sentence))
        }
        let run = try await Command.latchkey(
            [
                "serve", "--site", folder("site"), "--data", folder("data"), "--webhook", "https://a.example/",
                "--webhook-secret-file", folder("none"),
            ])
        #expect(run == .refused(3, "--webhook-secret-file: cannot read '\(folder("none"))': No such file or directory"))
    }

    @Test func `after a crash the post that waited is made, and the file that was lost is back`() async throws {
        let isUp = Atomic(false)
        let posts = Posts()
        try await TestServer.run(responder: { request in
            posts.add((try? JSON.parse(request.body)) ?? .null)
            return Response(status: isUp.load(ordering: .relaxed) ? 204 : 503)
        }) { receiver in
            let world = try await World { folder in
                try folder.write("a secret of many bytes\n", to: "secret")
                try folder.write(
                    #"{ sinks: [{ provider: "tmdb", file: "\#(folder("token"))", template: "env" }] }"#,
                    to: "site/latchkey.json5")
                return [
                    "--webhook", "http://127.0.0.1:\(receiver.port)/", "--webhook-secret-file", folder("secret"),
                ]
            }
            try await world.enterKeys()
            try await world.begin(.tmdb)
            world.simulator.approve(.tmdb)
            #expect(try await world.waitForLog("info sink written") != nil)
            // It is in the file when it has failed once.
            while (try? world.folder.text(of: "data/telling/webhooks.json"))?.contains(#""failures":0"#) != false {
                try await Task.sleep(for: .milliseconds(20))
            }
            try await world.kill()
            try Files.remove(world.folder("token"))
            isUp.store(true, ordering: .relaxed)
            try await world.start()
            #expect(try await world.waitForLog("debug webhook delivered") != nil)
            #expect(try await world.waitForLog("info sink written") != nil)
            let token = world.simulator.accessTokens(.tmdb).last ?? "-"
            #expect(try world.folder.text(of: "token").contains("TMDB_ACCESS_TOKEN=\(token)\n"))
            #expect(posts.all.count >= 2 && posts.all.allSatisfy { $0 == posts.all[0] })
            #expect(posts.all[0].text("event") == "linked")
        }
    }

    @Test func `sinks that are added are written after a reload, and no audit log is kept when none is wanted`()
        async throws
    {
        let world = try await World(["--audit-files", "0"])
        try await world.enterKeys()
        try await world.begin(.tmdb)
        world.simulator.approve(.tmdb)
        try await world.status(.tmdb) { $0["account_name"] != nil }
        try world.folder.write(
            #"{ sinks: [{ provider: "tmdb", file: "\#(world.folder("token.json"))", template: "crosswatch.json" }] }"#,
            to: "site/latchkey.json5")
        try world.signal(1)
        #expect(try await world.waitForLog("info sink written") != nil)
        let json = try JSON.parse(Files.read(world.folder("token.json")))
        #expect(json["tmdb"]?["access_token"] == world.simulator.accessTokens(.tmdb).last.map(JSON.string))
        #expect(Files.kind(of: world.folder("data/audit.log")) == nil)
    }
}
