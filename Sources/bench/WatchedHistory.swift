import Files
import Glibc
import HTTP
import JSON
import Simulator

/// What it takes to fetch a long history and to list it.
struct WatchedHistory: Sendable {
    private let page: Page

    /// The provider is the simulator in this process, so that its memory is not counted.
    static func measure(latchkey: String, site: String, _ count: Int) async throws {
        let simulator = try SimulatorServer()
        simulator.simulator.configure(.trakt) { $0.interval = 1 }
        for kind in ["movies", "shows"] {
            // Films are seen once; of series there are many episodes.
            simulator.simulator.watch(.trakt, kind, count: count, titles: kind == "movies" ? nil : count / 50)
        }
        let port = try Probe.freePort()
        let hosts = simulator.hosts.filter { $0.key.hasPrefix("trakt.") }.sorted { $0.key < $1.key }
        let server = try ChildProcess(
            [
                latchkey, "serve", "--site", site, "--data", Files.join(site, "history-data"),
                "--listen", "127.0.0.1:\(port)", "--log-level", "warning",
            ] + hosts.flatMap { ["--host", "\($0.key)=\($0.value)"] })
        try Probe.waitForAnswer(port: port)
        let history = WatchedHistory(page: Page(port: port))
        try await history.link(simulator.simulator)
        try await history.measure(server)
        await simulator.stop()
    }

    private func link(_ simulator: Simulator) async throws {
        try await page.send("POST", "/api/config", #"{"trakt":{"client_id":"bench"}}"#)
        try await page.send("POST", "/api/trakt/pin/new", #"{"method":"device"}"#)
        simulator.approve(.trakt)
        while try await page.send("GET", "/api/trakt/status")["account_name"] == nil { usleep(20_000) }
    }

    private func measure(_ server: ChildProcess) async throws {
        Bench.report("history_rest_mib", try server.memory("Rss") / 1_048_576)
        Bench.report("history_sync_seconds", try await sync(["movies"]))
        Bench.report("history_peak_mib", try server.peak() / 1_048_576)
        Bench.report("history_again_ms", try await sync(["movies"]) * 1000)
        try await page.send("POST", "/trakt/forget-history/")
        Bench.report("history_both_seconds", try await sync(["movies", "shows"]))
        Bench.report("history_both_peak_mib", try server.peak() / 1_048_576)
        let times = try await list("movies")
        Bench.report("history_list_ms", times[times.count / 2] * 1000)
        Bench.report("history_list_worst_ms", (times.last ?? 0) * 1000)
    }

    /// Fetches kinds at the same time, and waits until all are there.
    private func sync(_ kinds: [String]) async throws -> Double {
        let start = Stopwatch.wall
        for kind in kinds { try await page.send("POST", "/trakt/fetch-latest-\(kind)/") }
        while true {
            let status = try await page.send("GET", "/trakt/sync-status/")
            let words = kinds.map { status[$0]?["status"]?.stringValue ?? "" }
            if words.allSatisfy({ $0 == "done" }) { return Stopwatch.wall - start }
            if words.contains("failed") { throw Problem("\(status)") }
            usleep(5000)
        }
    }

    /// How long pages of a hundred take, from all over the list, sorted.
    private func list(_ kind: String) async throws -> [Double] {
        let total = try await page.send("GET", "/trakt/get-stored-\(kind)/?page_size=100")["total_pages"]?.intValue ?? 1
        var times: [Double] = []
        for turn in 0..<400 {
            let number = 1 + turn * 7919 % total
            let start = Stopwatch.wall
            try await page.read("GET", "/trakt/get-stored-\(kind)/?page_size=100&page=\(number)")
            times.append(Stopwatch.wall - start)
        }
        return times.sorted()
    }
}
