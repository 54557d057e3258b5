import HTTP
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct AccessLogTests {
    @Test func `every request is one entry, without its query`() async throws {
        let entries = Mutex<[AccessLogEntry]>([])
        let complete = Gate()
        let configuration = Samples.configuration {
            $0.log = { entry in
                let count = entries.withLock { entries in
                    entries.append(entry)
                    return entries.count
                }
                if count == 5 { Task { await complete.open() } }
            }
        }
        try await TestServer.run(configuration, site: Samples.site, responder: Samples.echo) { server in
            let client = try await server.connect()
            try await client.send(
                Samples.get("/?code=secret") + "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + Samples.get("/cb%20?code=secret")
                    + Samples.get("/%0A") + Samples.get("/never read"))
            _ = try await client.rest()
            let other = try await server.connect()
            try await other.send("G\r\n")
            _ = try await other.rest()
            await complete.wait()
        }
        let lines = entries.withLock { $0.map(\.line) }.map {
            $0.split(separator: " ").prefix(4).joined(separator: " ")
        }
        #expect(
            lines == [
                "127.0.0.1 GET / 200", "127.0.0.1 HEAD / 200", "127.0.0.1 GET /cb%20 200", "127.0.0.1 GET /%0A 400",
                "127.0.0.1 - - 400",
            ])
        #expect(entries.withLock { $0.allSatisfy { $0.bytes > 0 && $0.duration >= .zero } })
    }
}
