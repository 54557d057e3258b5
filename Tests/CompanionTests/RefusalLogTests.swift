import HTTP
import JSON
import Testing

@testable import Companion

/// What the log tells of requests that were refused.
@Suite(.timeLimit(.minutes(1))) struct RefusalLogTests {
    private func warnings(_ world: World) -> [String] { world.lines.all.filter { $0.hasPrefix("warning") } }

    @Test func `a refused callback is a line with its reason, and nothing of the request`() async throws {
        let world = try await World.ready()
        let answer = await world.post("/api/trakt/authorize")
        let url = try #require(answer.json["authorization_url"]?.stringValue)
        let items = FormDecoder.items(String(url.drop { $0 != "?" }.dropFirst()))
        let state = try #require(items.first { $0.name == "state" }?.value)
        for query in [
            "code=c", "code=c&state=\(state)&state=\(state)", "code=c&state=foreign", "code=c&state=\(state)",
        ] {
            #expect(await world.get("/trakt/oauth-callback/?\(query)").status == 400)
        }
        _ = await world.get("/tmdb/oauth-callback/?state=x")
        #expect(
            warnings(world) == [
                "warning callback refused client=127.0.0.1 provider=trakt reason=no_state",
                "warning callback refused client=127.0.0.1 provider=trakt reason=no_state",
                "warning callback refused client=127.0.0.1 provider=trakt reason=unknown_state",
                "warning callback refused client=127.0.0.1 provider=trakt reason=other_browser",
                "warning callback refused client=127.0.0.1 provider=tmdb reason=unknown_state",
            ])
    }

    @Test func `a request from elsewhere is a line with its reason, and nothing of the request`() async throws {
        let world = try World()
        _ = await world.send("POST", "/api/trakt/pin/new", [:], headers: ["Origin": "https://evil.example"])
        _ = await world.send("POST", "/api/config", [:])
        #expect(
            warnings(world) == [
                "warning request refused client=127.0.0.1 provider=trakt reason=foreign_origin",
                "warning request refused client=127.0.0.1 reason=origin_missing",
            ])
    }

    @Test func `ten lines at once, then ten a minute, and those left out are counted`() {
        let lines = Lines()
        let log = RefusalLog(Log(level: .info, format: .text, write: lines.add), at: 0)
        for _ in 0..<1000 { log.tell("refused", reason: "why", provider: nil, client: "::1", at: 0) }
        #expect(lines.all == Array(repeating: "warning refused client=::1 reason=why", count: 10))
        log.tell("refused", reason: "why", provider: "trakt", client: "::1", at: 6)
        log.tell("refused", reason: "why", provider: "trakt", client: "::1", at: 12)
        #expect(
            lines.all.dropFirst(10) == [
                "warning refused client=::1 left_out=990 provider=trakt reason=why",
                "warning refused client=::1 provider=trakt reason=why",
            ])
    }
}
