import Files
import Glibc
import HTTP
import TestSupport
import Testing

/// A server that may open no more descriptors.
@Suite(.timeLimit(.minutes(2)))
struct DescriptorTests {
    private func limits(of process: ProcessHandle) throws -> (soft: Int, hard: Int) {
        let text = String(decoding: try Files.read("/proc/\(process.id)/limits"), as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("Max open files") })
        let numbers = line.split(separator: " ").compactMap { Int($0) }
        return (try #require(numbers.first), try #require(numbers.last))
    }

    /// Lets a running process have so many descriptors and no more.
    private func limit(_ process: ProcessHandle, to count: Int) async throws {
        let tool = try ProcessHandle("/usr/bin/prlimit", ["--pid", "\(process.id)", "--nofile=\(count):"])
        #expect(await tool.waitForEnd() == .exited(code: 0))
    }

    /// Processor time so far, in ticks: user and system (proc_pid_stat(5)).
    private func ticks(_ process: ProcessHandle) throws -> Int {
        let text = String(decoding: try Files.read("/proc/\(process.id)/stat"), as: UTF8.self)
        let fields = text.drop { $0 != ")" }.split(separator: " ")
        return try #require(Int(fields[12])) + (try #require(Int(fields[13])))
    }

    private func serve(
        _ folder: TemporaryFolder, limit: String = "", _ words: [String] = []
    ) async throws -> (ProcessHandle, port: Int) {
        // What other tests have open just now does not count here.
        let closing = "for fd in /proc/$$/fd/*; do fd=${fd##*/}; ((fd < 3 || fd == 255)) || eval \"exec $fd>&-\"; done;"
        let process = try ProcessHandle(
            "/bin/bash",
            [
                "-c", "\(closing) \(limit) exec \"$0\" \"$@\"", RunningLatchkey.binary, "serve", "--listen",
                "127.0.0.1:0",
                "--site", folder("site"), "--data", folder("data"),
            ] + words, environment: ["HOME": folder.path])
        let line = await process.output.line { $0.contains("open http://") }
        let port = line?.split(separator: ":").last.flatMap { Int($0.dropLast()) }
        return (process, try #require(port))
    }

    private static let health = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @Test func `the soft limit of descriptors is raised to the hard one`() async throws {
        let folder = try TemporaryFolder()
        let (process, _) = try await serve(folder, limit: "ulimit -Sn 64;")
        let limits = try limits(of: process)
        #expect(limits.soft == limits.hard && limits.hard > 64)
        #expect(await process.terminate() == .exited(code: 0))
    }

    @Test func `with few descriptors there are as few connections, and those are answered`() async throws {
        let folder = try TemporaryFolder()
        let (process, port) = try await serve(
            folder, limit: "ulimit -n 64;", ["--connection-limit", "500", "--header-time", "10m"])
        #expect(
            await process.errors.line { $0.contains("asked for") }
                == #"warning fewer connections than asked for hint="raise the limit of open files (ulimit -Hn, LimitNOFILE=)" possible=32"#
        )
        // Half of these few are for other things.
        var clients: [RawClient] = []
        for _ in 1...60 { clients.append(try await RawClient.connect(port: port)) }
        let response = try await clients[59].response()
        #expect(response.status == 503)
        // Which of them found room is up to two loops that accept at the same time.
        var answered = 0
        for client in clients {
            try? await client.send(Self.health)
            let answer = try? await client.response()
            if answer?.status == 200 { answered += 1 } else { #expect([503, nil].contains(answer?.status)) }
        }
        #expect((16...32).contains(answered))
        #expect(
            await process.errors.line { $0.contains("connections turned away") }
                == #"warning connections turned away count=1 hint="all are in use: --connection-limit, or the limit of descriptors""#
        )
        #expect(await process.terminate() == .exited(code: 0))
    }

    @Test func `when descriptors run out the server rests, answers who is there, and goes on afterwards`() async throws
    {
        let folder = try TemporaryFolder()
        let (process, port) = try await serve(folder, ["--header-time", "10m", "--idle-time", "10m"])
        let known = try await RawClient.connect(port: port)
        try await known.send(Self.health)
        #expect(try await known.response().status == 200)
        let open = try Files.names(in: "/proc/\(process.id)/fd").count
        try await limit(process, to: open + 5)
        var crowd: [RawClient] = []
        for _ in 1...40 { crowd.append(try await RawClient.connect(port: port)) }
        #expect(await process.errors.line { $0.contains("no descriptors left") } != nil)
        let before = try ticks(process)
        // A loop that turned all the time would take a hundred ticks in a second, or what others leave of them.
        try await Task.sleep(for: .seconds(1))
        #expect(try ticks(process) - before < 15)
        try await known.send(Self.health)
        #expect(try await known.response().status == 200)
        let last = crowd.removeLast()
        crowd = []
        try await last.send(Self.health)
        #expect(try await last.response().status == 200)
        #expect(await process.terminate() == .exited(code: 0))
    }
}
