import Crypto
import Files
import HTTP
import JSON
import Synchronization
import TestSupport
import Testing

@testable import Companion

/// Addresses that are told of changes.
@Suite(.timeLimit(.minutes(1))) struct WebhookTests {
    /// What a receiver was sent, and how it answers: the first answers are given, and 204 after them.
    final class Receiver: Sendable {
        private struct State {
            var requests: [Request] = []
            var answers: [Response]
            var waiting: [(Int, CheckedContinuation<Void, Never>)] = []
        }

        private let state: Mutex<State>

        init(_ answers: Response...) { state = Mutex(State(answers: answers)) }

        var requests: [Request] { state.withLock(\.requests) }
        var bodies: [JSON] { requests.map { (try? JSON.parse($0.body)) ?? .null } }

        func answer(_ request: Request) -> Response {
            state.withLock { state in
                state.requests.append(request)
                let count = state.requests.count
                state.waiting.removeAll { wanted, continuation in
                    if count < wanted { return false }
                    continuation.resume()
                    return true
                }
                return state.answers.isEmpty ? Response(status: 204) : state.answers.removeFirst()
            }
        }

        func wait(for count: Int) async {
            await withCheckedContinuation { continuation in
                state.withLock { state in
                    if state.requests.count >= count { return continuation.resume() }
                    state.waiting.append((count, continuation))
                }
            }
        }
    }

    static let secret = Array("canary-webhook-secret".utf8)
    let folder: TemporaryFolder
    let lines = Lines()

    init() throws { folder = try TemporaryFolder() }

    private func queue(_ limits: WebhookQueue.Limits = .init(pause: 0.01)) -> WebhookQueue {
        WebhookQueue(
            client: Client(userAgent: "latchkey-tests"), clock: EngineClock(),
            log: Log(level: .debug, format: .text, write: lines.add), limits: limits)
    }

    private func webhooks(_ ports: Int..., path: String = "/hook?key=canary-query") -> Webhooks {
        Webhooks(urls: ports.map { "http://127.0.0.1:\($0)\(path)" }, secret: Self.secret, folder: folder("telling"))
    }

    private func log() -> Log { Log(level: .debug, format: .text, write: lines.add) }

    private func change(
        _ kind: AccountChange.Kind, _ account: String = "default", owner: String = "default"
    ) -> AccountChange {
        let key = FlowEngine.Key(provider: "trakt", id: AccountID(owner: owner, account: account))
        return AccountChange(kind, key, at: EngineClock().wall)
    }

    /// Runs a test with a receiver.
    private func with(_ receiver: Receiver, _ body: (Int) async throws -> Void) async throws {
        try await TestServer.run(responder: { receiver.answer($0) }) { try await body($0.port) }
    }

    @Test func `each change of a connection is posted, signed, and without any token`() async throws {
        let receiver = Receiver()
        try await with(receiver) { port in
            let world = try World { folder, _ in
                var telling = Telling()
                telling.webhooks = Webhooks(
                    urls: ["http://127.0.0.1:\(port)/hook"], secret: Self.secret, folder: folder("telling"))
                return telling
            }
            try await world.enter(account: "default")
            try await world.companion.resume()
            try await world.linkTrakt()
            #expect(await world.post("/api/trakt/refresh").status == 200)
            let tokens = world.simulator.accessTokens(.trakt) + world.simulator.refreshTokens(.trakt)
            world.simulator.endSessions(.trakt)
            #expect(await world.post("/api/trakt/refresh").status == 409)
            #expect(await world.post("/api/trakt/disconnect").status == 200)
            await receiver.wait(for: 4)
            await world.companion.stop()
            let events = receiver.bodies.map { $0["event"]?.stringValue ?? "" }
            #expect(events == ["linked", "refreshed", "reconnect_needed", "unlinked"])
            for (request, body) in zip(receiver.requests, receiver.bodies) {
                #expect(body.objectValue?.keys == ["id", "event", "provider", "account", "at"])
                #expect(body["provider"] == "trakt" && body["account"] == "default")
                #expect(!tokens.contains(where: String(decoding: request.body, as: UTF8.self).contains))
                #expect(try Self.isSigned(request, secret: Self.secret))
                #expect(try !Self.isSigned(request, secret: Array("another secret of 16".utf8)))
            }
            #expect(Set(receiver.bodies.map { $0["id"]?.stringValue ?? "" }).count == 4)
        }
    }

    /// What a receiver does: the time is near, and the code is the one of time, dot and content.
    private static func isSigned(_ request: Request, secret: [UInt8]) throws -> Bool {
        let field = try #require(request.headers["Latchkey-Signature"])
        let match = try #require(field.wholeMatch(of: #/t=(\d+),v1=([0-9a-f]{64})/#))
        let time = try #require(Double(match.1))
        let code = Crypto.hmac(Array("\(match.1).".utf8) + request.body, key: secret)
        return abs(EngineClock().now - time) < 300 && Hex.encode(code) == match.2
    }

    @Test func `what is not taken is tried again; no redirect is followed`() async throws {
        let receiver = Receiver(
            Response(status: 500), .seeOther("/elsewhere"), Response(status: 404), Response(status: 410))
        try await with(receiver) { port in
            let queue = queue()
            await queue.adopt(webhooks(port), log: log())
            await queue.add(change(.linked, "kids", owner: "u-1"))
            await receiver.wait(for: 5)
            await lines.wait(for: "debug webhook delivered")
            await queue.stop()
            #expect(receiver.requests.allSatisfy { $0.path == "/hook" && $0.query == "key=canary-query" })
            #expect(Set(receiver.bodies.map(\.text)).count == 1)
            #expect(receiver.bodies[0]["owner"] == "u-1")
            let told = lines.all.filter { $0.hasPrefix("warning webhook not delivered account=kids event=linked id=") }
            #expect(told.count == 4 && told[0].contains("reason=\"status 500\""))
            #expect(told.allSatisfy { $0.contains("webhook=http://127.0.0.1:\(port)") })
            #expect(!lines.all.contains { $0.contains("canary") || $0.contains("/hook") })
        }
    }

    @Test func `the changes of an account come in order, and hold up no other account`() async throws {
        let receiver = Receiver(Response(status: 503, headers: ["Retry-After": "3"]))
        try await with(receiver) { port in
            let queue = queue()
            await queue.adopt(webhooks(port), log: log())
            await queue.add(change(.linked))
            await receiver.wait(for: 1)
            await queue.add(change(.refreshed))
            await queue.add(change(.linked, "kids"))
            await receiver.wait(for: 4)
            await queue.stop()
            let told = receiver.bodies.map { "\($0["account"]?.stringValue ?? "") \($0["event"]?.stringValue ?? "")" }
            #expect(
                told.filter { $0.hasPrefix("default") } == ["default linked", "default linked", "default refreshed"])
            #expect(told.firstIndex(of: "kids linked") == 1)
        }
    }

    @Test func `what waits survives the process, with the same id, and holds no address`() async throws {
        let (first, later) = (queue(.init(pause: 100)), queue())
        let receiver = Receiver()
        var port = 0
        try await TestServer.run(responder: { _ in Response(status: 500) }) { port = $0.port }
        // Nobody listens any more.
        await first.adopt(webhooks(port), log: log())
        await first.add(change(.linked))
        await lines.wait(for: "warning webhook not delivered")
        await first.stop()
        let waiting = await first.posts
        let text = try folder.text(of: "telling/webhooks.json")
        #expect(waiting.count == 1 && !text.contains("canary") && !text.contains("127.0.0.1"))
        #expect(try Files.permissions(of: folder("telling/webhooks.json")) == 0o600)
        try await with(receiver) { port in
            // The receiver is back, at another port: the test has to say that it is the same.
            let moved = text.replacing(waiting[0].target, with: Webhooks.digest(webhooks(port).urls[0]))
                .replacing(#/"due":\d+/#, with: #""due":0"#)
            try folder.write(moved, to: "later/webhooks.json")
            var next = webhooks(port)
            next.folder = folder("later")
            await later.adopt(next, log: log())
            await receiver.wait(for: 1)
            await lines.wait(for: "debug webhook delivered")
            await later.stop()
            #expect(receiver.bodies[0]["id"]?.stringValue == waiting[0].id)
            #expect(try folder.text(of: "later/webhooks.json") == #"{"posts":[]}"#)
        }
    }

    @Test func `the queue is bounded, and a change is given up after its time`() async throws {
        let receiver = Receiver(Response(status: 500))
        try await with(receiver) { port in
            let queue = queue(.init(waiting: 3, underWay: 2, life: 0, pause: 0.01))
            await queue.adopt(webhooks(port), log: log())
            await queue.add(change(.linked, "old"))
            await lines.wait(for: "warning webhook given up account=old")
            // None of these is due before the queue is looked at again.
            await queue.adopt(Webhooks(), log: log())
            await queue.adopt(webhooks(port), log: log())
            #expect(await queue.posts.isEmpty)
            await queue.stop()
            for number in 1...5 { await queue.add(change(.linked, "a\(number)")) }
            #expect(await queue.posts.map(\.change.account) == ["a3", "a4", "a5"])
            #expect(lines.all.contains { $0.contains("warning webhooks given up count=1 reason=\"too many wait\"") })
        }
    }

    @Test func `times that are none do not stop what waits from being posted`() async throws {
        let receiver = Receiver()
        try await with(receiver) { port in
            let webhooks = webhooks(port)
            let target = Webhooks.digest(webhooks.urls[0])
            let change = #""event":"linked","provider":"trakt","account":"default","at":1e300"#
            let post = #"{"id":"a",\#(change),"born":1e18,"due":-1e300,"target":"\#(target)"}"#
            try folder.write(#"{"posts":[\#(post)]}"#, to: "telling/webhooks.json")
            let queue = queue()
            await queue.adopt(webhooks, log: log())
            await receiver.wait(for: 1)
            await lines.wait(for: "debug webhook delivered")
            await queue.stop()
            #expect(receiver.bodies[0]["at"] == 0)
            #expect(try folder.text(of: "telling/webhooks.json") == #"{"posts":[]}"#)
        }
    }

    @Test func `what a second process could not post the first one takes over`() async throws {
        let receiver = Receiver(Response(status: 500))
        try await with(receiver) { port in
            let (server, command) = (queue(.init(pause: 0.01, collecting: 0.05)), queue(.init(pause: 3)))
            await server.adopt(webhooks(port), log: log())
            await command.adopt(webhooks(port), log: log())
            await command.add(change(.linked))
            await lines.wait(for: "warning webhook not delivered")
            await command.stop()
            await receiver.wait(for: 2)
            await lines.wait(for: "debug webhook delivered")
            await server.stop()
            #expect(receiver.bodies.count == 2 && receiver.bodies[0] == receiver.bodies[1])
            #expect(try folder.text(of: "telling/webhooks.json") == #"{"posts":[]}"#)
            let names = try Files.names(in: folder("telling"))
            #expect(names == ["webhooks.json", "webhooks.json.lock"])
        }
    }

    @Test func `an address is logged by its host alone`() {
        #expect(Webhooks.shown("https://hooks.example:8443/services/T0/secret?x=1#y") == "https://hooks.example:8443")
        #expect(Webhooks.shown("http://127.0.0.1?secret") == "http://127.0.0.1")
    }
}

extension JSON {
    fileprivate var text: String { String(decoding: encoded(), as: UTF8.self) }
}
