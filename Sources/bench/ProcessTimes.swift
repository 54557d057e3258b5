import Files

/// How long the program takes, seen from outside.
enum ProcessTimes {
    /// The site is built already, as it is at every start but the first.
    static func measureStart(latchkey: String, site: String) async throws {
        var rounds: [Double] = []
        for _ in 0..<15 {
            let port = try Probe.freePort()
            let start = Stopwatch.wall
            let server = try ChildProcess([
                latchkey, "serve", "--site", site, "--data", Files.join(site, "data"),
                "--listen", "127.0.0.1:\(port)",
            ])
            try Probe.waitForAnswer(port: port)
            rounds.append(Stopwatch.wall - start)
            withExtendedLifetime(server) {}
        }
        report("start", rounds)
    }

    /// Each build makes a new output folder.
    static func measureBuild(latchkey: String, site: String) async throws {
        var rounds: [Double] = []
        for _ in 0..<15 {
            try Files.remove(Files.join(site, "Output"))
            let start = Stopwatch.wall
            let build = try ChildProcess([latchkey, "build", "--site", site])
            guard build.waitForEnd() == 0 else { throw Problem("latchkey build --site \(site) failed") }
            rounds.append(Stopwatch.wall - start)
        }
        report("build_process", rounds)
    }

    private static func report(_ name: String, _ rounds: [Double]) {
        Bench.report("\(name)_ms", rounds.median * 1000)
        Bench.report("\(name)_best_ms", (rounds.min() ?? 0) * 1000)
    }
}
