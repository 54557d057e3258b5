import Files
import Glibc
import TestSupport
import Testing

/// How a server ends, and where it listens.
@Suite(.timeLimit(.minutes(1)))
struct StopTests {
    @Test func `a server with listeners ends when it is asked to, with code 0`() async throws {
        let world = try await World()
        let feed = try await EventFeed(port: try world.port)
        let idle = try await RawClient.connect(port: try world.port)
        for _ in 1...4 { _ = try await feed.next() }
        #expect(try await world.stop() == .exited(code: 0))
        await #expect(throws: RawClient.Failure.self) { try await feed.next() }
        #expect(try await idle.rest() == [])
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal counts from the moment that the address is printed`(signal: Int32) async throws {
        try await withThrowingTaskGroup { group in
            for _ in 1...4 {
                group.addTask {
                    let folder = try TemporaryFolder()
                    let running = try await RunningLatchkey(
                        ["serve", "--site", folder("site"), "--data", folder("data"), "--listen", "127.0.0.1:0"])
                    running.process.signal(signal)
                    #expect(await running.process.waitForEnd() == .exited(code: 0))
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `a unix socket is served, and removed in the end`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("run/latchkey.sock")
        try Files.makeFolder(folder("run"))
        let running = try await RunningLatchkey([
            "serve", "--site", folder("site"), "--data", folder("data"), "--listen", "unix:\(path)", "--public-url",
            "https://latchkey.example/",
        ])
        #expect(running.url == "https://latchkey.example")
        let client = try await RawClient.connect(unixPath: path)
        try await client.send("GET /healthz HTTP/1.1\r\nHost: latchkey.example\r\n\r\n")
        #expect(try await client.response().text == #"{"ok":true}"#)
        try await client.send("GET /healthz HTTP/1.1\r\nHost: other.example\r\n\r\n")
        #expect(try await client.response().status == 421)
        #expect(await running.process.terminate() == .exited(code: 0))
        #expect(Files.kind(of: path) == nil)
    }

    @Test(.enabled(if: Loopback.hasIPv6, "this machine has no ::1"))
    func `two addresses serve the same`() async throws {
        let world = try await World(["--listen", "127.0.0.1:0", "--listen", "[::1]:0"])
        let log = try world.log
        #expect(log.contains("It listens on [::1]:"))
        #expect(try await world.get("/healthz").status == 200)
    }
}
