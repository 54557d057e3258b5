import HTTP
import JSON
import Providers
import Simulator
import Site
import TestSupport
import Testing

@testable import Companion

/// A companion that goes on with other descriptions and settings.
@Suite(.timeLimit(.minutes(1))) struct ReplacingTests {
    private func replaced(
        _ world: World, only provider: String? = nil, change: (inout Companion.Settings) -> Void = { _ in }
    ) async throws -> Companion {
        let files = SiteSources([]).files.filter { provider == nil || $0.path.hasSuffix("/\(provider ?? "").json5") }
        let hosts = world.server.hosts.filter { provider == nil || $0.key.hasPrefix("\(provider ?? "").") }
        let catalogue = try SiteSources([], over: files).catalogue().replacingHosts(hosts)
        var settings = world.companion.settings
        change(&settings)
        let log = Log(level: .debug, format: .text, write: world.lines.add)
        return await world.companion.replacing(catalogue: catalogue, settings: settings, log: log)
    }

    private func status(_ companion: Companion, _ path: String, _ headers: HeaderFields = [:]) async -> Int {
        let method = headers["Origin"] == nil ? "GET" : "POST"
        return await companion.respond(to: Request(method: method, path: path, query: "", headers: headers)).status
    }

    @Test func `sign-ins go on and listeners keep listening`() async throws {
        let world = try await World.ready()
        let listener = try await world.listen()
        let code = await world.post("/api/trakt/pin/new").json["user_code"]
        let next = try await replaced(world)
        #expect(next.parts.events.count == 1)
        let answer = await next.engine.flowStatus(
            FlowEngine.Key(provider: "trakt", id: AccountID(owner: "default", account: "default")))
        #expect(answer?["user_code"] == code)
        world.simulator.approve(.trakt)
        try await world.connected("trakt")
        #expect(world.simulator.counts(.trakt)["POST /oauth/device/code"] == 1)
        withExtendedLifetime(listener) {}
    }

    @Test func `a sign-in that is described no longer is not asked about, and stays stored`() async throws {
        let world = try await World.ready()
        _ = await world.post("/api/trakt/pin/new")
        _ = await world.post("/api/simkl/authorize")
        let next = try await replaced(world, only: "plex")
        #expect(await next.engine.live.count == 0)
        #expect(await next.engine.redirects.count == 0)
        #expect(await status(next, "/api/trakt/pin/status") == 404)
        #expect(try await world.stored("trakt._pending_device") != nil)
        #expect(try await world.stored("simkl._pending_redirect") != nil)
    }

    @Test func `origins and limits are the new ones`() async throws {
        let world = try await World.ready()
        let next = try await replaced(world) {
            $0.origins = ["https://new.example"]
            $0.publicURL = "https://new.example/"
            $0.pendingLimit = 1
        }
        #expect(await status(next, "/api/trakt/pin/new", ["Origin": World.origin]) == 403)
        #expect(await status(next, "/api/trakt/pin/new", ["Origin": "https://new.example"]) == 200)
        #expect(await status(next, "/api/plex/pin/new", ["Origin": "https://new.example"]) == 429)
        let link = await next.respond(
            to: Request(method: "GET", path: "/api/trakt/status", query: "", headers: [:]))
        guard case .bytes(let bytes) = link.body else { return }
        #expect(try JSON.parse(bytes)["redirect_uri"] == "https://new.example/trakt/oauth-callback/")
    }
}
