import Files
import Glibc
import HTTP
import JSON
import Simulator

/// The memory of a server at rest, and with many sign-ins that wait for their people.
struct PendingFlows: Sendable {
    private let page: Page

    /// The provider is the simulator in this process, so that its memory is not counted.
    static func measure(latchkey: String, site: String, _ count: Int) async throws {
        let simulator = try SimulatorServer()
        simulator.simulator.configure(.trakt) {
            $0.interval = 300
            $0.expiresIn = 86_400
        }
        let port = try Probe.freePort()
        let hosts = simulator.hosts.filter { $0.key.hasPrefix("trakt.") }.sorted { $0.key < $1.key }
        let server = try ChildProcess(
            [
                latchkey, "serve", "--site", site, "--data", Files.join(site, "flow-data"),
                "--listen", "127.0.0.1:\(port)", "--log-level", "warning",
                // All of them begin at once, and a tenth of the limit may.
                "--pending-limit", "\(count * 10 + 1000)", "--account-limit", "\(count + 1000)",
            ] + hosts.flatMap { ["--host", "\($0.key)=\($0.value)"] })
        try Probe.waitForAnswer(port: port)
        let flows = PendingFlows(page: Page(port: port))
        try await flows.measure(count, server)
        await simulator.stop()
    }

    private func measure(_ count: Int, _ server: ChildProcess) async throws {
        try await page.read("GET", "/")
        Bench.report("rest_rss_mib", try server.memory("Rss") / 1_048_576)
        Bench.report("rest_pss_mib", try server.memory("Pss") / 1_048_576)
        try await page.send("POST", "/api/config", #"{"trakt":{"client_id":"bench"}}"#)
        // What the first sign-ins load and allocate once is not theirs.
        try await begin(0..<64)
        let before = try server.memory("Rss")
        let start = Stopwatch.wall
        try await begin(64..<count + 64)
        Bench.report("flows_per_second", Double(count) / (Stopwatch.wall - start))
        Bench.report("flow_bytes", (try server.memory("Rss") - before) / Double(count))
    }

    private func begin(_ accounts: Range<Int>) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            var next = accounts.lowerBound
            while next < accounts.upperBound {
                if next >= accounts.lowerBound + 64 { try await group.next() }
                let account = "a\(next)"
                group.addTask { try await begin(account) }
                next += 1
            }
            try await group.waitForAll()
        }
    }

    private func begin(_ account: String) async throws {
        try await page.send("POST", "/api/trakt/pin/new?account=\(account)", "{}")
    }
}
