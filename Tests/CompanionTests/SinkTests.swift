import Files
import Glibc
import JSON
import Providers
import Site
import TestSupport
import Testing

@testable import Companion

/// Files that hold the newest token for other programs.
@Suite(.timeLimit(.minutes(1))) struct SinkTests {
    /// A world with one sink: `out/token` in its folder.
    private static func world(
        _ template: String = "env", prepare: (TemporaryFolder) throws -> Void = { _ in }
    ) throws -> World {
        try World { folder, catalogue in
            try Files.makeFolder(folder("out"))
            try prepare(folder)
            var telling = Telling()
            telling.sinkBook = SinkBook(folder: folder("telling"))
            telling.sinks = [
                Sink(
                    provider: "trakt", owner: "default", account: "default", file: folder("out/token"),
                    template: try SinkTemplateTests.builtIn(template), mode: 0o640,
                    forbidden: [Files.resolved(folder("telling"))])
            ]
            return telling
        }
    }

    /// Has the vault hold a connection.
    private func connect(_ world: World, _ token: String) async throws {
        let auth: JSON = [
            "access_token": .string(token), "refresh_token": "canary-refresh", "method": "device",
            "expires_at": 1_800_000_000,
        ]
        try await world.vault.apply(
            [.set("trakt", "client_id", to: "app"), .set("auth", "trakt", to: auth)], owner: "default",
            account: "default")
    }

    @Test func `the file of a server of one's own goes when another address is entered, and comes back with it`()
        async throws
    {
        let template = try SinkTemplateTests.builtIn("env")
        let world = try World(only: "sonarr") { folder, _ in
            try Files.makeFolder(folder("out"))
            var telling = Telling()
            telling.sinkBook = SinkBook(folder: folder("telling"))
            telling.sinks = [
                Sink(
                    provider: "sonarr", owner: "default", account: "default", file: folder("out/token"),
                    template: template, mode: 0o600, forbidden: [])
            ]
            return telling
        }
        let auth: JSON = [
            "access_token": "canary", "method": "key", "_servers": ["server": "http://127.0.0.1:1"],
        ]
        try await world.vault.apply(
            [.set("sonarr", "server", to: "http://127.0.0.1:1"), .set("auth", "sonarr", to: auth)], owner: "default",
            account: "default")
        try await world.companion.resume()
        await world.lines.wait(for: "info sink written")
        #expect(await world.post("/api/config", ["sonarr": ["server": "http://127.0.0.1:2"]]).status == 200)
        await world.lines.wait(for: "info sink removed")
        #expect(!(try Files.exists(world.folder("out/token"))))
        #expect(await world.post("/api/config", ["sonarr": ["server": "http://127.0.0.1:1"]]).status == 200)
        await world.lines.wait(for: "info sink written", count: 2)
    }

    private func token(_ world: World) -> String { world.simulator.accessTokens(.trakt).last ?? "" }

    @Test func `the file follows the connection: written, written anew, removed`() async throws {
        let world = try Self.world()
        try await world.enter(account: "default")
        try await world.companion.resume()
        try await world.linkTrakt()
        await world.lines.wait(for: "info sink written")
        #expect(try world.folder.text(of: "out/token").contains("\nTRAKT_ACCESS_TOKEN=\(token(world))\n"))
        #expect(try Files.permissions(of: world.folder("out/token")) == 0o640)
        #expect(await world.post("/api/trakt/refresh").status == 200)
        await world.lines.wait(for: "info sink written", count: 2)
        let text = try world.folder.text(of: "out/token")
        #expect(text.contains("TRAKT_ACCESS_TOKEN=\(token(world))\n") && text.contains("TRAKT_CLIENT_ID=app\n"))
        #expect(!world.simulator.refreshTokens(.trakt).contains(where: text.contains))
        // The app keys are part of the file, too.
        #expect(await world.post("/api/config", ["trakt": ["client_id": "other"]]).status == 200)
        await world.lines.wait(for: "info sink written", count: 3)
        #expect(try world.folder.text(of: "out/token").contains("TRAKT_CLIENT_ID=other\n"))
        #expect(await world.post("/api/trakt/disconnect").status == 200)
        await world.lines.wait(for: "info sink removed")
        #expect(try Files.names(in: world.folder("out")).isEmpty)
        await world.companion.stop()
        #expect(!world.lines.all.contains { $0.contains("TRAKT_") })
    }

    @Test func `at the start every file is brought up to date, and one that is ours goes with its connection`()
        async throws
    {
        let world = try Self.world("pytrakt.json")
        try await connect(world, "canary-1")
        try await world.companion.resume()
        await world.lines.wait(for: "info sink written")
        let json = try JSON.parse(Files.read(world.folder("out/token")))
        #expect(
            json == [
                "APPLICATION_ID": .null, "CLIENT_ID": "app", "CLIENT_SECRET": .null, "OAUTH_EXPIRES_AT": 1_800_000_000,
                "OAUTH_REFRESH": .null, "OAUTH_TOKEN": "canary-1",
            ])
        await world.companion.stop()
        // What is as it should be is not written again; the book is read by the next process.
        let book = SinkBook(folder: world.folder("telling"))
        let sink = world.companion.settings.telling.sinks[0]
        let file = SinkFile(sink: sink, book: book, now: 1)
        let bytes = try Files.read(world.folder("out/token"))
        #expect(book[sink.file].isWritten && file.bring(to: .success(bytes)) == .unchanged)
        #expect(file.bring(to: .success(nil)) == .removed)
        #expect(file.bring(to: .success(nil)) == .unchanged)
    }

    @Test func `a file that Latchkey has not written is not taken away`() async throws {
        let world = try Self.world { try $0.write("somebody's", to: "out/token") }
        try await world.companion.resume()
        await world.companion.stop()
        #expect(try world.folder.text(of: "out/token") == "somebody's")
        #expect(world.lines.all.allSatisfy { !$0.contains("sink") })
    }

    @Test func `no link is followed; it is told, kept for the doctor, and tried again`() async throws {
        let world = try Self.world { folder in
            try folder.write("precious", to: "elsewhere")
            #expect(symlink(folder("elsewhere"), folder("out/token")) == 0)
        }
        try await connect(world, "canary-2")
        try await world.companion.resume()
        let path = world.folder("out/token")
        await world.lines.wait(for: "warning sink not written")
        let reason = "'\(path)' is a link, a folder or a device, and no file"
        #expect(world.lines.all.contains { $0.contains(reason) && $0.contains("retry_in=1s") })
        #expect(try world.folder.text(of: "elsewhere") == "precious")
        #expect(SinkBook(folder: world.folder("telling"))[path].problem == reason)
        try Files.remove(path)
        await world.lines.wait(for: "info sink written")
        #expect(try world.folder.text(of: "out/token").contains("canary-2"))
        #expect(SinkBook(folder: world.folder("telling"))[path].problem == nil)
        await world.companion.stop()
    }

    @Test func `what is served and what is Latchkey's own gets no file, also by way of a folder that is a link`() throws
    {
        let world = try Self.world { folder in
            try Files.makeFolder(folder("telling"))
            #expect(symlink(folder("telling"), folder("way")) == 0)
        }
        var sink = world.companion.settings.telling.sinks[0]
        sink.file = world.folder("way/token")
        #expect(
            sink.obstacle
                == "'\(sink.file)' lies in '\(Files.resolved(world.folder("telling")))', which is Latchkey's own")
        sink.file = world.folder("nowhere/token")
        #expect(sink.obstacle == "there is no folder '\(world.folder("nowhere"))'")
    }

    @Test func `a token that could break out of the file is not written`() async throws {
        let world = try Self.world()
        try await connect(world, "canary'; rm -rf /\n")
        try await world.companion.resume()
        await world.lines.wait(for: "warning sink not written")
        let reason = "access_token has a character that is not safe in 'env'; use a template whose name ends in .json"
        #expect(world.lines.all.contains { $0.contains(reason) } && !world.lines.all.contains { $0.contains("canary") })
        #expect(try Files.names(in: world.folder("out")).isEmpty)
        await world.companion.stop()
    }
}

