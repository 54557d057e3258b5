import Files
import HTTP
import JSON
import Simulator
import TestSupport
import Testing

/// The server is killed (`kill -9`) at any moment, and what is there afterwards is what it had promised.
@Suite(.timeLimit(.minutes(2)))
struct CrashTests {
    private static let token = "POST /oauth/token"
    let world: World
    private var simulator: Simulator { world.simulator }

    init() async throws {
        world = try await World()
        try await world.enterKeys()
    }

    private func linkTrakt() async throws {
        try await world.begin(.trakt)
        simulator.approve(.trakt)
        try await world.status(.trakt, is: "connected")
    }

    /// Whether the provider takes the token that is stored now.
    private func works() async throws -> Bool {
        let shown = try await world.post("/api/trakt/token/reveal").json.text("access_token")
        return simulator.accessTokens(.trakt).contains(shown)
    }

    // MARK: Writes

    @Test func `of thousands of writes the state after a kill is the last one that was acknowledged, or the next`()
        async throws
    {
        var last = 0
        for round in 0..<8 {
            let (world, first) = (world, last)
            // The writer goes on until nobody answers any more.
            async let acknowledged = Self.write(from: first + 1, to: first + 250 + round * 7, in: world)
            async let killed: Void = Self.kill(world, after: first + 200 + round * 9)
            last = try await acknowledged
            try await killed
            let stored = try world.vault[path: "trakt.client_id"]?.stringValue.flatMap { Int($0) } ?? -1
            #expect(stored == last || stored == last + 1, "\(stored) after \(last)")
            last = stored
            try await world.start()
        }
        #expect(last > 1500)
    }

    /// - Returns: the last number that was acknowledged.
    private static func write(from first: Int, to end: Int, in world: World) async throws -> Int {
        var last = first - 1
        for number in first...end {
            let answer = try? await world.post("/api/config", ["trakt": ["client_id": .string("\(number)")]])
            guard answer?.status == 200 else { break }
            last = number
        }
        return last
    }

    /// Kills the server as soon as a number is in the file.
    private static func kill(_ world: World, after number: Int) async throws {
        while try world.vault[path: "trakt.client_id"]?.stringValue.flatMap({ Int($0) }) ?? 0 < number {
            await Task.yield()
        }
        try await world.kill()
    }

    // MARK: Refreshes

    @Test func `killed before the provider has seen the request, the token is renewed by the next process`()
        async throws
    {
        try await linkTrakt()
        // The connection is gone by the time it could be looked at.
        simulator.add(Fault(.hold, endpoint: Self.token), to: .trakt)
        let world = world
        async let lost = try? await world.post("/api/trakt/refresh")
        await simulator.waitForRequests(1, to: Self.token, of: .trakt)
        try await world.kill()
        #expect(await lost?.status != 200)
        try await world.start()
        await simulator.waitForRequests(2, to: Self.token, of: .trakt)
        _ = try await world.waitForLog("info refreshed")
        #expect(try await works())
        #expect(try await world.status(.trakt)["state"] == "connected")
        simulator.release(.trakt)
    }

    @Test func `killed when the answer was lost, the old one is tried once more, and then a sign-in is asked for`()
        async throws
    {
        try await linkTrakt()
        simulator.add(Fault(.lostAnswer, endpoint: Self.token), to: .trakt)
        #expect(try await world.post("/api/trakt/refresh").status == 502)
        try await world.crash()
        let status = try await world.status(.trakt, is: "reconnect_needed")
        #expect(
            status["message"]
                == "The answer to an earlier renewal was lost, and Trakt does not take the old tokens any more.")
        #expect(status["hint"] == "Connect again.")
        #expect(simulator.counts(.trakt)[Self.token] == 2)
    }

    @Test func `told to end during a refresh, the server waits for the new tokens and stores them`() async throws {
        try await linkTrakt()
        let port = try world.port
        try await world.kill()
        var vault = try world.vault
        vault["auth"]?["trakt"]?["expires_at"] = 1
        try Files.writeDurably(vault.encoded(pretty: true), to: world.folder("data/default.json"))
        simulator.add(Fault(.delay(milliseconds: 1500), endpoint: Self.token), to: .trakt)
        try await world.start(port: port)
        await simulator.waitForRequests(1, to: Self.token, of: .trakt)
        #expect(try await world.stop() == .exited(code: 0))
        let auth = try world.vault[path: "auth.trakt"]
        #expect(auth?["refresh_token"]?.stringValue == simulator.refreshTokens(.trakt)[0])
        #expect(auth?["_refreshing"] == nil)
    }

    @Test func `killed at any moment of a refresh, the token works or it is said that it does not`() async throws {
        try await linkTrakt()
        for round in 0..<12 {
            let (world, port) = (world, try world.port)
            async let answer = try? await world.post("/api/trakt/refresh")
            async let killed: Void = Self.kill(world, afterMilliseconds: round)
            let status = await answer?.status
            try await killed
            try await world.start(port: port)
            let state = try await world.status(.trakt) { $0.text("state") != "expired" }.text("state")
            if status == 200 { #expect(state == "connected", "acknowledged in round \(round)") }
            if state == "connected" {
                // What was under way is finished by the next process, which may find that it cannot be.
                let settled = try await settled()
                #expect(settled == "reconnect_needed" || settled == "connected")
                if settled == "connected" { #expect(try await works(), "in round \(round)") }
            }
            if try await world.status(.trakt).text("state") == "reconnect_needed" { try await linkTrakt() }
        }
    }

    /// The state when no refresh is unfinished any more.
    private func settled() async throws -> String {
        try await world.status(.trakt) { _ in
            (try? world.vault[path: "auth.trakt._refreshing"]) == nil
        }.text("state")
    }

    /// Kills the server some moments later: not to wait for anything, but to hit it anywhere.
    private static func kill(_ world: World, afterMilliseconds delay: Int) async throws {
        try await Task.sleep(for: .milliseconds(delay))
        try await world.kill()
    }
}
