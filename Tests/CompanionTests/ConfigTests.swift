import JSON
import Providers
import Simulator
import Testing
import Vault

@testable import Companion

private func unknown(_ key: String) -> String {
    let own = key.hasPrefix("trakt.") ? " (available: trakt.client_id, trakt.client_secret)" : ""
    return "'\(key)' is not a setting\(own)."
}

@Suite(.timeLimit(.minutes(1))) struct ConfigTests {
    let world: World

    init() throws { world = try World() }

    private func store(_ changes: VaultChange...) async throws {
        try await world.vault.apply(changes, owner: "default", account: "default")
    }

    @Test func `secrets are shown as eight dots, and what the catalogue does not know not at all`() async throws {
        try await store(
            .set("trakt", "client_id", to: "abc"), .set("trakt", "client_secret", to: "s3cret"),
            .set("trakt", "by_hand", to: "canary"), .set("trakt", "_pending_device", to: ["device_code": "canary"]),
            .set("plex", "client_identifier", to: "uuid"), .set("nobody", "key", to: "canary"),
            .set("simkl", "client_id", to: ["nested": "canary"]),
            .set("auth", "nobody", "access_token", to: "canary"),
            .set(
                "auth", "trakt",
                to: [
                    "access_token": "canary", "refresh_token": "canary", "expires_at": 1_900_000_000,
                    "account_name": "sean", "problem": "canary", "extras": ["id_token": "canary"], "by_hand": "canary",
                    "scope": ["canary"],
                ]))
        let answer = await world.get("/api/config")
        #expect(
            answer.summary == """
                200 {"plex":{"client_identifier":"uuid"},"trakt":{"client_id":"abc","client_secret":"••••••••"},\
                "auth":{"trakt":{"access_token":"••••••••","refresh_token":"••••••••","account_name":"sean",\
                "expires_at":1900000000}}}
                """)
        #expect(answer.headers["ETag"] == "\"1\"")
        #expect(ConfigSchema.mask.unicodeScalars.map(\.value) == Array(repeating: 0x2022, count: 8))
    }

    @Test func `a partial document changes what it names, and null clears`() async throws {
        try await store(.set("trakt", "client_id", to: "old"), .set("trakt", "client_secret", to: "s"))
        let answer = await world.post("/api/config", ["trakt": ["client_id": "new"], "simkl": ["client_id": "x"]])
        #expect(answer.summary == #"200 {"ok":true}"#)
        #expect(answer.headers["ETag"] == "\"2\"")
        #expect(try await world.stored("trakt") == ["client_id": "new", "client_secret": "s"])
        #expect(
            await world.post("/api/config", ["trakt": ["client_secret": .null], "simkl": ["client_id": ""]]).status
                == 200)
        #expect(try await world.stored("trakt") == ["client_id": "new"])
        #expect(try await world.stored("simkl") == nil)
        #expect(world.lines.all.contains { $0.contains(#"keys="trakt.client_id simkl.client_id" owner=default"#) })
    }

    @Test func `what is handed back as it was shown changes nothing, and writes nothing`() async throws {
        try await store(
            .set("trakt", "client_id", to: "abc"), .set("trakt", "client_secret", to: "s3cret"),
            .set("plex", "client_identifier", to: "uuid"),
            .set("auth", "trakt", to: ["access_token": "t", "expires_at": 1_900_000_000, "method": "device"]))
        let shown = await world.get("/api/config")
        let back = await world.post("/api/config", shown.json)
        #expect(back.summary == #"200 {"ok":true}"#)
        #expect(back.headers["ETag"] == shown.headers["ETag"])
        #expect(try await world.stored("trakt.client_secret") == "s3cret")
        // Clearing what is not there is no change, either.
        #expect(await world.post("/api/config", ["simkl": ["client_id": .null]]).headers["ETag"] == "\"1\"")
    }

    @Test(
        arguments: [
            (
                ["trakt": ["client_idd": "x"]], "trakt.client_idd",
                "'trakt.client_idd' is not a setting (did you mean 'trakt.client_id'?)."
            ),
            (["trakt": ["client_id": 7]], "trakt.client_id", "The Client ID must be text, not a number."),
            (
                ["trakt": ["client_id": ["a": "b"]]], "trakt.client_id.a",
                "'trakt.client_id.a' is not a setting (did you mean 'trakt.client_id'?)."
            ),
            (["trakt": [:]], "trakt", "'trakt' is not a setting (did you mean 'trakt.client_id'?)."),
            (
                ["auth": ["trakt": ["access_token": "x"]]], "auth.trakt.access_token",
                unknown("auth.trakt.access_token")
            ),
            (["auth": ["trakt": ["canary": "••••••••"]]], "auth.trakt.canary", unknown("auth.trakt.canary")),
            (["nobody": ["key": "••••••••"]], "nobody.key", unknown("nobody.key")),
            (
                ["trakt": ["_pending_device": "••••••••"]], "trakt._pending_device",
                unknown("trakt._pending_device")
            ),
            (
                ["plex": ["client_identifier": "x"]], "plex.client_identifier",
                unknown("plex.client_identifier")
            ),
            (
                ["trakt": ["client_id": "a\nb"]], "trakt.client_id",
                "The Client ID has a line break or a control character in it."
            ),
        ] as [(JSON, String, String)])
    func `a wrong value is refused with its key, and nothing is written`(
        body: JSON, key: String, message: String
    ) async throws {
        var whole = body
        whole["simkl"] = ["client_id": "fine"]
        let answer = await world.post("/api/config", whole)
        let expected: JSON = [
            "ok": false, "error": "invalid_config", "message": .string(message), "hint": "Nothing was changed.",
            "fields": [["key": .string(key), "message": .string(message)]],
        ]
        #expect(answer.status == 422)
        #expect(answer.json == expected)
        #expect(await world.get("/api/config").text == "{}")
    }

    @Test func `all that is wrong is told at once`() async {
        let answer = await world.post("/api/config", ["a": 1, "tmdb": ["api_key": "short"]])
        #expect(answer.status == 422)
        #expect(answer.json["message"] == "2 values are not valid.")
        #expect(answer.json["fields"]?.arrayValue?.map { $0["key"] } == ["a", "tmdb.api_key"])
    }

    @Test func `a body that is no object is refused`() async {
        #expect(
            await world.post("/api/config", ["x"]).summary == """
                422 {"ok":false,"error":"not_an_object","message":"The body should be a JSON object with the keys to \
                change."}
                """)
        #expect(await world.post("/api/config").status == 422)
    }

    @Test func `If-Match guards against changes of others`() async throws {
        try await store(.set("trakt", "client_id", to: "a"))
        func change(_ tag: String) async -> World.Answer {
            await world.post("/api/config", ["trakt": ["client_id": "b"]], headers: ["If-Match": tag])
        }
        for tag in ["\"0\"", "\"7\", \"8\"", "W/\"1\"", "1"] {
            #expect(
                await change(tag).summary == """
                    412 {"ok":false,"error":"stale","message":"The config was changed by somebody else meanwhile.",\
                    "hint":"Load it again, then repeat the change."}
                    """)
        }
        #expect(try await world.stored("trakt.client_id") == "a")
        #expect(await change("\"0\", \"1\"").status == 200)
        #expect(
            await world.post("/api/config", ["trakt": ["client_id": "c"]], headers: ["If-Match": "*"]).status == 200)
    }

    @Test func `a disk that takes nothing is said to, without its paths`() async throws {
        try world.breakDisk()
        let answer = await world.post("/api/config", ["trakt": ["client_id": "b"]])
        #expect(
            answer.summary == """
                507 {"ok":false,"error":"not_saved","message":"The state could not be saved.",\
                "hint":"Nothing was changed. Latchkey's log says why; look at the data folder."}
                """)
        #expect(world.lines.all.contains { $0.hasPrefix("warning not_saved reason=") && $0.contains("Is a directory") })
    }

    @Test func `pages hear of a change, each of its own account`() async throws {
        let listener = try await world.listen()
        let other = try await world.listen(account: "alice")
        _ = await world.post("/api/config", ["trakt": ["client_id": "b"]])
        #expect(try await listener.next { event, _ in event == "config" } == ["account": "default", "etag": "\"1\""])
        let status = try await listener.next { $0 == "status" && $1["provider"] == "trakt" }
        #expect(status["configured"] == true)
        _ = await world.post("/api/config?account=alice", ["trakt": ["client_id": "c"]])
        // The first config event that alice hears is her own.
        #expect(try await other.next { event, _ in event == "config" } == ["account": "alice", "etag": "\"1\""])
        #expect(try await world.stored("trakt.client_id", account: "alice") == "c")
    }

    @Test func `accounts stand alone; an account without app keys uses those of the default one`() async throws {
        try await store(
            .set("trakt", "client_id", to: "common"), .set("trakt", "client_secret", to: "secret"),
            .set("auth", "trakt", to: ["access_token": "t", "method": "device"]))
        let alice = await world.get("/api/trakt/status?account=alice").json
        #expect(alice["configured"] == true)
        #expect(alice["connected"] == false)
        #expect(await world.get("/api/config?account=alice").text == "{}")
        #expect(await world.post("/api/trakt/token/reveal?account=alice").status == 409)
        let parts = world.companion.parts
        let trakt = try #require(parts.catalogue["trakt"])
        let id = AccountID(owner: "default", account: "alice")
        #expect(try await parts.values(trakt, id)["client_secret"] == "secret")
        // With one key of its own it has an app of its own: the secret of another app does not fit.
        _ = await world.post("/api/config?account=alice", ["trakt": ["client_id": "own"]])
        #expect(try await parts.values(trakt, id) == ["client_id": "own"])
    }
}

