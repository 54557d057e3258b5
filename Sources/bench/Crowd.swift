import Files
import Glibc

/// Many clients who want little, and one who works: what the many cost the one in time, and the server in memory.
struct Crowd {
    /// What the many do.
    enum Kind: String, CaseIterable {
        /// They have had an answer, and keep the connection.
        case idle
        /// They listen to events.
        case streams
        /// They send a header section byte by byte and never end it; who is cut off comes again.
        case slow
    }

    private static let requests = 2000
    private let kind: Kind
    private let port: Int
    private let server: ChildProcess

    /// Measures each kind with a server of its own.
    ///
    /// - Parameter wrapper: what the server is started with, such as `taskset -c 0`.
    static func measure(latchkey: String, site: String, wrapper: [String]) throws {
        let most = raiseLimit() - 200
        for kind in Kind.allCases {
            let port = try Probe.freePort()
            let server = try ChildProcess(
                wrapper + [
                    latchkey, "serve", "--site", site, "--data", Files.join(site, "crowd-data"), "--threads", "1",
                    "--listen", "127.0.0.1:\(port)", "--log-level", "warning",
                ])
            try Probe.waitForAnswer(port: port)
            let crowd = Crowd(kind: kind, port: port, server: server)
            try crowd.measure(min(kind == .slow ? 5000 : 10_000, most))
        }
    }

    private func measure(_ count: Int) throws {
        // What the first requests load and allocate once is not the crowd's.
        _ = try times()
        let quiet = try times()
        let before = try server.memory("Rss")
        var crowd: [CrowdClient] = []
        for _ in 0..<count { crowd.append(try join()) }
        let crowded = try kind == .slow ? timesWithDripping(&crowd) : times()
        let after = try server.memory("Rss")
        crowd = []
        let quietAgain = try times()
        let name = kind.rawValue
        Bench.report("\(name)_count", Double(count))
        Bench.report("\(name)_quiet_us", (quiet + quietAgain).median * 1e6)
        Bench.report("\(name)_us", crowded.median * 1e6)
        Bench.report("\(name)_ratio", crowded.median / (quiet + quietAgain).median)
        Bench.report("\(name)_p99_us", crowded.sorted()[crowded.count * 99 / 100] * 1e6)
        Bench.report("\(name)_bytes", (after - before) / Double(count))
        Bench.report("\(name)_rss_mib", after / 1_048_576)
    }

    /// One more of the many.
    private func join() throws -> CrowdClient {
        let client = try CrowdClient(port: port)
        switch kind {
        case .idle:
            client.send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            try client.receive()
        case .streams:
            client.send("GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            try client.receive()
        case .slow: client.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        }
        return client
    }

    /// Seconds for an answer to one who connects, asks and leaves.
    private func time() throws -> Double {
        let start = Stopwatch.wall
        let client = try CrowdClient(port: port)
        client.send("GET /assets/hooks.js HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        try client.receive()
        return Stopwatch.wall - start
    }

    private func times() throws -> [Double] { try (0..<Self.requests).map { _ in try time() } }

    /// The times while the slow ones send their bytes: some bytes, then a request, for long enough that all of them are
    /// cut off once and come again.
    private func timesWithDripping(_ crowd: inout [CrowdClient]) throws -> [Double] {
        var times: [Double] = []
        let end = Stopwatch.wall + 15
        var next = 0
        while Stopwatch.wall < end {
            for _ in 0..<5 {
                if !crowd[next].send("a") { crowd[next] = try join() }
                next = (next + 1) % crowd.count
            }
            times.append(try time())
        }
        return times
    }

    /// Lets this process have as many descriptors as it may; how many that are.
    private static func raiseLimit() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var value = rlimit()
        getrlimit(resource, &value)
        value.rlim_cur = value.rlim_max
        setrlimit(resource, &value)
        return Int(clamping: value.rlim_cur)
    }
}
