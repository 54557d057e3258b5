import HTTP
import JSON
import Providers
import Simulator
import Synchronization
import TestSupport
import Testing

@testable import Companion

/// A stored secret belongs to the address beside which it was entered.
@Suite(.timeLimit(.minutes(1))) struct FormerServerTests {
    /// A server of somebody else: an issuer that gives codes, and whatever else is asked of it. It keeps all that it hears.
    private final class Other: Sendable {
        private let heard = Mutex<[Request]>([])

        var requests: [Request] { heard.withLock(\.self) }

        func respond(_ request: Request) -> Response {
            heard.withLock { $0.append(request) }
            let base = "http://\(request.headers["Host"] ?? "")"
            switch request.path {
            case "/.well-known/openid-configuration":
                return .json(
                    200,
                    [
                        "issuer": .string(base), "token_endpoint": .string(base + "/token"),
                        "authorization_endpoint": .string(base + "/authorize"),
                        "device_authorization_endpoint": .string(base + "/device"),
                    ])
            case "/device":
                return .json(
                    200,
                    [
                        "device_code": "device-code", "user_code": "ABCD", "verification_uri": .string(base + "/go"),
                        "expires_in": 600, "interval": 300,
                    ])
            // As Sonarr does to those without a key.
            default: return .json(401, [:])
            }
        }

        /// Where something that is secret was heard.
        func places(of secret: String) -> [String] {
            requests.filter { request in
                let fields = request.headers.fields.map(\.value).joined(separator: " ")
                return (request.query + fields + String(decoding: request.body, as: UTF8.self)).contains(secret)
                    || request.headers["Authorization"] != nil
            }.map { "\($0.method) \($0.path)" }
        }
    }

    private func withOther(_ body: (Other, String) async throws -> Void) async throws {
        let other = Other()
        try await TestServer.run(responder: { other.respond($0) }) { server in
            try await body(other, "http://127.0.0.1:\(server.port)")
        }
    }

    private static let secret = "canary-app-secret"

    /// With what a person has entered for a first server.
    private func world(_ provider: String, _ values: [String: String], account: String = "default") async throws
        -> World
    {
        let world = try World(only: provider)
        for (key, value) in values.sorted(by: { $0.key < $1.key }) {
            let answer = await enter([key: value], provider, world, account)
            #expect(answer.status == 200 && answer.json["cleared"] == nil, "\(answer.text)")
        }
        return world
    }

    private func enter(
        _ values: [String: String?], _ provider: String, _ world: World, _ account: String = "default"
    ) async -> World.Answer {
        let members = values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.map(JSON.string) ?? .null) }
        return await world.post("/api/config?account=\(account)", .object([provider: .object(JSONObject(members))]))
    }

    private static let first = ["issuer": "https://a.example", "client_id": "app", "client_secret": secret]

    @Test func `another issuer is told nothing of the secret that was entered for the one before`() async throws {
        let world = try await world("oidc", Self.first)
        try await withOther { other, url in
            let answer = await enter(["issuer": url], "oidc", world)
            #expect(answer.summary == #"200 {"ok":true,"cleared":["oidc.client_secret"]}"#)
            #expect(await world.get("/api/config").json["oidc"]?["client_secret"] == nil)
            #expect(await world.post("/api/oidc/pin/new", ["method": "device"]).status == 200)
            #expect(other.requests.map(\.path) == ["/.well-known/openid-configuration", "/device"])
            #expect(other.places(of: Self.secret) == [])
            let body = String(decoding: other.requests.last?.body ?? [], as: UTF8.self)
            #expect(body == "scope=openid+profile+offline_access&client_id=app")
        }
        #expect(
            world.lines.all.contains { $0.contains("config changed") && $0.contains("oidc.issuer oidc.client_secret") })
    }

    @Test(
        arguments: [
            ["token_endpoint": "https://b.example/token"], ["issuer": nil], ["issuer": "http://a.example"],
            ["issuer": "https://a.example:8443"], ["issuer": "https://a.example.b.example"],
            ["issuer": "https://b.example", "client_secret": ConfigSchema.mask],
        ] as [[String: String?]]) func `any other origin takes the secret away, and so does none`(
            change: [String: String?]
        )
        async throws
    {
        let world = try await world("oidc", Self.first)
        let answer = await enter(change, "oidc", world)
        #expect(answer.summary == #"200 {"ok":true,"cleared":["oidc.client_secret"]}"#)
        #expect(try await world.stored("oidc.client_secret") == nil)
    }

    @Test(arguments: [
        ["issuer": "https://A.example:443/realms/home"], ["client_id": "another"],
        ["token_endpoint": "https://a.example/token"], ["issuer": "https://b.example", "client_secret": "of-b"],
        // A page, and a look that shows the token alone: the secret goes to neither.
        ["authorization_endpoint": "https://b.example/authorize"], ["userinfo_endpoint": "https://b.example/user"],
    ]) func `the same origin keeps the secret, and one that comes along stays`(change: [String: String]) async throws {
        let world = try await world("oidc", Self.first)
        #expect(await enter(change, "oidc", world).summary == #"200 {"ok":true}"#)
        let kept = try await world.stored("oidc.client_secret")
        #expect(kept == .string(change["client_secret"] ?? Self.secret))
    }

    @Test func `before there was an address a secret belongs to nobody`() async throws {
        let world = try await world("oidc", ["client_id": "app", "client_secret": Self.secret])
        #expect(await enter(["issuer": "https://a.example"], "oidc", world).summary == #"200 {"ok":true}"#)
        #expect(try await world.stored("oidc.client_secret") == .string(Self.secret))
    }

    @Test func `a key stays with its server, whether the new address is saved or comes with the request`() async throws
    {
        let simulator = try SimulatorServer()
        let server = "\(simulator.url)/sonarr/server"
        let world = try await world("sonarr", ["server": server, "api_key": Self.secret])
        try await withOther { other, url in
            let answer = await world.post("/api/sonarr/authorize", ["values": ["server": .string(url)]])
            #expect(answer.json["message"] == "Sonarr needs API key first.")
            #expect(other.requests.isEmpty)
            let kept = try await world.stored("sonarr.api_key")
            #expect(kept == .string(Self.secret))
            let saved = await enter(["server": url], "sonarr", world)
            #expect(saved.json["cleared"] == ["sonarr.api_key"])
            #expect(await world.post("/api/sonarr/authorize").json["message"] == "Sonarr needs API key first.")
            #expect(other.places(of: Self.secret) == [])
        }
    }

    @Test func `a key that was checked at one server is not kept beside another one that was entered meanwhile`()
        async throws
    {
        let world = try World(only: "sonarr")
        let values = world.server.values
        let (server, key) = (try #require(values["sonarr.server"]), try #require(values["sonarr.api_key"]))
        #expect(await enter(["server": server], "sonarr", world).status == 200)
        let (endpoint, simulator) = ("GET /api/v3/system/status", world.simulator)
        simulator.add(Fault(.hold, times: nil, endpoint: endpoint), to: .sonarr)
        async let answer = world.post("/api/sonarr/authorize", ["values": ["api_key": .string(key)]])
        await simulator.waitForRequests(2, to: endpoint, of: .sonarr)
        simulator.release(.sonarr)
        await simulator.waitForRequests(3, to: endpoint, of: .sonarr)
        #expect(await enter(["server": "http://127.0.0.1:9"], "sonarr", world).status == 200)
        simulator.clearFaults(.sonarr)
        #expect(await answer.status == 200)
        #expect(try await world.stored("sonarr.api_key") == nil)
        #expect(try await world.stored("auth.sonarr._servers.server") == .string(server))
    }

    @Test func `a key that is checked with a new address takes the other secrets away`() async throws {
        let world = try await world(
            "jellyfin", ["server": "http://127.0.0.1:9", "api_key": Self.secret])
        let server = try #require(world.server.values["jellyfin.server"])
        let values: JSON = ["server": .string(server), "username": "alice", "password": "secret"]
        let answer = await world.post("/api/jellyfin/authorize", ["method": "password", "values": values])
        #expect(answer.summary == #"200 {"ok":true,"status":"ok"}"#)
        #expect(try await world.stored("jellyfin.server") == .string(server))
        #expect(try await world.stored("jellyfin.api_key") == nil)
    }

    @Test func `an account with an issuer of its own borrows no secret for it, by whatever way to sign in`()
        async throws
    {
        let world = try await world("oidc", Self.first)
        try await withOther { other, url in
            #expect(await enter(["issuer": url], "oidc", world, "kids").summary == #"200 {"ok":true}"#)
            #expect(await enter(["client_id": "app"], "oidc", world, "kids").summary == #"200 {"ok":true}"#)
            #expect(await world.post("/api/oidc/pin/new?account=kids", ["method": "device"]).status == 200)
            #expect(await world.post("/api/oidc/authorize?account=kids").status == 200)
            #expect(other.places(of: Self.secret) == [])
            #expect(other.requests.count == 3)
        }
        #expect(try await world.stored("oidc.client_secret") == .string(Self.secret))
    }

    @Test func `what is shared with everyone stays with its address, too`() async throws {
        let world = try World(only: "oidc", sharesKeys: true)
        let everyone = "/api/config?for=everyone"
        let before = await world.post(
            everyone, .object(["oidc": .object(JSONObject(Self.first.map { ($0.key, .string($0.value)) }))]))
        #expect(before.summary == #"200 {"ok":true}"#)
        let after = await world.post(everyone, ["oidc": ["issuer": "https://b.example"]])
        #expect(after.summary == #"200 {"ok":true,"cleared":["oidc.client_secret"]}"#)
    }
}