/// What one writer saves, another one does not erase.
@Suite(.timeLimit(.minutes(1))) struct LostUpdateTests {
    @Test func `a save while a provider is asked for tokens erases nothing, and is not erased by them`() async throws {
        let world = try await World.ready()
        #expect(await world.post("/api/trakt/pin/new", ["method": "device"]).status == 200)
        world.simulator.add(Fault(.hold, endpoint: "POST /oauth/device/token"), to: .trakt)
        world.simulator.approve(.trakt)
        await world.simulator.waitForRequests(1, to: "POST /oauth/device/token", of: .trakt)
        #expect(await world.post("/api/config", ["trakt": ["client_secret": "saved"], "plex": [:]]).status != 500)
        #expect(await world.post("/api/config", ["trakt": ["client_secret": "saved"]]).status == 200)
        world.simulator.clearFaults(.trakt)
        try await world.connected("trakt")
        #expect(try await world.stored("trakt.client_secret") == "saved")
        #expect(try await world.tokens()[0] == .string(world.simulator.accessTokens(.trakt)[0]))
    }

    @Test func `tokens that are renewed while the config is saved a hundred times are kept, and so is each save`()
        async throws
    {
        let world = try await World.ready()
        try await world.linkTrakt()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<100 {
                group.addTask {
                    await world.post(
                        "/api/config?account=a\(number % 5)", ["trakt": ["client_secret": .string("s\(number)")]]
                    )
                    .status
                }
            }
            for _ in 0..<5 { group.addTask { await world.post("/api/trakt/refresh").status } }
            for try await status in group { #expect(status == 200) }
        }
        #expect(try await world.tokens()[1]?.stringValue == world.simulator.refreshTokens(.trakt)[0])
        for number in 0..<5 {
            #expect(try await world.stored("trakt.client_secret", account: "a\(number)") != nil)
        }
        #expect(try await world.stored("trakt.client_id") == "app")
    }
}
