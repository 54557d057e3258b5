import HTTP
import JSON
import Simulator
import Testing
import Vault

@testable import Companion

/// What one server was entrusted with, or has given, goes to no other.
@Suite(.timeLimit(.minutes(2))) struct EntrustedTests {
    /// All that a server was ever asked, by the simulator's names.
    private static func asked(_ server: SimulatorServer, _ provider: SimulatedProvider) -> [String] {
        server.simulator.counts(provider).keys.sorted()
    }

    private static let look = ["GET /System/Info/Public"]

    private static func enter(_ url: String, _ world: World, account: String = "default") async -> World.Answer {
        await world.post("/api/config?account=\(account)", ["jellyfin": ["server": .string(url)]])
    }

    private func linked() async throws -> (world: World, url: String) {
        let world = try await InstanceTests.world(.jellyfin)
        let values: JSON = ["username": "alice", "password": "secret"]
        let answer = await InstanceTests.authorize(world, "jellyfin", ["method": "password", "values": values])
        #expect(answer.summary == #"200 {"ok":true,"status":"ok"}"#)
        try await world.status("jellyfin") { $0["account_name"] == "alice" }
        return (world, "\(world.server.url)/jellyfin/server")
    }

    // MARK: Tokens

    @Test func `a token stays with the server that gave it when another address is entered`() async throws {
        let (world, url) = try await linked()
        let other = try SimulatorServer()
        #expect(await Self.enter("\(other.url)/jellyfin/server", world).status == 200)
        let status = await world.get("/api/jellyfin/status").json
        #expect(status["state"] == "reconnect_needed")
        #expect(status["connected"] == false)
        let sentence = "Jellyfin was connected at \(url), and another address is entered now."
        #expect(status["message"] == .string(sentence))
        #expect(status["hint"] == "Connect again, or enter the former address.")
        let key = FlowEngine.Key(
            provider: "jellyfin", id: AccountID(owner: "default", account: "default"))
        await world.companion.engine.probe(key)
        let provider = try #require(world.companion.parts.catalogue["jellyfin"])
        await #expect(
            throws: Problem(409, "reconnect_needed", sentence, hint: "Connect again, or enter the former address.")
        ) { try await world.companion.engine.freshToken(provider, key.id) }
        #expect(Self.asked(other, .jellyfin) == Self.look)
        // The former address makes it work again.
        #expect(await Self.enter(url, world).status == 200)
        #expect(await world.get("/api/jellyfin/status").json["connected"] == true)
    }

    @Test func `a connection that is ended after its address was changed is ended at no other server`() async throws {
        let (world, url) = try await linked()
        let other = try SimulatorServer()
        #expect(await Self.enter("\(other.url)/jellyfin/server", world).status == 200)
        let answer = await world.post("/api/jellyfin/disconnect", [:]).json
        #expect(answer["forgotten"] == true)
        #expect(answer["revoked"] == false)
        #expect(
            answer["message"]
                == .string(
                    "Disconnected here, but not at Jellyfin: Jellyfin was connected at \(url), and another address is "
                        + "entered now."))
        #expect(Self.asked(other, .jellyfin) == Self.look)
    }

    @Test func `it stays so over a restart`() async throws {
        let (world, _) = try await linked()
        let other = try SimulatorServer()
        #expect(await Self.enter("\(other.url)/jellyfin/server", world).status == 200)
        let next = try await world.restarted(only: "jellyfin")
        #expect(await next.get("/api/jellyfin/status").json["state"] == "reconnect_needed")
        #expect(Self.asked(other, .jellyfin) == Self.look)
    }

    @Test func `a refresh token goes to the issuer that gave it, and to no other`() async throws {
        let world = try await Self.signedIn()
        let other = try SimulatorServer()
        let issuer: JSON = .string("\(other.url)/oidc/id")
        #expect(await world.post("/api/config", ["oidc": ["issuer": issuer]]).status == 200)
        let answer = await world.post("/api/oidc/refresh")
        #expect(answer.status == 409)
        #expect(answer.json["error"] == "reconnect_needed")
        // A sign-in that begins asks the other one what it offers, and changes nothing for the connection.
        #expect(await world.post("/api/oidc/authorize", ["method": "redirect"]).status == 200)
        #expect(await world.post("/api/oidc/refresh").status == 409)
        #expect(await world.post("/api/oidc/disconnect").json["revoked"] == false)
        #expect(Self.asked(other, .oidc) == ["GET /.well-known/openid-configuration"])
    }

    private static func signedIn() async throws -> World {
        let world = try await openID()
        #expect(await world.post("/api/oidc/pin/new", ["method": "device"]).status == 200)
        world.simulator.approve(.oidc)
        try await world.connected("oidc")
        return world
    }

    private static func openID() async throws -> World {
        let world = try World(only: "oidc")
        world.simulator.configure(.oidc) { $0.interval = 1 }
        let values = world.server.values.filter { $0.key.hasPrefix("oidc.") }
        try await world.vault.apply(
            values.map { .set("oidc", String($0.key.dropFirst(5)), to: .string($0.value)) }, owner: "default",
            account: "default")
        return world
    }

    @Test func `an account that borrows the address hears when it becomes another one`() async throws {
        let world = try await InstanceTests.world(.jellyfin)
        let values: JSON = ["username": "kids", "password": "secret"]
        let body: JSON = ["method": "password", "values": values]
        #expect(await world.post("/api/jellyfin/authorize?account=kids", body).json["ok"] == true)
        try await world.status("jellyfin", account: "kids") { $0["account_name"] == "kids" }
        let other = try SimulatorServer()
        let listener = try await world.listen(account: "kids")
        defer { listener.stream.close() }
        #expect(await Self.enter("\(other.url)/jellyfin/server", world).status == 200)
        _ = try await listener.next { $0 == "status" && $1["state"] == "reconnect_needed" }
        #expect(Self.asked(other, .jellyfin) == Self.look)
    }

    // MARK: Sign-ins

    @Test func `a sign-in by code ends when the address is changed, and tells the other server nothing`() async throws {
        let world = try await InstanceTests.world(.jellyfin)
        #expect(await world.post("/api/jellyfin/pin/new", ["method": "device"]).status == 200)
        let other = try SimulatorServer()
        #expect(await Self.enter("\(other.url)/jellyfin/server", world).status == 200)
        let key = FlowEngine.Key(
            provider: "jellyfin", id: AccountID(owner: "default", account: "default"))
        let serial = try #require(await world.companion.engine.live[key]?.serial)
        await world.companion.engine.handle(.due, key, serial: serial)
        let flow = await world.get("/api/jellyfin/status").json["flow"]
        #expect(flow?["status"] == "invalid_code")
        #expect(flow?["message"] == "The address of Jellyfin was changed during the sign-in.")
        #expect(Self.asked(other, .jellyfin) == Self.look)
    }

    @Test func `a new code is of the new server`() async throws {
        let world = try await InstanceTests.world(.jellyfin)
        #expect(await world.post("/api/jellyfin/pin/new", ["method": "device"]).status == 200)
        let other = try SimulatorServer()
        #expect(await Self.enter("\(other.url)/jellyfin/server", world).status == 200)
        let begun = await world.post("/api/jellyfin/pin/new", ["method": "device"]).json
        #expect(begun["verification_url"] == .string("\(other.url)/jellyfin/server/web/#/quickconnect"))
    }

    @Test func `the code of one issuer goes to no other, also after a restart`() async throws {
        let before = try await Self.openID()
        let begun = await before.post("/api/oidc/authorize", ["method": "redirect"])
        #expect(begun.status == 200)
        let cookie = String(try #require(begun.headers["Set-Cookie"]?.split(separator: ";").first))
        let url = try #require(begun.json["authorization_url"]?.stringValue)
        let world = try await before.restarted(only: "oidc")
        let other = try SimulatorServer()
        let issuer: JSON = .string("\(other.url)/oidc/id")
        #expect(await world.post("/api/config", ["oidc": ["issuer": issuer]]).status == 200)
        let page = try await Client(userAgent: "a browser").send(
            ClientRequest(
                method: "POST", url: url, headers: ["Content-Type": "application/x-www-form-urlencoded"],
                body: Array("decision=approve&account=sean".utf8)))
        let location = try #require(page.headers["Location"])
        let back = await world.get(String(location.dropFirst(World.origin.utf8.count)), headers: ["Cookie": cookie])
        #expect(back.status == 303)
        let flow = await world.get("/api/oidc/status").json["flow"]
        #expect(
            flow?["message"] == "The address of OpenID Connect or OAuth was changed during the sign-in.")
        #expect(Self.asked(other, .oidc) == [])
        #expect(world.simulator.counts(.oidc)["POST /token"] == nil)
    }

    // MARK: What is borrowed

    @Test(arguments: ["server", "tls"]) func `borrowed secrets are not sent to a server that comes with the request`(
        key: String
    ) async throws {
        let world = try await InstanceTests.world(.sonarr)
        let other = try SimulatorServer()
        let value = key == "server" ? "\(other.url)/sonarr/server" : "none"
        let answer = await world.post(
            "/api/sonarr/authorize?account=kids", ["values": .object([key: .string(value)])])
        #expect(answer.status == 422)
        #expect(answer.json["error"] == "missing_keys")
        #expect(Self.asked(other, .sonarr) == [])
        #expect(try await world.stored("auth", account: "kids") == nil)
    }

    @Test func `a credential is lent to nobody, and an address is not put together with another's key`() async throws {
        let world = try await InstanceTests.world(.sonarr)
        let answer = await world.post("/api/sonarr/authorize?account=kids", [:])
        #expect(answer.json["message"] == "Sonarr needs Server and API key first.")
        let other = try SimulatorServer()
        let url: JSON = .string("\(other.url)/sonarr/server")
        let entered = await world.post("/api/config?account=kids", ["sonarr": ["server": url]])
        #expect(entered.status == 200)
        #expect(
            await world.post("/api/sonarr/authorize?account=kids", [:]).json["message"]
                == "Sonarr needs API key first.")
        // The look was without a key.
        #expect(Self.asked(other, .sonarr) == ["GET /api/v3/system/status"])
    }

    @Test func `keys that an administrator shares are sent to no server that somebody else names`() async throws {
        let world = try World(only: "sonarr", sharesKeys: true)
        let provider = try #require(world.companion.parts.catalogue["sonarr"])
        let method = try #require(provider.methods.first)
        try await world.vault.apply(
            [
                .set("sonarr", "server", to: .string("\(world.server.url)/sonarr/server")),
                .set("sonarr", "api_key", to: .string(Behaviour.documented(.sonarr).apiKey)),
            ], owner: AccountID.everyone.owner, account: AccountID.everyone.account)
        let other = try SimulatorServer()
        let alice = AccountID(owner: "u-1", account: "default")
        for values in [["server": "\(other.url)/sonarr/server"], ["tls": "none"], [:]] {
            var problem: Problem?
            do throws(Problem) {
                try await world.companion.engine.check(
                    provider, method, alice, FlowEngine.Entered(values: values, mayBeUnchecked: true))
            } catch {
                problem = error
            }
            #expect(problem?.code == "missing_keys", "\(values)")
        }
        #expect(Self.asked(other, .sonarr) == [])
        #expect(Self.asked(world.server, .sonarr) == [])
    }
}
