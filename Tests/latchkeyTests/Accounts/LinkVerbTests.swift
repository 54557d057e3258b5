import Files
import Glibc
import JSON
import Simulator
import TestSupport
import Testing

/// `latchkey link`, at a terminal and without one.
@Suite(.timeLimit(.minutes(2))) struct LinkVerbTests {
    private let desk: Desk
    init() throws { desk = try Desk() }

    private static let clientID = Simulator.demoValues["trakt.client_id"] ?? ""

    @Test func `a code is shown with its address, for eyes and for cameras, and the account linked`() async throws {
        let terminal = try desk.sit("link", "trakt")
        #expect(await terminal.wait(for: "Client ID: "))
        terminal.type(Self.clientID)
        #expect(await terminal.wait(for: "Client Secret (optional): "))
        terminal.type("")
        #expect(await terminal.wait(for: "Waiting for your approval, for 10 minutes. Ctrl-C gives up.\n"))
        let code = try #require(desk.simulator.pendingCodes(.trakt).first)
        let auth = try #require(desk.server.hosts["trakt.auth"])
        #expect(terminal.text.contains("Open \(auth)/activate and enter the code\n\n    \(code)\n\n"))
        #expect(terminal.text.contains("The app's redirect URL there is urn:ietf:wg:oauth:2.0:oob\n"))
        #expect(terminal.text.contains("\u{1B}[38;5;16;48;5;231m") && terminal.text.contains("█▀▀▀▀▀█"))
        desk.simulator.approve(.trakt, userCode: code, account: "sean")
        #expect(await terminal.waitForEnd() == .exited(code: 0))
        #expect(terminal.text.hasSuffix("Trakt is connected as sean.\n"))
        let token = try await desk.run("token", "trakt")
        #expect(token.code == 0 && token.errors == "")
        #expect(token.output == "\(desk.simulator.accessTokens(.trakt).joined())\n")
    }

    @Test func `the address that the browser ended on is pasted, and a wrong one asked for again`() async throws {
        try desk.enterKeys()
        let terminal = try desk.sit("link", "simkl", "--method", "redirect", "--account", "alice")
        #expect(await terminal.wait(for: "The address: "))
        #expect(
            terminal.text.contains("The page that it ends on begins with http://127.0.0.1:8787/simkl/oauth-callback/"))
        let lines = terminal.text.split(separator: "\n")
        let url = try #require(lines.first { $0.hasPrefix("http") })
        terminal.type("http://127.0.0.1:8787/simkl/oauth-callback/?code=x&state=y")
        #expect(await terminal.wait(for: "This is not the address to which the browser was sent for this sign-in."))
        terminal.type(try await desk.approve(at: String(url)))
        #expect(await terminal.waitForEnd() == .exited(code: 0))
        #expect(terminal.text.hasSuffix("SIMKL is connected as sean.\n"))
        let status = try JSON.parse(Array(try await desk.run("status", "--json").output.utf8))
        let linked = status["accounts"]?.arrayValue?.filter { $0["state"] == "connected" }
        #expect(linked?.map { "\($0.text("provider")) \($0.text("account"))" } == ["simkl alice"])
    }

    @Test func `an address that is typed anew takes the saved secret of the former one away, and it is said`()
        async throws
    {
        let before: JSON = [
            "version": 1,
            "oidc": ["issuer": "https://a.example", "client_id": "app", "client_secret": "canary-app-secret"],
        ]
        try desk.folder.write(String(decoding: before.encoded(), as: UTF8.self), to: "data/default.json")
        try desk.folder.write(#"{ providers: ["oidc"] }"#, to: "site/latchkey.json5")
        let terminal = try desk.sit("link", "oidc", "--method", "device", "--new-keys")
        let answers = [
            ("Issuer", desk.server.values["oidc.issuer"] ?? ""),
            ("Client ID", desk.server.values["oidc.client_id"] ?? ""),
            ("Client Secret", ""), ("How the secret is sent", ""), ("Scopes", ""), ("Authorization address", ""),
            ("Token address", ""),
            ("Device address", ""), ("Userinfo address", ""), ("Revocation address", ""),
        ]
        for (label, answer) in answers {
            #expect(await terminal.wait(for: label))
            terminal.type(answer)
        }
        #expect(await terminal.wait(for: "The saved Client Secret belonged to another address, and is removed\n"))
        #expect(await terminal.wait(for: "Waiting for your approval"))
        desk.simulator.approve(.oidc, account: "sean")
        #expect(await terminal.waitForEnd() == .exited(code: 0))
        #expect(try !desk.folder.text(of: "data/default.json").contains("client_secret"))
    }

    @Test func `keys that are the credentials are typed unseen, checked, and kept under seal`() async throws {
        let key = Simulator.demoValues["tmdb.api_key"] ?? ""
        let terminal = try desk.sit("link", "tmdb", "--method", "key")
        #expect(await terminal.wait(for: "API Key: "))
        terminal.type(key)
        #expect(await terminal.waitForEnd() == .exited(code: 0))
        #expect(terminal.text.hasSuffix("TMDB is connected.\n"))
        #expect(!key.isEmpty && !terminal.text.contains(key))
        #expect(try await desk.run("token", "tmdb").output == key + "\n")
        #expect(try !desk.folder.text(of: "data/default.json").contains(key))
        let nobody = try await desk.run("link", "tmdb", "--method", "key", "--new-keys")
        #expect(nobody.code == 2 && nobody.errors.hasSuffix("latchkey: there is no API Key on standard input\n"))
    }

    @Test func `a key that is refused is not kept, and one that cannot be checked only if somebody wants that`()
        async throws
    {
        let wrong = try desk.sit("link", "listenbrainz", "--providers", "all")
        #expect(await wrong.wait(for: "User token: "))
        wrong.type("unknown-token")
        #expect(await wrong.waitForEnd() == .exited(code: 1))
        #expect(wrong.text.contains("ListenBrainz does not accept this token."))
        func isKept() throws -> Bool { try desk.folder.text(of: "data/default.json").contains("user_token") }
        #expect(try !(Files.kind(of: desk.folder("data/default.json")) != nil && isKept()))
        desk.simulator.add(Fault(.status(503), times: nil), to: .listenbrainz)
        for answer in ["", "y"] {
            let terminal = try desk.sit("link", "listenbrainz", "--providers", "all")
            #expect(await terminal.wait(for: "User token: "))
            terminal.type("some-token")
            #expect(await terminal.wait(for: "Save without checking? [y/N] "))
            terminal.type(answer)
            #expect(await terminal.waitForEnd() == .exited(code: answer == "y" ? 0 : 1))
        }
        #expect(try isKept())
        #expect(try await desk.run("token", "listenbrainz", "--providers", "all").output == "some-token\n")
        // Where nobody can be asked, nothing is kept unchecked.
        let piped = try await desk.run("link", "listenbrainz", "--new-keys", "--providers", "all")
        #expect(piped.code == 2)
    }

    @Test func `who gives up leaves nothing behind`() async throws {
        try desk.enterKeys()
        let terminal = try desk.sit("link", "trakt")
        #expect(await terminal.wait(for: "Waiting for your approval"))
        #expect(try desk.folder.text(of: "data/default.json").contains("_pending_device"))
        terminal.process.signal(SIGINT)
        #expect(await terminal.waitForEnd() == .exited(code: 130))
        #expect(terminal.text.hasSuffix("latchkey: Connecting Trakt was cancelled.\n"))
        #expect(try !desk.folder.text(of: "data/default.json").contains("_pending_device"))
    }

    @Test func `who gives up instead of pasting leaves nothing behind either`() async throws {
        try desk.enterKeys()
        let terminal = try desk.sit("link", "trakt", "--method", "redirect")
        #expect(await terminal.wait(for: "The address: "))
        #expect(try desk.folder.text(of: "data/default.json").contains("_pending_redirect"))
        terminal.process.signal(SIGINT)
        #expect(await terminal.waitForEnd() == .exited(code: 130))
        #expect(try !desk.folder.text(of: "data/default.json").contains("_pending_redirect"))
    }

    @Test func `what is approved on a page needs no code`() async throws {
        let terminal = try desk.sit("link", "tmdb")
        #expect(await terminal.wait(for: "API Key: "))
        terminal.type(Simulator.demoValues["tmdb.api_key"] ?? "")
        #expect(await terminal.wait(for: "Waiting for your approval"))
        let host = try #require(desk.server.hosts["tmdb.web"])
        #expect(terminal.text.contains("Open \(host)/authenticate/"))
        desk.simulator.approve(.tmdb, account: "sean")
        #expect(await terminal.waitForEnd() == .exited(code: 0))
        #expect(terminal.text.hasSuffix("TMDB is connected as sean.\n"))
    }

    @Test func `who is declined is told so, in a script, too`() async throws {
        try desk.enterKeys()
        async let run = desk.run("link", "trakt")
        await desk.simulator.waitForRequests(1, to: "POST /oauth/device/token", of: .trakt)
        desk.simulator.deny(.trakt)
        let declined = try await run
        #expect(declined.code == 1)
        #expect(declined.errors.hasPrefix("latchkey: The request was declined at Trakt."))
        #expect(!declined.output.contains("█"))
    }

    @Test func `a server that runs knows of it at once, and its keys are used`() async throws {
        let world = try await World()
        try await world.enterKeys()
        let desk = Desk(beside: world)
        try await desk.linkTrakt()
        let status = try await world.status(.trakt, is: "connected")
        #expect(status.text("account_name") == "sean")
        // Two who ask would ask too often.
        #expect(world.simulator.complaints(.trakt) == [])
        let token = try await desk.run("token", "trakt").output.dropLast()
        #expect(try await world.post("/api/trakt/token/reveal").json.text("access_token") == token)
        #expect(try await desk.run("unlink", "trakt").output == "Disconnected, and ended at Trakt.\n")
        try await world.status(.trakt, is: "needs_sign_in")
    }

    @Test(arguments: [
        (["link", "trkt"], "there is no provider 'trkt'; did you mean 'trakt'?"),
        (["link", "trakt", "--method", "key"], "--method 'key': Trakt has device, redirect"),
        (["link", "trakt", "plex"], "link takes one provider"),
        (
            ["token", "trakt", "--account", "../x"],
            "--account: '../x' is not a name: use 1 to 64 letters, digits, '.', '-' and '_', and begin with a letter or digit"
        ),
        (["exec", "trakt"], "exec needs a provider and a command: latchkey exec PROVIDER -- COMMAND …"),
        (["status", "trakt"], "status takes no arguments"),
    ]) func `what is not understood is told`(words: [String], sentence: String) async throws {
        let run = try await Command.latchkey(words + ["--data", desk.folder("data"), "--site", desk.folder("site")])
        #expect(run == .refused(2, sentence))
    }

    @Test(arguments: [
        (["link"], "latchkey: say which provider: "),
        (["token", "netflix"], "latchkey: there is no provider 'netflix'; available: "),
    ]) func `the providers that there are are named`(words: [String], sentence: String) async throws {
        let run = try await Command.latchkey(words + ["--data", desk.folder("data"), "--site", desk.folder("site")])
        #expect(run.code == 2)
        #expect(run.errors.hasPrefix(sentence))
        #expect(run.errors.contains("plex") && run.errors.contains("trakt"))
    }
}
