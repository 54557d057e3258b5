import JSON
import Providers
import Simulator
import TestSupport
import Testing
import Vault

@testable import Companion
@testable import HTTP

/// Servers of people's own: addresses, what is at them, passwords that are used once, keys that are checked.
@Suite(.timeLimit(.minutes(2))) struct InstanceTests {
    /// A world in which the address of a simulated server is entered, as a person would.
    static func world(_ provider: SimulatedProvider, _ more: [String: String] = [:]) async throws -> World {
        let world = try World(only: provider.rawValue)
        let all = Simulator.values(base: world.server.url).merging(more) { $1 }
        let values = all.filter { $0.key.hasPrefix("\(provider.rawValue).") && !$0.value.isEmpty }
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            let parts = key.split(separator: ".").map(String.init)
            let answer = await world.post("/api/config", .object([parts[0]: .object([parts[1]: .string(value)])]))
            try #require(answer.status == 200, "\(key): \(answer.text)")
        }
        return world
    }

    static func authorize(_ world: World, _ provider: String, _ body: JSON) async -> World.Answer {
        await world.post("/api/\(provider)/authorize", body)
    }

    static func status(_ world: World, _ provider: String, until: (JSON) -> Bool) async -> JSON {
        for _ in 0..<1000 {
            let status = await world.send("GET", "/api/\(provider)/status").json
            if until(status) { return status }
            try? await Task.sleep(for: .milliseconds(10))
        }
        return .null
    }

    // MARK: Every provider, every method

    @Test(arguments: SimulatedProvider.instances) func `A key is checked, names the account, and is forgotten`(
        provider: SimulatedProvider
    ) async throws {
        let name = provider.rawValue
        let world = try await Self.world(provider)
        let isMedia = provider == .jellyfin || provider == .emby
        let body: JSON = isMedia ? ["method": "api_key"] : [:]
        #expect(await Self.authorize(world, name, body).summary == #"200 {"ok":true,"status":"ok"}"#)
        let status = await Self.status(world, name) { $0["account_name"] != nil || provider == .bazarr }
        #expect(status["state"] == "connected")
        let names: [SimulatedProvider: JSON] = [
            .seerr: "demo", .sonarr: "Sonarr Home", .radarr: "Radarr Home", .kodi: "Living room", .bazarr: .null,
        ]
        #expect((status["account_name"] ?? .null) == names[provider] ?? "Home")
        let gone = await world.post("/api/\(name)/disconnect", [:])
        #expect(gone.json["forgotten"] == true)
    }

    @Test(arguments: SimulatedProvider.instances) func `A wrong key is refused with the reason and not kept`(
        provider: SimulatedProvider
    ) async throws {
        let name = provider.rawValue
        let world = try await Self.world(provider)
        world.simulator.configure(provider) { $0.apiKey = "another" }
        let isMedia = provider == .jellyfin || provider == .emby
        let answer = await Self.authorize(world, name, isMedia ? ["method": "api_key"] : [:])
        #expect(answer.status == 409)
        #expect(answer.json["error"] == "unauthorized")
        #expect(try await world.vault.read(owner: "default", account: "default").document["auth"] == nil)
    }

    @Test func `A password with signs in it is sent as it is`() async throws {
        let world = try await Self.world(.kodi, ["kodi.password": "p@ss w!"])
        world.simulator.configure(.kodi) { $0.apiKey = "p@ss w!" }
        #expect(await Self.authorize(world, "kodi", [:]).summary == #"200 {"ok":true,"status":"ok"}"#)
        let status = await Self.status(world, "kodi") { $0["account_name"] != nil }
        #expect(status["account_name"] == "Living room")
    }

    @Test func `A 200 that means invalid is understood, and the provider's own reason is told`() async throws {
        let world = try await Self.world(.tautulli)
        world.simulator.configure(.tautulli) {
            $0.apiKey = "another"
            $0.refusesWith200 = true
        }
        let answer = await Self.authorize(world, "tautulli", [:])
        #expect(answer.json["message"] == "Tautulli does not accept this API key. It says: 'Invalid apikey'.")
    }

    @Test func `Quick Connect goes to connected and to revoked`() async throws {
        let world = try await Self.world(.jellyfin)
        let begun = await world.post("/api/jellyfin/pin/new", ["method": "device"])
        #expect(begun.status == 200, "\(begun.text)")
        #expect(begun.json["verification_url"] == .string("\(world.server.url)/jellyfin/server/web/#/quickconnect"))
        world.simulator.approve(.jellyfin, account: "alice")
        let status = await Self.status(world, "jellyfin") { $0["account_name"] != nil }
        #expect(status["state"] == "connected")
        #expect(status["account_name"] == "alice")
        #expect(world.simulator.complaints(.jellyfin) == [])
        let gone = await world.post("/api/jellyfin/disconnect", [:])
        #expect(gone.json["revoked"] == true)
        #expect(world.simulator.accessTokens(.jellyfin) == [])
    }

    @Test func `Quick Connect that is switched off says so`() async throws {
        let world = try await Self.world(.jellyfin)
        world.simulator.configure(.jellyfin) { $0.isSwitchedOff = true }
        let answer = await world.post("/api/jellyfin/pin/new", ["method": "device"])
        #expect(answer.status == 409)
        #expect(answer.json["error"] == "feature_disabled")
        #expect(answer.json["message"] == "Quick Connect is switched off at this server.")
    }

    @Test func `A code of Stremio goes to connected and to revoked`() async throws {
        let world = try World(only: "stremio")
        let begun = await world.post("/api/stremio/pin/new", ["method": "device"])
        #expect(begun.status == 200, "\(begun.text)")
        world.simulator.approve(.stremio, account: "alice@example.org")
        let status = await Self.status(world, "stremio") { $0["account_name"] != nil }
        #expect(status["account_name"] == "alice@example.org")
        #expect(await world.post("/api/stremio/disconnect", [:]).json["revoked"] == true)
    }

    // MARK: Used once

    @Test(arguments: [
        (SimulatedProvider.jellyfin, "username", "alice", "canary-7c1f"), (.emby, "username", "alice", "canary-7c1f"),
        (.emby, "username", "alice", ""), (.stremio, "email", "alice@example.org", "canary-7c1f"),
    ]) func `A password signs in and is nowhere afterwards`(
        provider: SimulatedProvider, nameKey: String, user: String, password: String
    ) async throws {
        let name = provider.rawValue
        let world = try await Self.world(provider)
        world.simulator.configure(provider) { $0.password = password }
        let body: JSON = [
            "method": "password", "values": .object([nameKey: .string(user), "password": .string(password)]),
        ]
        let answer = await Self.authorize(world, name, body)
        #expect(answer.summary == #"200 {"ok":true,"status":"ok"}"#)
        let status = await Self.status(world, name) { $0["account_name"] != nil }
        #expect(status["account_name"] == .string(user))
        let config = await world.send("GET", "/api/config")
        let everywhere = [
            try world.folder.text(of: "default.json"), world.lines.all.joined(), config.text, answer.text,
        ]
        for text in everywhere where !password.isEmpty { #expect(!text.contains(password)) }
        #expect(config.json[name]?["password"] == nil)
    }

    @Test func `A wrong password is refused, and a missing name is asked for`() async throws {
        let world = try await Self.world(.jellyfin)
        let wrong = await Self.authorize(
            world, "jellyfin", ["method": "password", "values": ["username": "alice", "password": "canary-7c1f"]])
        #expect(wrong.json["error"] == "unauthorized")
        #expect(wrong.json["message"] == "Jellyfin does not know this user name with this password.")
        #expect(!world.lines.all.joined().contains("canary-7c1f"))
        let missing = await Self.authorize(world, "jellyfin", ["method": "password", "values": ["password": "x"]])
        #expect(missing.status == 422)
        #expect(missing.json["message"] == "Jellyfin needs User name first.")
    }

    @Test func `A password is no setting`() async throws {
        let world = try await Self.world(.jellyfin)
        let answer = await world.post("/api/config", ["jellyfin": ["password": "canary-7c1f"]])
        #expect(answer.status == 422)
        #expect(!answer.text.contains("canary-7c1f"))
        #expect(!(try world.folder.text(of: "default.json").contains("canary-7c1f")))
    }

    // MARK: Saving unchecked

    @Test(arguments: [SimulatedProvider.sonarr, .bazarr])
    func `A key is kept unchecked when the server is off, and checked when it is on`(
        provider: SimulatedProvider
    ) async throws {
        let (name, label) = (provider.rawValue, provider.label)
        let world = try await Self.world(provider)
        world.simulator.add(Fault(.status(503), times: nil), to: provider)
        let refused = await Self.authorize(world, name, [:])
        #expect(refused.status == 502)
        #expect(refused.json["error"] == "unreachable")
        let kept = await Self.authorize(world, name, ["unchecked": true])
        #expect(kept.status == 200)
        let status = await world.send("GET", "/api/\(name)/status").json
        #expect(status["unchecked"] == true)
        #expect(
            status["message"] == .string("What was entered for \(label) is saved, but has not been checked yet."))
        world.simulator.clearFaults(provider)
        let id = AccountID(owner: "default", account: "default")
        // The look after the sign-in may still be under way: whoever asks meanwhile gets its outcome.
        var checked = status
        for _ in 0..<1000 where checked["unchecked"] != nil {
            await world.companion.engine.probe(FlowEngine.Key(provider: name, id: id))
            checked = await world.send("GET", "/api/\(name)/status").json
        }
        #expect(checked["unchecked"] == nil)
        #expect(checked["message"] == .string("Connected to \(label)."))
        // A key that is withdrawn is noticed with the next look.
        world.simulator.configure(provider) { $0.apiKey = "another" }
        await world.companion.engine.probe(FlowEngine.Key(provider: name, id: id))
        let withdrawn = await world.send("GET", "/api/\(name)/status").json
        #expect(withdrawn["state"] == "reconnect_needed")
        #expect(withdrawn["message"] == .string("\(label) does not accept this API key any more."))
    }

    @Test func `A key that is wrong is never kept unchecked`() async throws {
        let world = try await Self.world(.sonarr)
        world.simulator.configure(.sonarr) { $0.apiKey = "another" }
        #expect(await Self.authorize(world, "sonarr", ["unchecked": true]).json["error"] == "unauthorized")
    }

    @Test func `A key comes with the request and is stored when it is good`() async throws {
        let world = try await Self.world(.radarr, ["radarr.api_key": ""])
        let key = Behaviour.documented(.radarr).apiKey
        let wrong = await Self.authorize(world, "radarr", ["values": ["api_key": "ffff"]])
        #expect(wrong.json["error"] == "unauthorized")
        var config = await world.send("GET", "/api/config").json
        #expect(config["radarr"]?["api_key"] == nil)
        #expect(await Self.authorize(world, "radarr", ["values": ["api_key": .string(key)]]).status == 200)
        config = await world.send("GET", "/api/config").json
        #expect(config["radarr"]?["api_key"] == .string(ConfigSchema.mask))
    }

    // MARK: What is at an address

    @Test func `An address is tidied and looked at when it is entered`() async throws {
        let world = try World(only: "jellyfin")
        let typed = world.server.url.dropFirst("http://".count) + "/jellyfin/server/web/index.html#!/home.html"
        let answer = await world.post("/api/config", ["jellyfin": ["server": .string(String(typed))]])
        let url = JSON.string("\(world.server.url)/jellyfin/server")
        let found: JSON = ["ok": true, "url": url, "product": "Jellyfin Server", "version": "10.11.2", "name": "Home"]
        #expect(answer.json["instances"]?["jellyfin.server"] == found)
        #expect(await world.send("GET", "/api/config").json["jellyfin"]?["server"] == url)
    }

    @Test(arguments: [
        (
            "http://169.254.169.254/",
            "This address cannot be used: 169.254.169.254 leads to a metadata service of a cloud, which is never asked."
        ),
        (
            "http://[fd00:ec2::254]",
            "This address cannot be used: [fd00:ec2::254] leads to a metadata service of a cloud, which is never asked."
        ),
        (
            "http://metadata.google.internal",
            "This address cannot be used: metadata.google.internal leads to a metadata service of a cloud, which is never asked."
        ),
        (
            "http://0xA9FEA9FE/",
            "This address cannot be used: 169.254.169.254 leads to a metadata service of a cloud, which is never asked."
        ),
        (
            "http://8.8.8.8:8096",
            "This address cannot be used: 8.8.8.8 is not in a private network: its address must begin with https://."
        ),
    ]) func `An address that must not be asked is refused`(url: String, message: String) async throws {
        let world = try World(only: "jellyfin")
        let answer = await world.post("/api/config", ["jellyfin": ["server": .string(url)]])
        #expect(answer.status == 422)
        #expect(answer.json["message"] == .string(message))
    }

    @Test func `Another product and an old version are refused before they are kept`() async throws {
        let world = try World(only: "jellyfin")
        let url: JSON = .string("\(world.server.url)/jellyfin/server")
        world.simulator.configure(.jellyfin) { $0.product = "Somethingelse" }
        let other = await world.post("/api/config", ["jellyfin": ["server": url]])
        #expect(other.status == 422)
        #expect(other.json["error"] == "wrong_product")
        #expect(other.json["message"] == "At this address is 'Somethingelse', not Jellyfin.")
        world.simulator.configure(.jellyfin) {
            $0.product = nil
            $0.version = "10.8.13"
        }
        let old = await world.post("/api/config", ["jellyfin": ["server": url]])
        #expect(old.json["error"] == "too_old")
        #expect(old.json["message"] == "This Jellyfin is version 10.8.13; 10.9 or newer is needed.")
        #expect(await world.send("GET", "/api/config").json["jellyfin"] == nil)
    }

    @Test func `Nothing is entrusted to another product`() async throws {
        let world = try await Self.world(.jellyfin)
        world.simulator.configure(.jellyfin) { $0.product = "Somethingelse" }
        let answer = await Self.authorize(
            world, "jellyfin", ["method": "password", "values": ["username": "alice", "password": "secret"]])
        #expect(answer.json["error"] == "wrong_product")
        #expect(world.simulator.counts(.jellyfin)["POST /Users/AuthenticateByName"] == nil)
    }

    @Test func `Jellyfin is not taken for Emby`() async throws {
        let world = try World(only: "emby")
        let url: JSON = .string("\(world.server.url)/jellyfin/server")
        let answer = await world.post("/api/config", ["emby": ["server": url]])
        #expect(answer.json["message"] == "At this address is Jellyfin, not Emby.")
    }

    @Test func `A server that is off keeps its address, and is told of`() async throws {
        let world = try World(only: "jellyfin")
        let answer = await world.post("/api/config", ["jellyfin": ["server": "http://127.0.0.1:1"]])
        #expect(answer.status == 200)
        let told = answer.json["instances"]?["jellyfin.server"]
        #expect(told?["error"] == "unreachable")
        #expect(told?["message"] == "Jellyfin could not be reached.")
        let begun = await world.post("/api/jellyfin/pin/new", [:])
        #expect(begun.status == 502)
        #expect(begun.json["error"] == "unreachable")
    }

    @Test func `A certificate that is not checked is said in the status and in the log`() async throws {
        let world = try await Self.world(.jellyfin, ["jellyfin.tls": "none"])
        #expect(await world.send("GET", "/api/jellyfin/status").json["unverified_tls"] == true)
        #expect(await Self.authorize(world, "jellyfin", ["method": "api_key"]).status == 200)
        #expect(world.lines.all.joined(separator: "\n").contains("certificate not checked"))
    }

    @Test func `how often addresses are looked at is bounded for each owner`() async throws {
        let world = try World(only: "jellyfin")
        let (looks, later) = (world.companion.parts.looks, world.companion.parts.clock.now + 3600)
        for _ in 0..<LookPace.most { try looks.take("default", at: later) }
        try looks.take("u-1", at: later)
        #expect(throws: Problem.self) { try looks.take("default", at: later) }
        try looks.take("default", at: later + 1)
        let last = await world.post("/api/config", ["jellyfin": ["server": "http://127.0.0.1:1"]])
        #expect(last.status == 200)
        let told = last.json["instances"]?["jellyfin.server"]
        #expect(told?["error"] == "too_many")
        #expect(told?["message"] == "Too many addresses were looked at in a short time.")
        // Signing in looks, too.
        #expect(await world.post("/api/jellyfin/pin/new", ["method": "device"]).status == 429)
    }
}
