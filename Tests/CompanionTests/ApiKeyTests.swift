import Files
import HTTP
import JSON
import TestSupport
import Testing

@testable import Companion

/// The keys of apps: what is kept of them, what they open, and who takes them back.
@Suite(.timeLimit(.minutes(1))) struct ApiKeyTests {
    private let folder: TemporaryFolder
    private let book: ApiKeyBook

    init() throws {
        folder = try TemporaryFolder()
        book = try ApiKeyBook(folder: folder.path)
    }

    private func key(_ name: String = "kodi", _ allow: String = "trakt plex:alice simkl:*", owner: String = "default")
        -> ApiKey
    {
        ApiKey(name: name, owner: owner, grants: allow.split(separator: " ").compactMap { ApiKey.Grant(String($0)) })
    }

    @Test func `a key opens the accounts that it names, and no others`() throws {
        let key = key()
        #expect(key.allows(provider: "trakt", account: "default"))
        #expect(!key.allows(provider: "trakt", account: "alice"))
        #expect(key.allows(provider: "plex", account: "alice"))
        #expect(!key.allows(provider: "plex", account: "default"))
        #expect(key.allows(provider: "simkl", account: "default") && key.allows(provider: "simkl", account: "bob"))
        #expect(!key.allows(provider: "tmdb", account: "default"))
        #expect(key.grants.map(\.description) == ["trakt", "plex:alice", "simkl:*"])
        for text in ["", ":", "trakt:", ":alice", "*", "trakt:a:b", "trakt:-", "tr akt", "trakt:**"] {
            #expect(ApiKey.Grant(text) == nil, "\(text)")
        }
    }

    @Test func `of a key its digest is kept, in a file for its owner alone`() throws {
        let text = try book.make(key())
        #expect(text.wholeMatch(of: /lk_[A-Za-z0-9_-]{43}/) != nil)
        #expect(book.key(presented: text) == key())
        let stored = try folder.text(of: "apikeys.json")
        #expect(!stored.contains(text) && !stored.contains(text.dropFirst(3)))
        #expect(stored.contains("\"digest\""))
        #expect(try Files.permissions(of: folder("apikeys.json")) == 0o600)
        // Another process reads the same.
        #expect(try ApiKeyBook(folder: folder.path).key(presented: text) == key())
    }

    @Test func `what is no key opens nothing`() throws {
        let text = try book.make(key())
        for wrong in [
            "", "lk_", String(text.dropFirst(3)), text + "x", String(text.dropLast()), text.uppercased(),
            "lk_" + String(repeating: "x", count: 5000),
        ] { #expect(book.key(presented: wrong) == nil) }
    }

    @Test func `what another process makes and takes back counts at once`() throws {
        let other = try ApiKeyBook(folder: folder.path)
        #expect(book.list.isEmpty)
        let text = try other.make(key())
        #expect(!book.list.isEmpty && book.key(presented: text)?.name == "kodi")
        try other.revoke("kodi")
        #expect(book.list.isEmpty && book.key(presented: text) == nil)
        #expect(throws: ApiKeyError.noSuchKey("kodi")) { try book.revoke("kodi") }
    }

    @Test func `names are taken once, and keys of others cannot be taken back`() throws {
        let owner = Visitor.owner(ofUser: "alice")
        _ = try book.make(key("kodi", owner: owner), user: "alice")
        #expect(throws: ApiKeyError.nameTaken("kodi")) { _ = try book.make(key()) }
        #expect(throws: ApiKeyError.noSuchKey("kodi")) { try book.revoke("kodi", owner: "default") }
        try book.revoke("kodi", owner: owner)
        #expect(book.list.isEmpty)
    }

    @Test func `many processes make keys at once, and none is lost`() async throws {
        let folder = folder
        let texts = await withTaskGroup(of: String?.self) { group in
            for number in 0..<16 {
                group.addTask {
                    try? await BlockingThread.run {
                        try? ApiKeyBook(folder: folder.path).make(
                            ApiKey(
                                name: "app-\(number)", owner: "default",
                                grants: [ApiKey.Grant("trakt")].compactMap(\.self)))
                    }
                }
            }
            var texts: [String] = []
            for await text in group { if let text { texts.append(text) } }
            return texts
        }
        #expect(texts.count == 16 && Set(texts.compactMap { book.key(presented: $0)?.name }).count == 16)
    }

    @Test func `the last use is known at once, in the file at the end, and lost by no change`() throws {
        let text = try book.make(key())
        #expect(book.list.map(\.lastUsedAt) == [nil])
        _ = book.key(presented: text)
        let used = try #require(book.list.first?.lastUsedAt)
        #expect(used >= (book.list.first?.createdAt ?? .infinity))
        let other = try ApiKeyBook(folder: folder.path)
        #expect(other.list.map(\.lastUsedAt) == [nil])
        _ = try other.make(key("second"))
        #expect(book.list.first { $0.key.name == "kodi" }?.lastUsedAt == used)
        book.save()
        #expect(other.list.first { $0.key.name == "kodi" }?.lastUsedAt == used.rounded(.down))
        // A key that was taken back meanwhile does not come back with the next save.
        _ = book.key(presented: text)
        try other.revoke("kodi")
        book.save()
        #expect(other.list.map(\.key.name) == ["second"])
    }

    @Test func `a file that is broken by hand is told of, refused, and not written over`() throws {
        let text = try book.make(key())
        #expect(!book.list.isEmpty)
        try folder.write("{ \"version\": 1, \"keys\": [", to: "apikeys.json")
        #expect(book.key(presented: text)?.name == "kodi")
        let problem = ApiKeyError.unreadable("'\(folder("apikeys.json"))' is not valid JSON at line 1, column 26")
        #expect(book.problem() == problem)
        #expect(book.problem() == nil)
        #expect(throws: problem) { _ = try ApiKeyBook(folder: folder.path) }
        #expect(throws: problem) { try book.revoke("kodi") }
        #expect(try folder.text(of: "apikeys.json") == "{ \"version\": 1, \"keys\": [")
        for broken in [
            "[]", "{\"version\":2,\"keys\":[]}", "{\"version\":1,\"keys\":[{\"name\":\"x\"}]}",
        ] {
            try folder.write(broken, to: "apikeys.json")
            #expect(throws: ApiKeyError.self) { _ = try ApiKeyBook(folder: folder.path) }
        }
    }

    @Test func `a key is used so often and no more`() throws {
        let book = try ApiKeyBook(folder: folder.path, perMinute: 3)
        let text = try book.make(key())
        let other = try book.make(key("other"))
        for index in 0..<3 { #expect(book.use(text) == .key(key(), isFirstToday: index == 0)) }
        guard case .tooOften(let seconds) = book.use(text) else {
            Issue.record("it was used a fourth time")
            return
        }
        #expect((1...20).contains(seconds))
        #expect(book.key(presented: other)?.name == "other")
    }

    // MARK: Requests

    private func request(_ authorization: String?, client: String = "127.0.0.1") -> Request {
        Request(
            method: "GET", path: "/api/token/trakt", headers: authorization.map { ["Authorization": $0] } ?? [:],
            peer: client)
    }

    @Test func `a request presents its key as a bearer token`() throws {
        let world = try World(apiKeys: true)
        let companion = world.companion
        let text = try #require(try companion.settings.apiKeys?.make(key()))
        for scheme in ["Bearer ", "bearer ", "BEARER  "] {
            #expect(try companion.apiKey(of: request(scheme + text)) == key())
        }
        // Credentials of others are no keys of ours.
        for other in [nil, "", "Basic bGtfOng=", "Bearer", "Bearer eyJhbGciOiJSUzI1NiJ9.e30.x", "Bearer\(text)", text] {
            #expect(try companion.apiKey(of: request(other)) == nil)
        }
        #expect(throws: Problem.unknownApiKey) { try companion.apiKey(of: request("Bearer lk_" + text)) }
        let response = Problem.unknownApiKey.response
        #expect(response.headers["WWW-Authenticate"] == "Bearer realm=\"latchkey\", error=\"invalid_token\"")
        #expect(Problem.noApiKey.response.headers["WWW-Authenticate"] == "Bearer realm=\"latchkey\"")
    }

    @Test func `whoever tries keys must wait, and the log tells of it without the key`() throws {
        let world = try World(apiKeys: true)
        let companion = world.companion
        let text = try #require(try companion.settings.apiKeys?.make(key()))
        for _ in 0..<5 {
            #expect(throws: Problem.unknownApiKey) {
                try companion.apiKey(of: request("Bearer lk_wrong", client: "192.0.2.1"))
            }
        }
        do throws(Problem) {
            _ = try companion.apiKey(of: request("Bearer lk_wrong", client: "192.0.2.1"))
            Issue.record("a sixth attempt was answered")
        } catch {
            #expect(error.status == 429 && error.retryAfter == 1)
        }
        // Others, and right keys of the same client, are none the worse.
        #expect(throws: Problem.unknownApiKey) {
            try companion.apiKey(of: request("Bearer lk_wrong", client: "192.0.2.2"))
        }
        #expect(try companion.apiKey(of: request("Bearer " + text, client: "192.0.2.1"))?.name == "kodi")
        #expect(world.lines.all.contains("warning request refused client=192.0.2.1 reason=wrong_api_key"))
        #expect(!world.lines.all.joined().contains("lk_"))
    }

    @Test func `everybody sees and takes back their own keys alone`() async throws {
        let world = try World(apiKeys: true)
        let book = try #require(world.companion.settings.apiKeys)
        #expect(await world.get("/api/apikeys").summary == "200 {\"ok\":true,\"keys\":[]}")
        let text = try book.make(key())
        _ = try book.make(key("other", owner: Visitor.owner(ofUser: "alice")))
        _ = book.key(presented: text)
        let keys = await world.get("/api/apikeys").json["keys"]?.arrayValue ?? []
        #expect(keys.map { $0["name"] } == ["kodi"])
        #expect(keys.first?["allow"] == ["trakt", "plex:alice", "simkl:*"])
        #expect(keys.first?.objectValue?.keys == ["name", "allow", "created_at", "last_used_at"])
        #expect((keys.first?["last_used_at"]?.intValue ?? 0) >= (keys.first?["created_at"]?.intValue ?? .max))
        #expect(
            await world.post("/api/apikeys/revoke", ["name": "other"]).summary
                == "404 {\"ok\":false,\"error\":\"unknown_key\",\"message\":\"You have no API key 'other'.\",\"hint\":\"Load the page again.\"}"
        )
        #expect(await world.post("/api/apikeys/revoke", [:]).status == 422)
        #expect(await world.post("/api/apikeys/revoke", ["name": "kodi"]).summary == "200 {\"ok\":true}")
        #expect(book.key(presented: text) == nil && book.list.map(\.key.name) == ["other"])
        #expect(world.lines.all.contains("info apikey revoked name=kodi owner=default"))
    }
}

extension ApiKeyBook {
    /// The key that a text is, if it may be used now.
    func key(presented text: String) -> ApiKey? {
        if case .key(let key, _) = use(text) { key } else { nil }
    }
}
