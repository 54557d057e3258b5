import JSON
import Synchronization
import TestSupport

/// The server-sent events of a running server, read from the socket.
final class EventFeed: Sendable {
    /// One event.
    struct Event: Equatable {
        let name: String
        let data: JSON
    }

    private struct Content {
        var bytes: [UInt8] = []
        var all = ""
    }

    private let client: RawClient
    private let content = Mutex(Content())

    /// Asks for the events and waits for the head of the answer.
    init(port: Int, path: String = "/api/events", field: String = "X-Nothing: 1") async throws {
        client = try await RawClient.connect(port: port)
        try await client.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(field)\r\n\r\n")
        let head = try await client.bytes(through: "\r\n\r\n")
        content.withLock { $0.all = String(decoding: head, as: UTF8.self) }
    }

    deinit { client.close() }

    /// Everything that has come, as it came but for its framing.
    var text: String { content.withLock(\.all) }

    /// The next event. Comments, which keep the connection awake, are left out.
    func next() async throws -> Event {
        while true {
            try Task.checkCancellation()
            if let block = takeBlock(), let event = Self.event(block) { return event }
            if content.withLock({ Self.hasBlock($0.bytes) }) { continue }
            let chunk = try await nextChunk()
            content.withLock {
                $0.bytes += chunk
                $0.all += String(decoding: chunk, as: UTF8.self)
            }
        }
    }

    /// The data of the next status of a provider that is as wished.
    func status(_ provider: String, where fits: (JSON) -> Bool) async throws -> JSON {
        while true {
            let event = try await next()
            if event.name == "status", event.data.text("provider") == provider, fits(event.data) { return event.data }
        }
    }

    private func nextChunk() async throws -> [UInt8] {
        let size = String(decoding: try await client.bytes(through: "\r\n"), as: UTF8.self)
        guard let count = Int(size.dropLast(1).prefix { $0.isHexDigit }, radix: 16), count > 0 else {
            throw RawClient.Failure.ended
        }
        return try await client.bytes(count: count + 2).dropLast(2)
    }

    private static func hasBlock(_ bytes: [UInt8]) -> Bool { bytes.firstRange(of: Array("\n\n".utf8)) != nil }

    private func takeBlock() -> String? {
        content.withLock { content in
            guard let end = content.bytes.firstRange(of: Array("\n\n".utf8)) else { return nil }
            let block = String(decoding: content.bytes[..<end.lowerBound], as: UTF8.self)
            content.bytes.removeSubrange(..<end.upperBound)
            return block
        }
    }

    private static func event(_ block: String) -> Event? {
        var name = ""
        var data = ""
        for line in block.split(separator: "\n") {
            if line.hasPrefix("event: ") { name = String(line.dropFirst(7)) }
            if line.hasPrefix("data: ") { data += line.dropFirst(6) }
        }
        return (try? JSON.parse(Array(data.utf8))).map { Event(name: name, data: $0) }
    }
}