/// Templates of such files, and what they print.
@Suite struct SinkTemplateTests {
    static let catalogue = Result { try SiteSources([]).catalogue() }

    static func builtIn(_ name: String) throws -> SinkTemplate {
        let found = try #require(SiteSources([]).sinkTemplates.first { $0.name == name })
        return try SinkTemplate(name: name, file: found.file.shownPath, bytes: found.file.bytes)
    }

    private func template(_ name: String, _ text: String) throws -> SinkTemplate {
        try SinkTemplate(name: name, file: name + ".mustache", bytes: Array(text.utf8))
    }

    private func values(_ token: String) throws -> SinkValues {
        let provider = try #require(try Self.catalogue.get()["trakt"])
        let key = FlowEngine.Key(provider: "trakt", id: AccountID(owner: "default", account: "kids"))
        return SinkValues(TokenSet(accessToken: token, expiresAt: 1_800_000_000.9), key, provider, entered: [:])
    }

    private func text(_ name: String, _ template: String, _ token: String) throws -> String {
        String(decoding: try self.template(name, template).render(values(token)), as: UTF8.self)
    }

    @Test(arguments: ["env", "pytrakt.json", "crosswatch.json"])
    func `a template that comes with the program fits every provider`(_ name: String) throws {
        let template = try Self.builtIn(name)
        for provider in try Self.catalogue.get().providers { try template.check(provider) }
        // Whoever has the refresh token may use it, and end the connection of all others.
        let provider = try #require(try Self.catalogue.get()["trakt"])
        let key = FlowEngine.Key(provider: "trakt", id: AccountID(owner: "default", account: "default"))
        let tokens = TokenSet(accessToken: "the-token", refreshToken: "canary")
        let made = try template.render(SinkValues(tokens, key, provider, entered: ["client_secret": "canary"]))
        let text = String(decoding: made, as: UTF8.self)
        #expect(text.contains("the-token") && !text.contains("canary"))
    }

