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
        let count = try await world.get("/api/status").json["providers"]?.objectValue?.keys.count ?? 0
        for _ in 0..<count { _ = try await feed.next() }
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

    /// A client that has taken the beginning of a large file and no more.
    private func download(_ folder: TemporaryFolder) async throws -> (RunningLatchkey, RawClient, size: Int) {
        let size = 16_000_000
        try folder.write(String(repeating: "x", count: size), to: "site/Static/big.txt")
        let running = try await RunningLatchkey(
            ["serve", "--site", folder("site"), "--data", folder("data"), "--listen", "127.0.0.1:0"])
        let port = try #require(Int(running.url.split(separator: ":").last ?? ""))
        let client = try await RawClient.connect(port: port)
        try await client.send("GET /big.txt HTTP/1.1\r\nHost: localhost\r\n\r\n")
        #expect(String(decoding: try await client.bytes(through: "\r\n\r\n"), as: UTF8.self).contains(" 200 "))
        return (running, client, size)
    }

    /// Asks it to end, and waits until it says that it does.
    private func stop(_ running: RunningLatchkey) async {
        running.process.signal(SIGTERM)
        #expect(await running.process.errors.line { $0.contains("info stopping") } != nil)
    }

    @Test func `a download that is under way ends well before the server does`() async throws {
        let folder = try TemporaryFolder()
        let (running, client, size) = try await download(folder)
        await stop(running)
        #expect(try await client.rest().count == size)
        #expect(await running.process.waitForEnd() == .exited(code: 0))
    }

    @Test func `a second signal ends the server at once`() async throws {
        let folder = try TemporaryFolder()
        let (running, client, size) = try await download(folder)
        await stop(running)
        running.process.signal(SIGTERM)
        #expect(await running.process.waitForEnd() == .killed(signal: Int(SIGTERM)))
        #expect(try await client.rest().count < size)
    }

    @Test(.enabled(if: Loopback.hasIPv6, "this machine has no ::1"))
    func `two addresses serve the same`() async throws {
        let world = try await World(["--listen", "127.0.0.1:0", "--listen", "[::1]:0"])
        let log = try world.log
        #expect(log.contains("It listens on [::1]:"))
        #expect(try await world.get("/healthz").status == 200)
    }
}
