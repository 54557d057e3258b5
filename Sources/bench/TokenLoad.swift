import Files
import Glibc
import HTTP
import JSON
import Simulator

/// How quickly apps get their tokens, how many durable writes there are in a second, and how long many accounts take to be
/// renewed: of a server in a process of its own, whose provider is the simulator in this one.
struct TokenLoad: Sendable {
    private let port: Int
    private let simulator: SimulatorServer
    private let folder: String
    private let page: Page

    /// - Parameters:
    ///   - key: an API key of the data folder, `token-data` in the site.
    ///   - wrapper: what the server is started with, such as `taskset -c 0`.
    static func measure(
        latchkey: String, site: String, key: String, _ accounts: Int, wrapper: [String]
    ) async throws {
        let simulator = try SimulatorServer()
        simulator.simulator.configure(.trakt) { $0.interval = 1 }
        let port = try Probe.freePort()
        let folder = Files.join(site, "token-data")
        let hosts = simulator.hosts.filter { $0.key.hasPrefix("trakt.") }.sorted { $0.key < $1.key }
        let options =
            [
                "--site", site, "--data", folder, "--listen", "127.0.0.1:\(port)", "--log-level", "warning",
                "--pending-limit", "\(accounts * 10 + 1000)", "--account-limit", "\(accounts + 1000)",
                "--token-limit", "100000000",
            ] + hosts.flatMap { ["--host", "\($0.key)=\($0.value)"] }
        let server = try ChildProcess(wrapper + [latchkey, "serve"] + options)
        try Probe.waitForAnswer(port: port)
        let load = TokenLoad(port: port, simulator: simulator, folder: folder, page: Page(port: port))
        try await load.link("default")
        try load.measureAnswers(key: key, server)
        try await load.measureWrites()
        try await load.measureRenewals(accounts, server)
        await simulator.stop()
    }

    // MARK: Answers

    /// Answers a second as quickly as they come, on 64 connections, then the latencies at a steady pace.
    private func measureAnswers(key: String, _ server: ChildProcess) throws {
        let fields = "Authorization: Bearer \(key)\r\n"
        let path = "/api/token/trakt"
        try RoundTrips.measure(port: port, "GET", path, 6400, fields: fields)
        let count = 320_000
        let (before, start) = (try server.processorSeconds(), Stopwatch.wall)
        try RoundTrips.measure(port: port, "GET", path, count, fields: fields)
        Bench.report("token_rate", Double(count) / (Stopwatch.wall - start))
        Bench.report("token_core_rate", Double(count) / (try server.processorSeconds() - before))
        for (rate, count) in [(1, 3), (100, 300), (10_000, 50_000)] {
            let times = try RoundTrips.latencies(port: port, path, count, perSecond: Double(rate), fields: fields)
                .sorted()
            Bench.report("token_p50_us_at_\(rate)", times.median * 1e6)
            Bench.report("token_p99_us_at_\(rate)", times[times.count * 99 / 100] * 1e6)
        }
        Bench.report("token_rss_mib", try server.memory("Rss") / 1_048_576)
    }

    // MARK: Writes

    /// Config writes that are durable before they are answered, from 64 at a time, beside the writes that a program makes
    /// that waits for the disk each time.
    private func measureWrites() async throws {
        let count = 4000
        let start = Stopwatch.wall
        try await inTurns(0..<count) { number in
            try await page.send("POST", "/api/config", #"{"trakt":{"client_secret":"secret-\#(number)"}}"#)
        }
        Bench.report("writes_per_second", Double(count) / (Stopwatch.wall - start))
        let bytes = try Files.read(Files.join(folder, "default.json"))
        let single = 200
        let begin = Stopwatch.wall
        for _ in 0..<single { try Files.writeDurably(bytes, to: Files.join(folder, "bench-one")) }
        Bench.report("single_writes_per_second", Double(single) / (Stopwatch.wall - begin))
    }

    // MARK: Renewals

    /// All accounts are linked, then all at once have their tokens renewed.
    private func measureRenewals(_ accounts: Int, _ server: ChildProcess) async throws {
        try await inTurns(0..<accounts) { try await link("a\($0)") }
        let threads = try server.threads()
        let before = simulator.simulator.counts(.trakt)["POST /oauth/token"] ?? 0
        let start = Stopwatch.wall
        try await inTurns(0..<accounts, atOnce: accounts) { number in
            try await page.send("POST", "/api/trakt/refresh?account=a\(number)", "{}")
        }
        Bench.report("renewal_seconds", Stopwatch.wall - start)
        Bench.report("renewal_threads", try server.threads() - threads)
        let made = (simulator.simulator.counts(.trakt)["POST /oauth/token"] ?? 0) - before
        guard made == accounts else { throw Problem("\(made) renewals of \(accounts) accounts") }
    }

    private func link(_ account: String) async throws {
        try await page.send(
            "POST", "/api/config?account=\(account)", #"{"trakt":{"client_id":"bench"}}"#)
        let begun = try await page.send("POST", "/api/trakt/pin/new?account=\(account)", #"{"method":"device"}"#)
        simulator.simulator.approve(.trakt, userCode: begun["user_code"]?.stringValue)
        while try await page.send("GET", "/api/trakt/status?account=\(account)")["connected"] != true {
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private func inTurns(
        _ numbers: Range<Int>, atOnce: Int = 64, _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in numbers {
                if number >= numbers.lowerBound + atOnce { try await group.next() }
                group.addTask { try await body(number) }
            }
            try await group.waitForAll()
        }
    }
}
