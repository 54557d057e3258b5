import Files
import Glibc
import HTTP
import JSON
import TestSupport
import Testing

/// `api/config` over the socket.
@Suite(.timeLimit(.minutes(1)))
struct ConfigTests {
    let world: World
    private let mask = "••••••••"

    init() async throws {
        world = try await World()
        let keys: JSON = ["trakt": ["client_id": "an-id", "client_secret": "s3cret-canary"]]
        let answer = try await world.post("/api/config", keys)
        #expect(answer.summary == #"200 {"ok":true}"#)
    }

    private var file: [UInt8] { get throws { try Files.read(world.folder("data/default.json")) } }

    /// The answer to a change that must leave the file as it was, to the byte.
    private func refused(_ body: JSON, ifMatch: String? = nil) async throws -> Answer {
        let before = try file
        let answer = try await world.post("/api/config", body, ifMatch.map { ["If-Match": $0] } ?? [:])
        #expect(try file == before)
        return answer
    }

    @Test func `secrets are shown as a mask, other values as they are, with a tag`() async throws {
        let answer = try await world.get("/api/config")
        #expect(answer.json == ["trakt": ["client_id": "an-id", "client_secret": .string(mask)]])
        #expect(answer.headers["ETag"] == #""1""#)
        #expect(!answer.text.contains("s3cret-canary"))
    }

    @Test func `handing back the mask, or all that was shown, changes nothing`() async throws {
        let before = try file
        let shown = try await world.get("/api/config")
        for body in [shown.json, ["trakt": ["client_secret": .string(mask)]], [:]] {
            let answer = try await world.post("/api/config", body)
            #expect(answer.summary == #"200 {"ok":true}"#)
            #expect(answer.headers["ETag"] == shown.headers["ETag"])
        }
        #expect(try file == before)
    }

    @Test func `what is shown of an account can be handed back, too`() async throws {
        try await world.enterKeys()
        try await world.begin(.trakt)
        world.simulator.approve(.trakt)
        try await world.status(.trakt) { $0["account_name"] != nil }
        let shown = try await world.get("/api/config")
        #expect(shown.json[path: "auth.trakt.access_token"] == .string(mask))
        #expect(shown.json[path: "auth.trakt.refresh_token"] == .string(mask))
        #expect(shown.json[path: "auth.trakt.account_name"] == "demo")
        let before = try file
        #expect(try await world.post("/api/config", shown.json).summary == #"200 {"ok":true}"#)
        #expect(try file == before)
    }

    @Test func `null and an empty text clear a value`() async throws {
        try await world.post("/api/config", ["trakt": ["client_secret": .null]])
        #expect(try await world.get("/api/config").json == ["trakt": ["client_id": "an-id"]])
        try await world.post("/api/config", ["trakt": ["client_id": ""]])
        #expect(try await world.get("/api/config").json == [:])
        #expect(try world.vault == ["version": 1, "_revision": 3])
    }

    @Test func `all that is wrong is told, and nothing is written`() async throws {
        let answer = try await refused(
            [
                "trakt": ["client_id": "other", "client_idd": "x", "client_secret": 7], "trackt": ["client_id": "x"],
                "auth": ["trakt": ["access_token": "forged"]], "_revision": 9, "plex": [:],
            ])
        #expect(answer.status == 422)
        #expect(answer.json["error"] == "invalid_config")
        #expect(answer.json["hint"] == "Nothing was changed.")
        let told = answer.json["fields"]?.arrayValue?.map { "\($0.text("key")): \($0.text("message"))" }
        #expect(
            told == [
                "trakt.client_idd: 'trakt.client_idd' is not a setting (did you mean 'trakt.client_id'?).",
                "trakt.client_secret: The Client Secret must be text, not a number.",
                "trackt.client_id: 'trackt.client_id' is not a setting (did you mean 'trakt.client_id'?).",
                "auth.trakt.access_token: 'auth.trakt.access_token' is not a setting.",
                "_revision: '_revision' is not a setting.", "plex: 'plex' is not a setting.",
            ])
        #expect(answer.json["message"] == "6 values are not valid.")
    }

    @Test func `a value with the wrong form is refused with the provider's own help`() async throws {
        let answer = try await refused(["tmdb": ["api_key": "eyJhbGciOiJIUzI1NiJ9"]])
        #expect(answer.status == 422)
        #expect(
            answer.json["message"]
                == "The API Key of TMDB is 32 letters and digits. The long text that begins with 'eyJ' is the API Read Access Token, which is another thing."
        )
    }

    @Test(arguments: [
        ("[1]", 422, "The body should be a JSON object with the keys to change."),
        ("{\"trakt\":", 400, "The body is not JSON, at line 1, column 10: the text ends where a value should be."),
        ("{\"a\":1,\"a\":2}", 400, "The body is not JSON, at line 1, column 8: the key 'a' comes twice."),
    ]) func `a body that is no object is refused`(body: String, status: Int, sentence: String) async throws {
        let before = try file
        let headers: HeaderFields = ["Origin": try world.origin, "Content-Type": "application/json"]
        let answer = try await world.send("POST", "/api/config", headers, body: Array(body.utf8))
        #expect(answer.status == status)
        #expect(answer.json["message"] == .string(sentence))
        #expect(try file == before)
    }

    @Test func `an old tag is refused, the present one is taken`() async throws {
        let change: JSON = ["trakt": ["client_id": "newer"]]
        let answer = try await refused(change, ifMatch: #""0""#)
        #expect(answer.status == 412)
        #expect(
            answer.json == [
                "ok": false, "error": "stale", "message": "The config was changed by somebody else meanwhile.",
                "hint": "Load it again, then repeat the change.",
            ])
        #expect(try await refused(change, ifMatch: "W/\"1\"").status == 412)
        let taken = try await world.post("/api/config", change, ["If-Match": #""1""#])
        #expect(taken.headers["ETag"] == #""2""#)
        #expect(try await world.get("/api/config").headers["ETag"] == #""2""#)
    }

    @Test func `accounts have keys of their own`() async throws {
        try await world.post("/api/config?account=alice", ["trakt": ["client_id": "of-alice"]])
        #expect(try await world.get("/api/config?account=alice").json == ["trakt": ["client_id": "of-alice"]])
        #expect(try await world.get("/api/config").json[path: "trakt.client_id"] == "an-id")
        #expect(try world.vault[path: "accounts.alice.trakt.client_id"] == "of-alice")
    }

    @Test func `everybody who listens hears of a change`() async throws {
        let feed = try await EventFeed(port: try world.port)
        let tag = try await world.post("/api/config", ["trakt": ["client_id": "newer"]]).headers["ETag"]
        while true {
            let event = try await feed.next()
            guard event.name == "config" else { continue }
            #expect(event.data == ["account": "default", "etag": .string(tag ?? "")])
            return
        }
    }

    @Test func `the file is private to its owner`() throws {
        func mode(_ name: String) -> mode_t? {
            var info = stat()
            return stat(world.folder(name), &info) == 0 ? info.st_mode & 0o777 : nil
        }
        #expect(mode("data/default.json") == 0o600)
        #expect(mode("data") == 0o700)
    }
}
