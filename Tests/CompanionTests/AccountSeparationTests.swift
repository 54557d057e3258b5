import JSON
import Simulator
import TestSupport
import Testing
import Vault

@testable import Companion

/// Several accounts with one provider: each stands alone.
@Suite(.timeLimit(.minutes(2))) struct AccountSeparationTests {
    private static func link(_ world: World, _ provider: SimulatedProvider, _ account: String) async throws {
        let name = provider.rawValue
        let answer = await world.post("/api/\(name)/pin/new?account=\(account)", ["method": "device"])
        #expect(answer.status == 200, "\(answer.text)")
        let code = try #require(answer.json["user_code"]?.stringValue)
        #expect(world.simulator.approve(provider, userCode: code, account: account) == 1)
        try await world.status(name, account: account) { $0["account_name"] == .string(account) }
    }

    private static func state(_ world: World, _ provider: String, _ account: String) async -> JSON? {
        await world.get("/api/\(provider)/status?account=\(account)").json["state"]
    }

    // MARK: Identifiers

    /// The simulated Plex ends the token of an identifier when it gives another one for it, as Plex does.
    @Test func `where an identifier has one token each account has its own, over a restart and a restored backup`()
        async throws
    {
        let world = try World(only: "plex")
        for account in ["default", "alice", "bob"] { try await Self.link(world, .plex, account) }
        #expect(world.simulator.accessTokens(.plex).count == 3)
        let before = try await Self.identifiers(world)
        #expect(Set(before).count == 3)
        let backup = try VaultBackup.make(
            folder: world.folder.path, keys: try World.keys(), owners: ["default"], passphrase: "a long passphrase")
        // What happens after the backup is undone by restoring it.
        _ = await world.post("/api/plex/account/remove?account=bob", [:])
        let target = try TemporaryFolder()
        try VaultBackup.restore(
            try VaultBackup.open(backup.bytes, passphrase: "a long passphrase"), folder: target.path,
            keys: try World.keys()
        ) { _ in true }
        let restored = try World(stored: target.text(of: "default.json"), server: world.server, only: "plex")
        try await restored.companion.resume()
        #expect(try await Self.identifiers(restored) == before)
        for account in ["default", "alice", "bob"] {
            #expect(
                try await restored.stored("auth.plex.account_name", account: account)
                    == .string(account == "default" ? "default" : account))
        }
    }

    private static func identifiers(_ world: World) async throws -> [String] {
        var identifiers: [String] = []
        for account in ["default", "alice", "bob"] {
            identifiers.append(
                try #require(try await world.stored("plex.client_identifier", account: account)?.stringValue))
        }
        return identifiers
    }

    @Test func `an account that is made again has a new identifier and nothing of the old one`() async throws {
        let world = try World(only: "plex")
        try await Self.link(world, .plex, "alice")
        let old = try await world.stored("plex.client_identifier", account: "alice")
        let removed = await world.post("/api/plex/account/remove?account=alice", [:])
        #expect(removed.json["revoked"] == true)
        #expect(try await world.stored("plex", account: "alice") == nil)
        #expect(try await world.stored("auth.plex", account: "alice") == nil)
        #expect(await world.get("/api/accounts").json["accounts"] == [])
        let status = await world.get("/api/plex/status?account=alice").json
        #expect(status["state"] == "needs_sign_in")
        #expect(status["account_name"] == nil && status["flow"] == nil)
        try await Self.link(world, .plex, "alice")
        #expect(try await world.stored("plex.client_identifier", account: "alice") != old)
        #expect(world.simulator.accessTokens(.plex).count == 1)
    }

    @Test func `an account that is removed makes room for another one`() async throws {
        let world = try World(only: "plex", accountLimit: 1)
        for account in ["alice", "bob", "alice"] {
            try await Self.link(world, .plex, account)
            #expect(try await world.vault.accounts(owner: "default") == [account])
            #expect(await world.post("/api/plex/pin/new?account=carol").json["error"] == "account_limit")
            #expect(await world.post("/api/plex/account/remove?account=\(account)", [:]).status == 200)
            #expect(try await world.vault.accounts(owner: "default") == [])
        }
    }

    @Test func `the key of an app opens no account that is made under the name of one that was removed`() async throws {
        let world = try World(only: "plex", apiKeys: true)
        let book = try #require(world.companion.settings.apiKeys)
        func make(_ name: String, _ allow: String..., owner: String = "default") throws -> String {
            try book.make(ApiKey(name: name, owner: owner, grants: allow.compactMap(ApiKey.Grant.init)))
        }
        let gone = try make("gone", "plex:alice")
        let bob = Visitor.owner(ofUser: "bob")
        let kept = [
            try make("less", "plex:alice", "plex:bob", "simkl:alice"), try make("all", "plex:*"),
            try make("other", "plex:alice", owner: bob),
        ]
        try await Self.link(world, .plex, "alice")
        #expect(await world.post("/api/plex/account/remove?account=alice", [:]).status == 200)
        #expect(book.key(presented: gone) == nil)
        let grants = kept.map { book.key(presented: $0)?.grants.map(\.description) }
        #expect(grants == [["plex:bob", "simkl:alice"], ["plex:*"], ["plex:alice"]])
        #expect(try ApiKeyBook(folder: world.folder.path).list.map(\.key.name) == ["all", "less", "other"])
    }

    @Test func `a sign-in that was begun before an account was removed brings nothing back`() async throws {
        let world = try World(only: "plex")
        #expect(await world.post("/api/plex/pin/new?account=alice", ["method": "device"]).status == 200)
        _ = await world.post("/api/plex/account/remove?account=alice", [:])
        world.simulator.approve(.plex)
        let next = try await world.restarted(only: "plex")
        #expect(await Self.state(world, "plex", "alice") == "needs_sign_in")
        #expect(await Self.state(next, "plex", "alice") == "needs_sign_in")
        #expect(world.simulator.accessTokens(.plex) == [])
    }

    @Test func `the history of an account that was removed is not that of one made later`() async throws {
        let world = try await World.ready()
        try await Self.link(world, .trakt, "alice")
        world.simulator.watch(.trakt, "movies", count: 20, titles: 5)
        let path = "/trakt/get-stored-movies/?account=alice"
        #expect(await world.post("/trakt/fetch-latest-movies/?account=alice").status == 200)
        for _ in 0..<2000 where await world.get(path).json["total_items"] != 5 {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(await world.get(path).json["total_items"] == 5)
        _ = await world.post("/api/trakt/account/remove?account=alice", [:])
        #expect(await world.get(path).json["total_items"] == 0)
    }

    // MARK: Tokens and app keys

    @Test func `tokens are never those of another account`() async throws {
        let world = try await World.ready()
        try await world.linkTrakt()
        let status = await world.get("/api/trakt/status?account=alice").json
        #expect(status["state"] == "needs_sign_in")
        #expect(status["default_keys"] == true)
        #expect(status["account_name"] == nil)
        for path in ["refresh", "token/reveal"] {
            #expect(await world.post("/api/trakt/\(path)?account=alice").json["error"] == "not_linked")
        }
        let provider = try #require(world.companion.parts.catalogue["trakt"])
        let alice = AccountID(owner: "default", account: "alice")
        await #expect(throws: Problem(409, "not_linked", "Trakt is not connected.", hint: "Connect it first.")) {
            try await world.companion.engine.freshToken(provider, alice)
        }
        #expect(await world.post("/api/trakt/disconnect?account=alice").json["forgotten"] == false)
        #expect(await Self.state(world, "trakt", "default") == "connected")
    }

    @Test func `an account with keys of its own uses none of the default's, and one without says whose it uses`()
        async throws
    {
        let world = try await World.ready()
        let own = await world.post("/api/config?account=alice", ["trakt": ["client_id": "other"]])
        #expect(own.status == 200)
        #expect(await world.get("/api/trakt/status?account=alice").json["default_keys"] == nil)
        #expect(await world.get("/api/trakt/status?account=bob").json["default_keys"] == true)
        // The default's are shown to nobody as their own.
        #expect(await world.get("/api/config?account=bob").json["trakt"] == nil)
    }

    @Test func `when the default's keys are removed the others keep their tokens and say what they need`() async throws
    {
        let world = try await World.ready()
        try await Self.link(world, .trakt, "alice")
        let token = try await world.stored("auth.trakt.access_token", account: "alice")
        #expect(await world.post("/api/config", ["trakt": ["client_id": .null]]).status == 200)
        let status = await world.get("/api/trakt/status?account=alice").json
        #expect(status["configured"] == false && status["default_keys"] == nil)
        let begun = await world.post("/api/trakt/pin/new?account=alice", ["method": "device"])
        #expect(begun.json["error"] == "missing_keys")
        _ = await world.post("/api/trakt/refresh?account=alice")
        #expect(try await world.stored("auth.trakt.access_token", account: "alice") == token)
        // They work again when there are keys again.
        #expect(await world.post("/api/config", ["trakt": ["client_id": "app"]]).status == 200)
        #expect(await world.post("/api/trakt/refresh?account=alice").json["ok"] == true)
    }
}
