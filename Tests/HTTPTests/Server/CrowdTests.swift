import Synchronization
import TestSupport
import Testing

@testable import HTTP

/// Limits that keep many clients, or one that takes much, from shutting out the others.
@Suite(.timeLimit(.minutes(1))) struct CrowdTests {
    /// What a server has told.
    private final class Told: Sendable {
        let notices = Mutex<[ServerNotice]>([])

        @Sendable func note(_ notice: ServerNotice, _ count: Int) { notices.withLock { $0.append(notice) } }
    }

    @Test func `an address has only so many connections, and those of trusted peers are not counted`() async throws {
        let told = Told()
        let isTrusted = Atomic(false)
        let configuration = Samples.configuration {
            $0.limits.clientConnections = 2
            $0.isTrusted = { _ in isTrusted.load(ordering: .relaxed) }
            $0.notice = told.note
        }
        try await TestServer.run(configuration, site: Samples.site) { server in
            let first = try await server.connect()
            let second = try await server.connect()
            for client in [first, second] {
                try await client.send(Samples.get("/"))
                #expect(try await client.response().status == 200)
            }
            for _ in 1...3 {
                let refused = try await server.connect()
                let response = try await refused.response()
                #expect(response.status == 503)
                #expect(
                    response.text
                        == "There are too many connections from your address. Close some, or try again in a moment.\n")
                #expect(response.headers["Retry-After"] == "5")
                #expect(try await refused.restText() == "")
            }
            #expect(told.notices.withLock(\.self) == [.clientConnections])
            isTrusted.store(true, ordering: .relaxed)
            #expect(try await server.request(Samples.get("/")).status == 200)
            isTrusted.store(false, ordering: .relaxed)
            first.close()
            var status = 0
            while status != 200 { status = (try? await server.request(Samples.get("/")).status) ?? 0 }
        }
    }

    @Test func `of an address of IPv6 the first half is the client`() {
        let counts = ClientCounts()
        let one = ClientAddress(network: 0x2001_0DB8_0000_0001, interface: 1)
        let neighbour = ClientAddress(network: 0x2001_0DB8_0000_0001, interface: 0xFFFF)
        let other = ClientAddress(network: 0x2001_0DB8_0000_0002, interface: 1)
        #expect(one.client == neighbour.client && one.client != other.client)
        #expect(counts.add(one.client, limit: 1) && !counts.add(neighbour.client, limit: 1))
        #expect(counts.add(other.client, limit: 1))
        counts.remove(neighbour.client)
        #expect(counts.add(one.client, limit: 1))
        let four = ClientAddress(network: 0, interface: 0xFFFF_0A00_0001)
        let next = ClientAddress(network: 0, interface: 0xFFFF_0A00_0002)
        #expect(four.isIPv4 && !four.isLoopback && four.client != next.client)
        #expect(ClientAddress(network: 0, interface: 0xFFFF_7F01_0203).isLoopback)
        #expect(ClientAddress(network: 0, interface: 1).isLoopback && !ClientAddress(network: 0, interface: 2).isIPv4)
    }

    @Test func `a connection is closed in good order after its last request`() async throws {
        try await TestServer.run(Samples.configuration { $0.limits.requests = 3 }, site: Samples.site) { server in
            let client = try await server.connect()
            try await client.send(String(repeating: Samples.get("/"), count: 4))
            for number in 1...3 {
                let response = try await client.response()
                #expect(response.status == 200)
                #expect(response.headers["Connection"] == (number == 3 ? "close" : nil))
            }
            #expect(try await client.restText() == "")
        }
    }

    @Test func `very many requests at once are all answered in their order, others in between`() async throws {
        let configuration = Samples.configuration { $0.limits.pipelined = 2 }
        try await TestServer.run(configuration, site: Samples.site, responder: Samples.echo) { server in
            let client = try await server.connect()
            let count = 500
            let sending = Task {
                try await client.send((0..<count).map { Samples.get($0 % 3 == 0 ? "/\($0)" : "/") }.joined())
            }
            for number in 0..<count {
                let expected = number % 3 == 0 ? "GET /\(number)? " : "<p>hello</p>"
                #expect(try await client.response().text == expected)
            }
            try await sending.value
            #expect(try await server.request(Samples.get("/")).status == 200)
        }
    }

    @Test func `a responder that never answers is cancelled, and the client is told`() async throws {
        let (cancelled, told) = (Gate(), Told())
        let configuration = Samples.configuration {
            $0.limits.answerTime = .milliseconds(100)
            $0.notice = told.note
        }
        let responder: @Sendable (Request) async -> Response = { _ in
            let never = Gate()
            await withTaskCancellationHandler {
                await never.wait()
            } onCancel: {
                Task { await cancelled.open() }
            }
            return .text(200, "too late")
        }
        try await TestServer.run(configuration, responder: responder) { server in
            let client = try await server.connect()
            try await client.send(Samples.get("/slow") + Samples.get("/next"))
            let response = try await client.response()
            #expect(response.status == 503 && response.headers["Connection"] == "close")
            #expect(response.text == "The answer was not ready in time. Try again in a moment.\n")
            #expect(try await client.restText() == "")
            await cancelled.wait()
            #expect(told.notices.withLock(\.self) == [.answerTime])
        }
    }

    @Test func `each kind of notice is told once a minute, with how often it happened`() {
        let notices = Notices()
        let told = Mutex<[String]>([])
        func note(_ notice: ServerNotice, _ now: Int64) {
            notices.note(notice, now: now) { notice, count in told.withLock { $0.append("\(notice) \(count)") } }
        }
        for now in [0, 1, 59_999] { note(.connections, Int64(now)) }
        note(.descriptors, 5)
        for now in [60_000, 60_001, 120_000] { note(.connections, Int64(now)) }
        #expect(told.withLock(\.self) == ["connections 1", "descriptors 1", "connections 3", "connections 2"])
    }

    @Test func `many streams of events all get what is sent, and others their answers`() async throws {
        let streams = Mutex<[EventStream]>([])
        let configuration = Samples.configuration {
            $0.limits.eventStreams = 200
            $0.limits.clientConnections = 300
        }
        let responder: @Sendable (Request) async -> Response = { _ in
            let stream = EventStream()
            streams.withLock { $0.append(stream) }
            return .events(stream)
        }
        try await TestServer.run(configuration, site: Samples.site, responder: responder) { server in
            var crowd: [RawClient] = []
            for _ in 0..<200 {
                let client = try await server.connect()
                try await client.send(Samples.get("/events"))
                _ = try await client.bytes(through: "\r\n\r\n")
                crowd.append(client)
            }
            #expect(try await server.request(Samples.get("/events")).status == 503)
            for stream in streams.withLock(\.self) { stream.send(data: "news") }
            #expect(try await server.request(Samples.get("/")).status == 200)
            for client in crowd {
                #expect(String(decoding: try await client.bytes(count: 17), as: UTF8.self) == "c\r\ndata: news\n\n\r\n")
            }
        }
    }

    @Test func `many idle connections and half heads leave others their answers`() async throws {
        try await TestServer.run(Samples.configuration { $0.limits.clientConnections = 400 }, site: Samples.site) {
            server in
            var crowd: [RawClient] = []
            for number in 0..<300 {
                let client = try await server.connect()
                try await client.send(number % 2 == 0 ? Samples.get("/") : "GET / HTTP/1.1\r\nHost: ")
                crowd.append(client)
            }
            for _ in 1...20 { #expect(try await server.request(Samples.get("/")).status == 200) }
            for (number, client) in crowd.enumerated() {
                if number % 2 == 1 { try await client.send("localhost\r\n\r\n") }
                #expect(try await client.response().status == 200)
            }
        }
    }
}
