import Files
import Glibc
import HTTP
import JSON
import Simulator
import Synchronization
import TestSupport
import Testing

/// `latchkey status`, `token`, `exec` and `unlink`.
@Suite(.timeLimit(.minutes(2))) struct AccountVerbTests {
    private let desk: Desk

    init() async throws {
        desk = try Desk()
        try desk.enterKeys()
    }

    /// A site that shows four providers.
    private let four = ["LATCHKEY_PROVIDERS": "plex,simkl,tmdb,trakt"]

    @Test func `all accounts are listed, with what needs somebody`() async throws {
        try await desk.linkTrakt()
        let run = try await desk.run("status", variables: four)
        let lines = run.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(run.code == 0 && run.errors == "")
        #expect(lines[0] == "PROVIDER  ACCOUNT  STATE          NAME  EXPIRES")
        #expect(lines[1] == "plex      default  needs_sign_in")
        #expect(lines[3] == "tmdb      default  not_set_up")
        #expect(lines[4].wholeMatch(of: /trakt     default  connected      sean  \d{4}-\d\d-\d\d \d\d:\d\d/) != nil)
        let json = try JSON.parse(Array(try await desk.run("status", "--json", variables: four).output.utf8))
        let trakt = json[path: "accounts.3"]
        #expect(trakt?["state"] == "connected" && trakt?["account_name"] == "sean" && trakt?["owner"] == "default")
        #expect((trakt?["expires_at"]?.intValue ?? 0) > (trakt?["linked_at"]?.intValue ?? .max))
        for secret in desk.simulator.accessTokens(.trakt) + desk.simulator.refreshTokens(.trakt) {
            #expect(!"\(json)\(run.output)".contains(secret))
        }
    }

    @Test func `people are told apart by their names`() async throws {
        let alice = "u-2bd806c97f0e00af1a1fc3328fa763a9269723c8"
        try desk.folder.write(
            "{\"version\":1,\"_owner\":\"alice\",\"plex\":{\"client_identifier\":\"x\"}}", to: "data/\(alice).json")
        let all = try await desk.run("status", variables: four)
        #expect(all.output.contains("plex      default  needs_sign_in                 alice\n"))
        let run = try await desk.run("status", "--json", "--user", "alice", variables: four)
        let hers = try JSON.parse(Array(run.output.utf8))
        #expect(hers["accounts"]?.arrayValue?.map { $0.text("owner") } == Array(repeating: alice, count: 4))
    }

    @Test func `what is not linked has no token`() async throws {
        let run = try await desk.run("token", "trakt")
        #expect(
            run == .refused(1, "Trakt is not connected. Connect it with 'latchkey link trakt', or on the page."))
        #expect(try await desk.run("unlink", "trakt").output == "Trakt was not connected.\n")
    }

    @Test func `a command gets the token in its environment, nothing in its arguments, and no key of ours`()
        async throws
    {
        try await desk.linkTrakt()
        let run = try await desk.run(
            "exec", "trakt", "--", "/bin/sh", "-c", "env; echo \"$0 $*\"; tr '\\0' ' ' < /proc/$$/cmdline", "--help")
        let token = desk.simulator.accessTokens(.trakt).joined()
        #expect(run.code == 0 && run.errors == "")
        let lines = run.output.split(separator: "\n")
        #expect(lines.contains("TRAKT_ACCESS_TOKEN=\(token)"))
        #expect(lines.contains("TRAKT_CLIENT_ID=\(Simulator.demoValues["trakt.client_id"] ?? "")"))
        #expect(lines.contains { $0.wholeMatch(of: /TRAKT_EXPIRES_AT=\d{10}/) != nil })
        #expect(!run.output.contains("LATCHKEY_KEY") && lines.contains("--help "))
        #expect(lines.count { $0.contains(token) } == 1)
    }

    @Test func `the exit code and signals are the command's own, and nothing of ours is left open`() async throws {
        try await desk.linkTrakt()
        #expect(try await desk.run("exec", "trakt", "--", "/bin/sh", "-c", "exit 42").code == 42)
        #expect(
            try await desk.run("exec", "trakt", "--", "no-such-command")
                == Command(
                    code: 127, output: "",
                    errors: "latchkey: cannot run 'no-such-command': No such file or directory\n"))
        // Killed by a signal that this program ignores, and by one that its threads do not hear.
        for signal in ["PIPE", "TERM"] {
            let run = try await desk.run("exec", "trakt", "--", "/bin/sh", "-c", "kill -\(signal) $$; exit 1")
            #expect(run.code == nil, "\(signal)")
        }
        let run = try await desk.run("exec", "trakt", "--", "/bin/sh", "-c", "ls /proc/$$/fd")
        let plain = try ProcessHandle("/bin/sh", ["-c", "ls /proc/$$/fd"])
        #expect(await plain.waitForEnd() == .exited(code: 0))
        #expect(run.output == plain.output.text)
    }

    @Test func `a token that has ended is fresh when it is printed, by one refresh for all who ask at once`()
        async throws
    {
        try await desk.linkTrakt()
        var stored = try JSON.parse(Array(try desk.folder.text(of: "data/default.json").utf8))
        var auth = try #require(stored[path: "auth.trakt"])
        auth["expires_at"] = .int((auth["linked_at"]?.intValue ?? 0) - 1)
        stored["auth"] = ["trakt": auth]
        try desk.folder.write(String(decoding: stored.encoded(), as: UTF8.self), to: "data/default.json")
        let first = desk.simulator.accessTokens(.trakt)
        let runs = try await withThrowingTaskGroup { group in
            for _ in 1...5 { group.addTask { try await desk.run("token", "trakt") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let fresh = desk.simulator.accessTokens(.trakt).joined()
        #expect(runs == Array(repeating: Command(code: 0, output: fresh + "\n", errors: ""), count: 5))
        #expect(!first.contains(fresh) && desk.simulator.counts(.trakt)["POST /oauth/token"] == 1)
        let whole = try JSON.parse(Array(try await desk.run("token", "trakt", "--json").output.utf8))
        #expect(whole.text("access_token") == fresh && whole.text("headers.Authorization") == "Bearer \(fresh)")
    }

    @Test func `Ctrl-C during a refresh loses no token`() async throws {
        try await desk.linkTrakt()
        let text = try desk.folder.text(of: "data/default.json")
        let end = try #require(text.split(separator: "\"expires_at\": ").last?.prefix { $0.isNumber })
        try desk.folder.write(
            text.replacing("\"expires_at\": \(end)", with: "\"expires_at\": 1"), to: "data/default.json")
        desk.simulator.add(Fault(.hold, endpoint: "POST /oauth/token"), to: .trakt)
        let process = try desk.start("token", "trakt")
        await desk.simulator.waitForRequests(1, to: "POST /oauth/token", of: .trakt)
        process.signal(SIGINT)
        desk.simulator.release(.trakt)
        #expect(await process.waitForEnd() == .killed(signal: Int(SIGINT)))
        let run = try await desk.run("token", "trakt")
        #expect(run.code == 0 && desk.simulator.accessTokens(.trakt).contains(String(run.output.dropLast())))
        #expect(desk.simulator.counts(.trakt)["POST /oauth/token"] == 1)
    }

    @Test func `who did what is written down, and files of sinks follow, without a server`() async throws {
        try desk.folder.write(
            "{ sinks: [{ provider: 'trakt', file: '\(desk.folder("trakt.env"))', template: 'env' }] }",
            to: "site/latchkey.json5")
        try await desk.linkTrakt()
        let token = desk.simulator.accessTokens(.trakt).joined()
        #expect(try desk.folder.text(of: "trakt.env").contains(token))
        _ = try await desk.run("token", "trakt")
        _ = try await desk.run("unlink", "trakt")
        _ = try await desk.run("apikey", "new", "kodi", "--allow", "trakt")
        _ = try await desk.run("apikey", "revoke", "kodi")
        let log = try desk.folder.text(of: "data/audit.log")
        let events = try log.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
        #expect(
            events.map { "\($0.text("event")) \($0.text("by"))" } == [
                "connect_asked latchkey link", "linked ", "revealed latchkey token",
                "disconnect_asked latchkey unlink", "unlinked ", "api_key_made latchkey apikey",
                "api_key_revoked latchkey apikey",
            ])
        #expect(!log.contains(token) && !log.contains("lk_"))
    }

    @Test func `webhooks hear of what a command did before it ends, beside a server and without one`() async throws {
        let posts = Mutex<[String]>([])
        try desk.folder.write("a secret of many bytes\n", to: "secret")
        try await TestServer.run(responder: { request in
            let json = (try? JSON.parse(request.body)) ?? .null
            posts.withLock { $0.append(json.text("event")) }
            return .text(204, "")
        }) { receiver in
            try desk.folder.write(
                """
                { webhook: 'http://127.0.0.1:\(receiver.port)/', webhook_secret_file: '\(desk.folder("secret"))' }
                """, to: "site/latchkey.json5")
            try await desk.linkTrakt()
            #expect(posts.withLock(\.self) == ["linked"])
            // A server keeps the queue, and this process has none on the disk.
            let data = ["--data", desk.folder("data"), "--site", desk.folder("site"), "--listen", "127.0.0.1:0"]
            let server = try await RunningLatchkey(["serve"] + data, folder: "/")
            #expect(try await desk.run("unlink", "trakt").code == 0)
            #expect(posts.withLock(\.self) == ["linked", "unlinked"])
            server.process.kill()
        }
    }
}
