import Glibc

/// Measures what needs to be measured from inside a program. `Scripts/bench.sh` calls it and makes the table.
///
/// Each measure prints lines of a name and a number.
@main
enum Bench {
    static let usage = """
        usage: bench site DIR              make a site folder with 20 providers
               bench site-work DIR         renders per second and the time of a build, in this process
               bench render DIR COUNT      render the page so many times, for a profiler
               bench start LATCHKEY DIR    milliseconds from spawning `latchkey serve` to its first answer
               bench build LATCHKEY DIR    milliseconds of `latchkey build` as a process
               bench trips PORT METHOD PATH N  requests on 64 connections, in turns
               bench idle PORT PID N       memory of a server's N idle connections, each
               bench flows LATCHKEY DIR N  memory of `latchkey serve` at rest and with N pending sign-ins
               bench history LATCHKEY DIR N  time and memory of fetching N plays, and of listing them
               bench tokens LATCHKEY DIR KEY N [WRAPPER…]
                                           answers of the token API, durable writes, and the renewal of N accounts
               bench crowd LATCHKEY DIR [WRAPPER…]
                                           a client's answers and the server's memory among 10 000 idle connections,
                                           10 000 streams of events, and 5000 who send a header section very slowly
        """

    static func main() async {
        do {
            try await run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            let message = Array("bench: \(error)\n".utf8)
            write(STDERR_FILENO, message, message.count)
            exit(1)
        }
    }

    private static func run(_ words: [String]) async throws {
        switch (words.first, words.count) {
        case ("site"?, 2): try SampleSite.write(to: words[1])
        case ("site-work"?, 2): try SiteWork.measure(words[1])
        case ("render"?, 3): try SiteWork.render(words[1], count: Int(words[2]) ?? 1)
        case ("start"?, 3): try await ProcessTimes.measureStart(latchkey: words[1], site: words[2])
        case ("build"?, 3): try await ProcessTimes.measureBuild(latchkey: words[1], site: words[2])
        case ("trips"?, 5):
            try RoundTrips.measure(port: Int(words[1]) ?? 0, words[2], words[3], Int(words[4]) ?? 0)
        case ("idle"?, 4):
            try IdleConnections.measure(port: Int(words[1]) ?? 0, Int32(words[2]) ?? 0, Int(words[3]) ?? 0)
        case ("crowd"?, 3...):
            try Crowd.measure(latchkey: words[1], site: words[2], wrapper: Array(words.dropFirst(3)))
        case ("flows"?, 4): try await PendingFlows.measure(latchkey: words[1], site: words[2], Int(words[3]) ?? 10_000)
        case ("history"?, 4):
            try await WatchedHistory.measure(latchkey: words[1], site: words[2], Int(words[3]) ?? 50_000)
        case ("tokens"?, 5...):
            try await TokenLoad.measure(
                latchkey: words[1], site: words[2], key: words[3], Int(words[4]) ?? 1000,
                wrapper: Array(words.dropFirst(5)))
        default: throw Problem(usage)
        }
    }

    /// One line of the result.
    static func report(_ name: String, _ value: Double) {
        print(name, (value * 1000).rounded() / 1000)
    }
}

/// Why something could not be measured.
struct Problem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
