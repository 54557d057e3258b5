import Files
import JSON
import TestSupport
import Testing

/// `latchkey apikey`, beside a server and without one.
@Suite(.timeLimit(.minutes(2))) struct ApiKeyCommandTests {
    private func apikey(_ folder: String, _ words: String...) async throws -> Command {
        try await Command.latchkey(["apikey"] + words + ["--data", folder])
    }

    @Test func `a key is printed once, and alone on standard output`() async throws {
        let folder = try TemporaryFolder()
        let data = folder("data")
        let made = try await apikey(data, "new", "kodi", "--allow", "trakt, plex:alice", "--allow", "simkl:*")
        #expect(made.code == 0)
        #expect(made.errors == "This is the key of 'kodi', for trakt, plex:alice, simkl:*. It is shown this once:\n")
        #expect(made.output.wholeMatch(of: /lk_[A-Za-z0-9_-]{43}\n/) != nil)
        let text = made.output.dropLast()
        let list = try await apikey(data, "list")
        let lines = list.output.split(separator: "\n")
        #expect(lines.first == "NAME  ALLOWS                      MADE              LAST USE")
        #expect(
            lines.last?.wholeMatch(of: /kodi  trakt, plex:alice, simkl:\*  \d{4}-\d\d-\d\d \d\d:\d\d  never/) != nil)
        let json = try JSON.parse(Array(try await apikey(data, "list", "--json").output.utf8))
        #expect(
            json[path: "keys.0.allow"] == ["trakt", "plex:alice", "simkl:*"]
                && json[path: "keys.0.last_used_at"] == .null)
        for name in try Files.names(in: data) {
            #expect(try !String(decoding: Files.read(Files.join(data, name)), as: UTF8.self).contains(text), "\(name)")
        }
        let revoked = Command(code: 0, output: "", errors: "The key of 'kodi' is worth nothing from now on.\n")
        #expect(try await apikey(data, "revoke", "kodi") == revoked)
        #expect(try await apikey(data, "revoke", "kodi") == .refused(1, "there is no API key 'kodi'"))
        let none = Command(code: 0, output: "", errors: "There are no API keys: apps get nothing.\n")
        #expect(try await apikey(data, "list") == none)
    }

    @Test(arguments: [
        (["frob"], "say one of: latchkey apikey new NAME | list | revoke NAME"),
        (["new", "kodi"], "say with --allow what the key opens: --allow trakt,plex:alice"),
        (["new", "kodi", "--allow", "trkt"], "--allow: there is no provider 'trkt'; did you mean 'trakt'?"),
        (
            ["new", "kodi", "--allow", "trakt:-x"],
            "--allow 'trakt:-x' should be PROVIDER, PROVIDER:ACCOUNT or PROVIDER:*"
        ),
        (
            ["new", "ko di", "--allow", "trakt"],
            "'ko di' is not a name: use 1 to 64 letters, digits, '.', '-' and '_', and begin with a letter or digit"
        ),
        (
            ["new", "kodi", "--allow", "trakt", "--sign-in", "proxy"],
            "with --sign-in proxy everybody has accounts of their own: say whose with --user NAME"
        ),
    ]) func `what is not understood makes no key`(words: [String], sentence: String) async throws {
        let folder = try TemporaryFolder()
        let run = try await Command.latchkey(["apikey"] + words + ["--data", folder("data")])
        #expect(run == .refused(2, sentence))
        #expect(try Files.names(in: folder.path) == [])
    }

    @Test func `a key of one of several people is theirs`() async throws {
        let folder = try TemporaryFolder()
        _ = try await apikey(folder.path, "new", "kodi", "--allow", "trakt", "--user", "alice", "--sign-in", "proxy")
        _ = try await apikey(
            folder.path, "new", "jelly", "--allow", "trakt", "--user", "42", "--sign-in", "oidc", "--oidc-issuer",
            "https://id.example")
        let keys = try JSON.parse(Array(try await apikey(folder.path, "list", "--json").output.utf8))["keys"]
        // The digests of "alice" and of the issuer, a line break and the subject.
        #expect(keys?[path: "1.owner"] == "u-2bd806c97f0e00af1a1fc3328fa763a9269723c8")
        #expect(keys?[path: "1.user"] == "alice" && keys?[path: "0.user"] == "42")
        #expect(keys?[path: "0.owner"] == "u-8d17518fed1cb78f29609a87860c1945d96465e8")
    }

    @Test func `a server that runs heeds what the command does, and keeps the last use`() async throws {
        let world = try await World()
        let data = world.folder("data")
        #expect(try await world.get("/api/apikeys").json["keys"] == [])
        let made = try await apikey(data, "new", "kodi", "--allow", "trakt")
        #expect(try await world.get("/api/apikeys").json[path: "keys.0.name"] == "kodi")
        #expect(try await world.post("/api/apikeys/revoke", ["name": "kodi"]).status == 200)
        #expect(try await apikey(data, "list").output == "")
        #expect(try !world.everythingSeen.contains(made.output.dropLast()))
    }

    @Test func `a server with a broken file does not start, and the command leaves it alone`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("{}", to: "apikeys.json")
        let sentence =
            "the API keys cannot be read: '\(folder("apikeys.json"))' is not of version 1, the one that this latchkey reads"
        #expect(try await apikey(folder.path, "list") == .refused(3, sentence))
        let serve = try await Command.latchkey(
            "serve", "--listen", "127.0.0.1:0", "--data", folder.path, "--site", folder("site"))
        #expect(serve == .refused(3, sentence))
        #expect(try folder.text(of: "apikeys.json") == "{}")
        let doctor = try await Command.latchkey("doctor", "--data", folder.path, "--site", folder("site"))
        #expect(doctor.code == 1 && doctor.output.contains("The API keys cannot be read: '\(folder("apikeys.json"))'"))
    }

    @Test(arguments: [House.Mode.proxy, .oidc])
    func `nobody sees or revokes the key of another person`(mode: House.Mode) async throws {
        let house = try await House(mode)
        let parts = house.identifier("bob").split(separator: "\n").map(String.init)
        let known = mode == .proxy ? ["--sign-in", "proxy"] : ["--sign-in", "oidc", "--oidc-issuer", parts[0]]
        let made = try await Command.latchkey(
            ["apikey", "new", "kodi", "--allow", "trakt", "--user", parts.last ?? ""] + known
                + ["--data", house.world.folder("data")])
        #expect(made.code == 0)
        let (alice, bob) = (try await house.fields("alice"), try await house.fields("bob"))
        #expect(try await house.world.get("/api/apikeys", alice).json["keys"] == [])
        let refused = try await house.world.post("/api/apikeys/revoke", ["name": "kodi"], alice)
        #expect(refused.status == 404 && refused.json["error"] == "unknown_key")
        #expect(try await house.world.get("/api/apikeys", bob).json[path: "keys.0.name"] == "kodi")
        #expect(try await house.world.post("/api/apikeys/revoke", ["name": "kodi"], bob).status == 200)
        #expect(try await house.world.get("/api/apikeys", bob).json["keys"] == [])
    }
}
