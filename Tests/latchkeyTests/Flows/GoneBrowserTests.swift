import Glibc
import HTTP
import JSON
import Simulator
import TestSupport
import Testing

/// A browser that goes away while a provider is asked changes nothing of what was begun.
@Suite(.timeLimit(.minutes(1)))
struct GoneBrowserTests {
    let world: World

    init() async throws {
        world = try await World()
        try await world.enterKeys()
    }

    /// Sends a request and resets the connection once the provider was asked for what it causes.
    private func sendAndGo(
        _ method: String, _ target: String, _ fields: String, until endpoint: String,
        of provider: SimulatedProvider = .trakt
    ) async throws {
        let client = try await RawClient.connect(port: try world.port)
        try await client.send("\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(try world.port)\r\n\(fields)\r\n")
        await world.simulator.waitForRequests(1, to: endpoint, of: provider)
        client.reset()
        // Status 0: it left before there was an answer.
        _ = try await world.waitForLog("\(method) \(target.prefix { $0 != "?" }) 0 0 ")
    }

    @Test func `tokens that a code was exchanged for are kept`() async throws {
        let token = "POST /oauth/token"
        let journey = try await world.depart(.trakt)
        let query = try await world.decide(journey)
        world.simulator.add(Fault(.hold, endpoint: token), to: .trakt)
        try await sendAndGo(
            "GET", "/trakt/oauth-callback/?\(query)", "Cookie: \(journey.cookie)\r\n", until: token)
        world.simulator.release(.trakt)
        try await world.status(.trakt, is: "connected")
        #expect(world.simulator.counts(.trakt)[token] == 1)
        let stored = (try world.vault)["auth"]?["trakt"]?.text("access_token")
        #expect(world.simulator.accessTokens(.trakt) == [stored ?? ""])
    }

    @Test func `tokens that an approval was exchanged for are kept`() async throws {
        let session = "POST /3/authentication/session/new"
        let start = try await world.post("/api/tmdb/pin/new")
        let page = start.json.text("verification_url")
        let items = FormDecoder.items(String(page.drop { $0 != "?" }.dropFirst()))
        let back = try #require(items.first { $0.name == "redirect_to" }?.value)
        let target = String(back.dropFirst(try world.url.count)) + "&approved=true"
        world.simulator.approve(.tmdb, account: "ann")
        world.simulator.add(Fault(.hold, endpoint: session), to: .tmdb)
        try await sendAndGo("GET", target, "Cookie: \(start.cookie)\r\n", until: session, of: .tmdb)
        world.simulator.release(.tmdb)
        try await world.status(.tmdb, is: "connected")
        #expect(world.simulator.counts(.tmdb)[session] == 1)
    }

    // MARK: The server is told to end

    /// Tells it to end while a provider is asked, and has that answer only then.
    private func endMeanwhile(asking provider: SimulatedProvider) async throws {
        let port = try world.port
        try world.signal(SIGTERM)
        _ = try await world.waitForLog("info stopping")
        world.simulator.release(provider)
        #expect(try await world.end() == .exited(code: 0))
        #expect(try !world.log.contains("ended before all tokens were saved"))
        try await world.start(port: port)
    }

    @Test func `tokens that a code was exchanged for are kept by a server that ends, too`() async throws {
        let token = "POST /oauth/token"
        let journey = try await world.depart(.trakt)
        let query = try await world.decide(journey)
        world.simulator.add(Fault(.hold, endpoint: token), to: .trakt)
        try await sendAndGo("GET", "/trakt/oauth-callback/?\(query)", "Cookie: \(journey.cookie)\r\n", until: token)
        try await endMeanwhile(asking: .trakt)
        #expect(try await world.status(.trakt)["state"] == "connected")
        #expect(world.simulator.counts(.trakt)[token] == 1)
    }

    @Test func `tokens that a poll brings are kept by a server that ends, and no other poll begins`() async throws {
        let poll = "POST /oauth/device/token"
        world.simulator.add(Fault(.hold, endpoint: poll), to: .trakt)
        try await world.begin(.trakt)
        world.simulator.approve(.trakt)
        await world.simulator.waitForRequests(1, to: poll, of: .trakt)
        try await endMeanwhile(asking: .trakt)
        #expect(try await world.status(.trakt)["state"] == "connected")
        #expect(world.simulator.counts(.trakt)[poll] == 1)
    }

    // MARK: Ending

    @Test func `a connection that was ended here is ended at the provider, too`() async throws {
        let revoke = "POST /oauth/revoke"
        try await world.link()
        world.simulator.add(Fault(.hold, endpoint: revoke), to: .trakt)
        try await sendAndGo(
            "POST", "/api/trakt/disconnect", "Origin: \(try world.origin)\r\nContent-Length: 0\r\n", until: revoke)
        world.simulator.release(.trakt)
        _ = try await world.waitForLog("disconnected")
        #expect(world.simulator.accessTokens(.trakt) == [])
        #expect(try world.log.contains("at_provider=ended"))
    }
}