    @Test(arguments: ["a\"b", "a\\", "a\nb", "\u{0}\u{1F}", "</x>{{y}}&'", "\",\"x\":\"", "\u{2028}é"])
    func `in JSON a token is text, whatever is in it and whatever the braces`(_ token: String) throws {
        for braces in ["{{access_token}}", "{{{access_token}}}", "{{&access_token}}"] {
            let made = try text("x.json", #"{"t": "\#(braces)", "n": {{expires_at}}}"#, token)
            #expect(try JSON.parse(Array(made.utf8)) == ["t": .string(token), "n": 1_800_000_000])
        }
    }

    @Test(arguments: ["a b", "a\nb", "a\"b", "a'b", "$(x)", "`x`", "a#b", "a;b", "a\\b", "é", "\u{0}0\u{0}"])
    func `elsewhere a token with anything unusual is refused, by its name`(_ token: String) throws {
        let reason = "access_token has a character that is not safe in 'x.env'; use a template whose name ends in .json"
        #expect(throws: SinkProblem(reason)) { try text("x.env", "T={{access_token}}", token) }
        // What the template does not print may be anything.
        #expect(try text("x.env", "A={{account}}\n", token) == "A=kids\n")
    }

    @Test func `tokens of all usual kinds are printed as they are`() throws {
        for token in ["eyJhbGciOiJIUzI1NiJ9.e30.a-b_c", "abc/def+gh==", "9f:8e,@~"] {
            #expect(
                try text("x.yml", "t: '{{{access_token}}}' {{expires_at_iso}}", token)
                    == "t: '\(token)' 2027-01-15T08:00:00Z")
        }
    }

    @Test func `a value outside of quotes is found before there is a token`() throws {
        let provider = try #require(try Self.catalogue.get()["trakt"])
        let unquoted = try template("x.json", #"{"t": {{access_token}}}"#)
        let problem = #expect(throws: (any Error).self) { try unquoted.check(provider) }
        #expect(
            "\(String(describing: problem))".contains(
                "x.json.mustache: error: it makes no JSON when all values are there: line 1, column 7"))
        let sparse = try template("x.json", #"{"t": "{{access_token}}", "n": {{expires_at}}}"#)
        let other = #expect(throws: (any Error).self) { try sparse.check(provider) }
        #expect("\(String(describing: other))".contains("when only the access token is there"))
    }

    @Test func `what is no JSON after all is refused without a word of it`() throws {
        let reason = SinkProblem("'x.json' makes no JSON of these values")
        #expect(throws: reason) { try text("x.json", #"{"t": {{access_token}}}"#, "canary") }
        // Nor can a token that looks like JSON become more than text.
        #expect(throws: reason) { try text("x.json", #"{"t": {{access_token}}}"#, #"1, "x": "y""#) }
    }

    @Test func `a name that there is not is told with its place`() throws {
        let provider = try #require(try Self.catalogue.get()["trakt"])
        for (text, name) in [("{{acces_token}}", "acces_token"), ("{{keys.nothing}}", "nothing")] {
            let template = try template("x.env", text)
            let problem = #expect(throws: (any Error).self) { try template.check(provider) }
            #expect("\(String(describing: problem))".contains("x.env.mustache:1:"), "\(name)")
            #expect("\(String(describing: problem))".contains(name))
        }
    }
}
