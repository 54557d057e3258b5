import JSON
import Testing

@testable import Companion

@Suite(.timeLimit(.minutes(1))) struct EventTests {
    @Test func `a page that begins to listen is told how every provider stands`() async throws {
        let world = try await World.ready()
        let listener = try await world.listen()
        #expect(world.companion.parts.events.count == 1)
        listener.stream.close()
        let events = await listener.rest()
        #expect(events.map(\.event) == ["status", "status", "status", "status"])
        #expect(events.map { $0.data["provider"] } == ["plex", "simkl", "tmdb", "trakt"])
        for (_, data) in events {
            #expect(await world.get("/api/\(data["provider"]?.stringValue ?? "")/status").json == data)
        }
        #expect(world.companion.parts.events.count == 0)
    }

    @Test func `the last thing that a page hears is how it is, whenever it began to listen`() async throws {
        let world = try await World.ready()
        let listeners = try await withThrowingTaskGroup(of: Listener?.self) { group in
            for number in 0..<40 {
                group.addTask {
                    switch number % 4 {
                    case 0: return try await world.listen()
                    case 1: _ = await world.post("/api/trakt/authorize")
                    case 2: _ = await world.post("/api/trakt/pin/cancel")
                    default: _ = await world.post("/api/config", ["trakt": ["client_id": .string("app\(number)")]])
                    }
                    return nil
                }
            }
            return try await group.reduce(into: [Listener]()) { if let listener = $1 { $0.append(listener) } }
        }
        #expect(listeners.count == 10)
        _ = await world.post("/api/trakt/pin/cancel")
        let status = await world.get("/api/trakt/status").json
        for listener in listeners {
            listener.stream.close()
            let last = await listener.rest().last { $0.data["provider"] == "trakt" }
            #expect(last?.data == status)
        }
        #expect(await world.companion.engine.readers.isEmpty)
    }

    @Test func `one stream tells of several accounts, and says of which`() async throws {
        let world = try await World.ready()
        let listener = try await world.listen(also: "alice", "bob", "alice")
        _ = await world.post("/api/config?account=alice", ["trakt": ["client_id": "hers"]])
        #expect(try await listener.next { event, _ in event == "config" } == ["account": "alice", "etag": "\"1\""])
        _ = await world.post("/api/trakt/pin/new?account=alice")
        let pending = try await listener.next { $0 == "status" && $1["state"] == "pending" }
        #expect(pending["account"] == "alice" && pending["provider"] == "trakt")
        // Whoever listens to others hears nothing of it.
        let other = try await world.listen(account: "bob")
        _ = await world.post("/api/trakt/pin/cancel?account=alice")
        other.stream.close()
        #expect(await other.rest().allSatisfy { $0.data["account"] == "bob" })
        listener.stream.close()
        _ = await listener.rest()
        #expect(world.companion.parts.events.count == 0)
    }

    @Test func `a stream begins with how each provider stands in each of its accounts`() async throws {
        let world = try await World.ready()
        let listener = try await world.listen(account: "alice", also: "default", "alice")
        listener.stream.close()
        let told = await listener.rest().map {
            "\($0.data["account"]?.stringValue ?? "") \($0.data["provider"]?.stringValue ?? "")"
        }
        let providers = ["plex", "simkl", "tmdb", "trakt"]
        #expect(told == providers.map { "alice \($0)" } + providers.map { "default \($0)" })
    }

    @Test func `a stream is about so many accounts at most, and only about names that can be`() async throws {
        let world = try await World.ready()
        let many = (0...32).map { "also=a\($0)" }.joined(separator: "&")
        #expect(
            await world.get("/api/events?\(many)").summary == """
                400 {"ok":false,"error":"too_many_accounts",\
                "message":"One stream of events is about 32 further accounts at most.",\
                "hint":"Open another one for the rest."}
                """)
        #expect(await world.get("/api/events?also=no%20name").status == 400)
        #expect(world.companion.parts.events.count == 0)
    }

    @Test func `a state that cannot be read is told, and nobody is left listening`() async throws {
        let world = try World(stored: "oops")
        let refused = """
            500 {"ok":false,"error":"vault_unreadable","message":"The saved state cannot be read.",\
            "hint":"Latchkey's log says why."}
            """
        #expect(await world.get("/api/events").summary == refused)
        #expect(await world.get("/api/status").summary == refused)
        #expect(await world.post("/api/trakt/pin/new").summary == refused)
        #expect(world.companion.parts.events.count == 0)
        #expect(world.lines.all.contains { $0.contains("default.json' is not valid JSON at line 1, column 1") })
        #expect(await world.companion.engine.starts.isEmpty)
    }

    @Test func `the status of all says what a demonstration offers`() async throws {
        let world = try World()
        #expect(await world.get("/api/status").json["demo"] == .null)
        #expect(await world.get("/api/status").json[path: "providers.trakt.state"] == "not_set_up")
        #expect(
            await world.get("/api/plex/status").json[path: "redirect_uri"]
                == "http://127.0.0.1:8787/plex/oauth-callback/")
    }
}
