import Companion
import Dispatch
import Files
import Synchronization

/// Lines on their way to the log: written on a thread of their own, so that a log that nobody reads holds up nothing
/// else.
///
/// At most 8192 lines wait. Those that find no room are counted and not kept; the count is told as soon as there is
/// room again.
final class LogQueue: Sendable {
    private struct State {
        var lines: [String] = []
        var lost = 0
        var isRunning = false
        /// Who waits for the last line to be written.
        var waiting: [DispatchSemaphore] = []
    }

    private static let most = 8192
    private let state = Mutex(State())
    private let write: @Sendable (String) -> Void
    private let tellLost: @Sendable (Int) -> Void

    /// A queue that hands lines to `write` one after another, and to `tellLost` how many were not kept. Both may block.
    init(write: @escaping @Sendable (String) -> Void, tellLost: @escaping @Sendable (Int) -> Void) {
        self.write = write
        self.tellLost = tellLost
    }

    /// Adds a line; never waits.
    @Sendable func add(_ line: String) {
        let mustStart = state.withLock { state in
            if state.lines.count < Self.most { state.lines.append(line) } else { state.lost += 1 }
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard mustStart else { return }
        do { try BlockingThread.start { self.drain() } } catch { state.withLock { $0.isRunning = false } }
    }

    /// Waits until all lines are written, but not longer than `limit`: then they are given up.
    func flush(within limit: DispatchTimeInterval) {
        let written = DispatchSemaphore(value: 0)
        let isRunning = state.withLock { state in
            if state.isRunning { state.waiting.append(written) }
            return state.isRunning
        }
        if isRunning { _ = written.wait(timeout: .now() + limit) }
    }

    /// Runs until nothing is left; the next line starts it again.
    private func drain() {
        while true {
            let (lines, lost, waiting) = state.withLock { state in
                let taken = (state.lines, state.lost, state.lines.isEmpty ? state.waiting : [])
                if state.lines.isEmpty {
                    state.isRunning = false
                    state.waiting = []
                }
                state.lines = []
                state.lost = 0
                return taken
            }
            lines.forEach(write)
            // Lines are lost only while others wait, so whoever was lost is told after those.
            if lost > 0 { tellLost(lost) }
            waiting.forEach { $0.signal() }
            if lines.isEmpty { return }
        }
    }
}

extension LogQueue {
    /// The lines of a log of this shape, on standard error.
    convenience init(_ format: Log.Format) {
        let direct = Log(level: .warning, format: format, write: Terminal.complain)
        self.init(write: Terminal.complain) { direct.warning("log lines lost", ["count": "\($0)"]) }
    }
}

extension Log {
    /// The log that was asked for, with its lines on a queue.
    static func make(_ settings: Settings, _ lines: LogQueue) throws(Failure) -> Log {
        let level = settings[Serve.logLevel] ?? "info"
        guard let known = Level.allCases.first(where: { "\($0)" == level }) else {
            throw .usage("--log-level '\(level)' should be off, warning, info or debug")
        }
        return Log(level: known, format: try format(settings), write: lines.add)
    }

    /// The shape of lines that was asked for.
    static func format(_ settings: Settings) throws(Failure) -> Format {
        let format = settings[Serve.logFormat] ?? "text"
        guard let shape = Format(rawValue: format) else {
            throw .usage("--log-format '\(format)' should be text or json")
        }
        return shape
    }
}
