import Dispatch
import Files
import Glibc
import HTTP
import JSON
import Synchronization
import TestSupport
import Testing

@testable import latchkey

/// A log that is not read.
@Suite(.timeLimit(.minutes(2)))
struct UnreadLogTests {
    /// A pipe that is open for reading, and that nobody reads.
    private final class UnreadPipe: Sendable {
        let path: String
        private let descriptor: Int32

        init(_ path: String) throws {
            self.path = path
            try #require(mkfifo(path, 0o600) == 0)
            descriptor = open(path, O_RDONLY | O_NONBLOCK)
            try #require(descriptor >= 0)
        }

        deinit { close(descriptor) }

        /// How many bytes are in it.
        var count: Int {
            var count: Int32 = 0
            return ioctl(descriptor, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
        }
    }

    private func post(_ path: String, _ body: String, _ url: String, _ client: Client) async throws -> Int {
        try await client.send(
            ClientRequest(
                method: "POST", url: url + path, headers: ["Origin": url, "Content-Type": "application/json"],
                body: Array(body.utf8), timeout: .seconds(60))
        ).status
    }

    @Test func `a log that nobody reads holds up neither requests nor the end`() async throws {
        let folder = try TemporaryFolder()
        let pipe = try UnreadPipe(folder("log"))
        let process = try ProcessHandle(
            "/bin/sh",
            [
                "-c", "exec \"$0\" \"$@\" 2> '\(pipe.path)'", RunningLatchkey.binary, "serve", "--listen",
                "127.0.0.1:0", "--site", folder("site"), "--data", folder("data"), "--log-level", "debug",
            ])
        let line = try #require(await process.output.line { $0.contains("open http://") })
        let url = String(try #require(line.split(separator: " ").last).dropLast())
        let client = Client(userAgent: "latchkey-tests")
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            var statuses: Set<Int> = []
            for number in 0..<3000 {
                if number >= 32, let status = try await group.next() { statuses.insert(status) }
                group.addTask {
                    try await post("/api/config", #"{"trakt":{"client_id":"\#(number)"}}"#, url, client)
                }
            }
            for try await status in group { statuses.insert(status) }
            return statuses
        }
        #expect(statuses == [200])
        #expect(pipe.count > 60_000)
        let health = try await client.send(ClientRequest(method: "GET", url: url + "/healthz"))
        #expect(health.status == 200)
        #expect(await process.terminate() == .exited(code: 0))
    }

    /// What a queue wrote, with a door that lets one line through at a time, or all.
    private final class Sink: Sendable {
        let lines = Mutex<[String]>([])
        let began = DispatchSemaphore(value: 0)
        let door = DispatchSemaphore(value: 0)

        @Sendable func write(_ line: String) {
            began.signal()
            door.wait()
            lines.withLock { $0.append(line) }
        }
    }

    @Test func `lines that find no room are counted, and the count is told when there is room again`() {
        let sink = Sink()
        let queue = LogQueue(write: sink.write) { count in sink.lines.withLock { $0.append("lost \(count)") } }
        queue.add("first")
        wait(sink.began)
        for number in 0..<8192 + 5 { queue.add("\(number)") }
        // Nothing comes of waiting for a log that is stuck.
        queue.flush(within: .milliseconds(1))
        for _ in 0..<8193 { sink.door.signal() }
        queue.flush(within: .seconds(60))
        queue.add("later")
        sink.door.signal()
        queue.flush(within: .seconds(60))
        let expected = ["first"] + (0..<8192).map { "\($0)" } + ["lost 5", "later"]
        #expect(sink.lines.withLock(\.self) == expected)
    }

    private func wait(_ semaphore: DispatchSemaphore) { semaphore.wait() }

    @Test func `what was logged last is written before the process ends`() async throws {
        let folder = try TemporaryFolder()
        let running = try await RunningLatchkey([
            "serve", "--listen", "127.0.0.1:0", "--site", folder("site"), "--data", folder("data"),
        ])
        let client = Client(userAgent: "latchkey-tests")
        #expect(try await post("/api/config", #"{"trakt":{"client_id":"x"}}"#, running.url, client) == 200)
        #expect(await running.process.terminate() == .exited(code: 0))
        let expected = "info config changed account=default keys=trakt.client_id owner=default"
        #expect(running.process.errors.lines == [expected, "info stopping"])
    }
}
