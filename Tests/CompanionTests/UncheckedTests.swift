import HTTP
import JSON
import Synchronization
import TestSupport
import Testing

@testable import Companion

/// A key may be saved while nobody can say whether it is good: until its server was seen it is sent to nobody.
@Suite(.timeLimit(.minutes(1))) struct UncheckedTests {
    private static let key = "0123456789abcdef0123456789abcdef"

    /// What is at the address of a server, and what it was asked.
    private final class Place: Sendable {
        private struct State {
            var answer: @Sendable (Request) -> Response
            var requests: [Request] = []
        }

        private let state: Mutex<State>

        init(_ answer: @escaping @Sendable (Request) -> Response) { state = Mutex(State(answer: answer)) }

        @Sendable func respond(to request: Request) async -> Response {
            let answer = state.withLock { state in
                state.requests.append(request)
                return state.answer
            }
            return answer(request)
        }

        func become(_ answer: @escaping @Sendable (Request) -> Response) { state.withLock { $0.answer = answer } }

        /// What was asked for.
        var paths: Set<String> { Set(state.withLock { $0.requests.map(\.path) }) }

        /// How many requests carried the key, in whatever way.
        var leaks: Int {
            state.withLock { state in
                state.requests.count { request in
                    let fields = request.headers.fields.map { "\($0.name): \($0.value)" }.joined()
                    return (fields + request.query + String(decoding: request.body, as: UTF8.self)).contains(key)
                }
            }
        }
    }

    private static func save(_ world: World, at port: Int) async -> World.Answer {
        let values: JSON = ["server": .string("http://127.0.0.1:\(port)"), "api_key": .string(key)]
        return await world.post("/api/sonarr/authorize", ["method": "key", "values": values, "unchecked": true])
    }

    private static func look(_ world: World) async {
        let id = AccountID(owner: "default", account: "default")
        await world.companion.engine.probe(FlowEngine.Key(provider: "sonarr", id: id))
    }

    private static let status = "/api/v3/system/status"

    @Test func `a page in the place of the product is another product, however large it is`() async throws {
        let page = String(repeating: "<p>It works!</p>", count: 6400)
        let place = Place { _ in .text(200, page) }
        try await TestServer.run(responder: place.respond) { server in
            let world = try World(only: "sonarr")
            let refused = await Self.save(world, at: server.port)
            #expect(
                refused.summary == """
                    409 {"ok":false,"error":"wrong_product","message":"At this address is something else, not Sonarr.",\
                    "hint":"Enter the address that you open in the browser, with its port and its path."}
                    """)
            #expect(try await world.stored("auth") == nil)
            #expect(place.paths == [Self.status] && place.leaks == 0)
        }
    }

    @Test func `a key for a server that only has errors is saved, and sent when the product was seen there`()
        async throws
    {
        let place = Place { _ in .text(500, "no") }
        try await TestServer.run(responder: place.respond) { server in
            let world = try World(only: "sonarr")
            #expect(await Self.save(world, at: server.port).summary == #"200 {"ok":true,"status":"ok"}"#)
            await Self.look(world)
            #expect(await world.get("/api/sonarr/status").json["unchecked"] == true)
            place.become { _ in .text(200, "<p>Another one</p>") }
            await Self.look(world)
            await Self.look(world)
            let status = await world.get("/api/sonarr/status").json
            #expect(status["state"] == "unreachable")
            #expect(status["message"] == "At this address is something else, not Sonarr.")
            #expect(place.paths == [Self.status] && place.leaks == 0)
            place.become { request in
                request.headers["X-Api-Key"] == Self.key
                    ? .json(200, ["appName": "Sonarr", "instanceName": "Home"]) : .json(401, [:])
            }
            await Self.look(world)
            let checked = await world.get("/api/sonarr/status").json
            #expect(checked["message"] == "Connected to Sonarr.")
            #expect(checked["account_name"] == "Home" && checked["unchecked"] == nil)
            #expect(place.leaks == 1)
        }
    }

    @Test func `a key that was never checked is not sent by disconnecting, either`() async throws {
        let place = Place { _ in .text(500, "no") }
        try await TestServer.run(responder: place.respond) { server in
            let world = try World(only: "sonarr")
            #expect(await Self.save(world, at: server.port).status == 200)
            #expect(await world.post("/api/sonarr/disconnect").json["forgotten"] == true)
            #expect(place.paths == [Self.status] && place.leaks == 0)
        }
    }
}
