import Synchronization
import TestSupport
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(1))) struct EventStreamTests {
    static let events: [(String?, String, String?, String)] = [
        (nil, "a", nil, "data: a\n\n"), ("status", "{}", nil, "event: status\ndata: {}\n\n"),
        ("e", "a\nb\r\nc\rd", "7", "event: e\nid: 7\ndata: a\ndata: b\ndata: c\ndata: d\n\n"),
        (nil, "", nil, "data: \n\n"), (nil, "a\n", nil, "data: a\ndata: \n\n"),
        (nil, "\r\n\n", nil, "data: \ndata: \ndata: \n\n"),
        ("x\r\ndata: evil", "a", "1\n\n\u{0}2", "event: xdata: evil\nid: 12\ndata: a\n\n"),
        (nil, "data: x\u{2028}é", nil, "data: data: x\u{2028}é\n\n"),
    ]

    @Test(arguments: events)
    func `no data can begin a field or an event of its own`(
        _ event: String?, _ data: String, _ id: String?, _ text: String
    ) {
        #expect(String(decoding: EventStream.encode(event: event, data: data, id: id), as: UTF8.self) == text)
    }

    @Test func `events come in their order, those from before the connection first`() async throws {
        let stream = EventStream()
        stream.send(event: "first", data: "0")
        try await TestServer.run(Samples.configuration(), responder: { _ in .events(stream) }) { server in
            let client = try await server.connect()
            try await client.send(Samples.get("/events"))
            let head = RawHead(try await client.bytes(through: "\r\n\r\n"))
            #expect(
                head.lines == [
                    "HTTP/1.1 200 OK", "Connection: close", "Content-Type: text/event-stream",
                    "Cache-Control: no-store", "X-Accel-Buffering: no", "X-Content-Type-Options: nosniff",
                    "Transfer-Encoding: chunked",
                ])
            #expect(try await text(client.bytes(through: "\n\n\r\n")) == "16\r\nevent: first\ndata: 0\n\n\r\n")
            for number in 1...20 {
                stream.send(data: "\(number)")
                let length = String("data: \(number)\n\n".utf8.count, radix: 16)
                #expect(try await text(client.bytes(through: "\n\n\r\n")) == "\(length)\r\ndata: \(number)\n\n\r\n")
            }
            stream.send(data: "last")
            stream.close()
            stream.send(data: "too late")
            #expect(try await client.restText().hasSuffix("data: last\n\n\r\n0\r\n\r\n"))
        }
    }

    @Test func `HTTP 1.0 gets the bare events up to the end of the connection`() async throws {
        let stream = EventStream()
        try await TestServer.run(Samples.configuration(), responder: { _ in .events(stream) }) { server in
            let client = try await server.connect()
            try await client.send("GET /events HTTP/1.0\r\n\r\n")
            let head = RawHead(try await client.bytes(through: "\r\n\r\n"))
            #expect(!head.lines.contains("Transfer-Encoding: chunked"))
            stream.send(event: nil, data: "a")
            stream.close()
            #expect(try await client.restText() == "data: a\n\n")
        }
    }

    @Test func `a quiet stream sends comments, so that no proxy closes it`() async throws {
        let configuration = Samples.configuration { $0.limits.heartbeatTime = .milliseconds(50) }
        let stream = EventStream()
        try await TestServer.run(configuration, responder: { _ in .events(stream) }) { server in
            let client = try await server.connect()
            try await client.send("GET /events HTTP/1.0\r\n\r\n")
            _ = try await client.bytes(through: "\r\n\r\n")
            #expect(try await text(client.bytes(count: 9)) == ":\n\n:\n\n:\n\n")
        }
    }

    @Test func `the end of a stream is told exactly once, whoever ends it`() async throws {
        let (ends, ended) = (Counter(), Gate())
        let stream = EventStream {
            ends.add()
            Task { await ended.open() }
        }
        try await TestServer.run(Samples.configuration(), responder: { _ in .events(stream) }) { server in
            let client = try await server.connect()
            try await client.send(Samples.get("/events"))
            _ = try await client.bytes(through: "\r\n\r\n")
            client.close()
            await ended.wait()
            stream.close()
            stream.close()
        }
        #expect(ends.count == 1)
    }

    @Test func `a stream that nobody takes ends, too`() {
        let ends = Counter()
        do { _ = EventStream { ends.add() } }
        #expect(ends.count == 1)
    }

    @Test func `a slow client is dropped and holds up nobody`() async throws {
        let ended = Gate()
        let (slow, quick) = (EventStream { Task { await ended.open() } }, EventStream())
        try await TestServer.run(Samples.configuration(), responder: { .events($0.path == "/slow" ? slow : quick) }) {
            server in
            let idler = try await RawClient.connect(port: server.port, receiveBuffer: 4096)
            try await idler.send(Samples.get("/slow"))
            let reader = try await server.connect()
            try await reader.send("GET /quick HTTP/1.0\r\n\r\n")
            _ = try await reader.bytes(through: "\r\n\r\n")
            let dropped = Task { await ended.wait() }
            let data = String(repeating: "x", count: 1000)
            let sending = Task {
                while !Task.isCancelled {
                    slow.send(data: data)
                    await Task.yield()
                }
            }
            await dropped.value
            sending.cancel()
            quick.send(data: "still here")
            #expect(try await text(reader.bytes(through: "\n\n")) == "data: still here\n\n")
        }
    }

    @Test func `one event that is larger than the queue ends the stream`() async throws {
        let ended = Gate()
        let stream = EventStream { Task { await ended.open() } }
        try await TestServer.run(
            Samples.configuration { $0.limits.eventQueue = 100 }, responder: { _ in .events(stream) }
        ) { server in
            let client = try await server.connect()
            try await client.send(Samples.get("/events"))
            _ = try await client.bytes(through: "\r\n\r\n")
            stream.send(data: String(repeating: "x", count: 200))
            await ended.wait()
            #expect(try await client.restText() == "")
        }
    }

    @Test func `beyond the limit of streams a client gets 503 until one ends, whichever loop it is on`() async throws {
        let configuration = Samples.configuration {
            $0.limits.eventStreams = 2
            $0.threads = 3
        }
        let ends = Counter()
        try await TestServer.run(configuration, responder: { _ in .events(EventStream { ends.add() }) }) { server in
            let request = Samples.get("/events")
            let clients = [try await server.connect(), try await server.connect()]
            for client in clients {
                try await client.send(request)
                #expect(try await text(client.bytes(through: "\r\n\r\n")).hasPrefix("HTTP/1.1 200 "))
            }
            let third = try await server.connect()
            try await third.send(request)
            let refused = try await third.response()
            #expect(refused.status == 503 && refused.headers["Retry-After"] == "5")
            #expect(
                refused.text
                    == "There are too many streams of events. "
                    + "Close pages that are not needed, or try again in a moment.\n"
            )
            #expect(ends.count == 1)
            // The connection goes on, and a stream's place is free again once its client has left.
            clients[0].close()
            var head = ""
            while !head.hasPrefix("HTTP/1.1 200 ") {
                try await third.send(request)
                head = try await text(third.bytes(through: "\r\n\r\n"))
                if head.hasPrefix("HTTP/1.1 503 ") { _ = try await third.bytes(through: "moment.\n") }
            }
        }
    }

    @Test func `HEAD of a stream has its fields and ends it`() async throws {
        let ends = Counter()
        try await TestServer.run(Samples.configuration(), responder: { _ in .events(EventStream { ends.add() }) }) {
            server in
            let client = try await server.connect()
            try await client.send("HEAD /events HTTP/1.1\r\nHost: a\r\n\r\n")
            let response = try await client.response(isHead: true)
            #expect(response.headers["Content-Type"] == "text/event-stream")
            #expect(try await client.restText() == "" && ends.count == 1)
        }
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// The lines of a header section without its date.
struct RawHead {
    let lines: [String]

    init(_ bytes: [UInt8]) {
        lines = String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
            .filter { !$0.hasPrefix("Date: ") }
    }
}

/// Counts from any thread.
final class Counter: Sendable {
    private let value = Atomic(0)
    func add() { value.add(1, ordering: .relaxed) }
    var count: Int { value.load(ordering: .relaxed) }
}
