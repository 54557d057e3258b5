public import Dispatch
public import Files
internal import Glibc
internal import Synchronization

/// Who did what, as lines of JSON in files of their own. What is told at once is written at once, with one wait for the
/// disk; nobody waits for it. A disk that takes nothing is told of in the log, and the lines wait.
public final class AuditLog: Sendable {
    private struct State {
        var lines: [[UInt8]] = []
        var lost = 0
        var isRunning = false
        /// Who waits for the last line to be written.
        var waiting: [DispatchSemaphore] = []
        var log: Log?
        /// The days on which things were told that are told once a day.
        var days = BoundedTable<String, Int>(limit: 10_000)
    }

    /// How many lines wait for a disk that takes nothing.
    private static let most = 10_000
    private let file: RotatedFile
    private let clock: EngineClock
    private let state: Mutex<State>

    /// A log in these files.
    ///
    /// - Parameter log: where trouble with the disk is told.
    public init(_ file: RotatedFile, log: Log? = nil, clock: EngineClock = EngineClock()) {
        (self.file, self.clock) = (file, clock)
        state = Mutex(State(log: log))
    }

    /// Tells trouble with the disk elsewhere from now on.
    public func tellTrouble(in log: Log) { state.withLock { $0.log = log } }

    /// Adds an entry; never waits.
    public func write(_ entry: AuditEntry) {
        let line = entry.line(at: clock.wall)
        let mustStart = state.withLock { state in
            if state.lines.count < Self.most { state.lines.append(line) } else { state.lost += 1 }
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard mustStart else { return }
        do { try BlockingThread.start { self.drain() } } catch { state.withLock { $0.isRunning = false } }
    }

    /// Adds an entry when none with the same name was added on this day (UTC).
    public func write(_ entry: AuditEntry, onceADayFor name: String) {
        let day = Int(clock.wall / 86_400)
        let isFirst = state.withLock { state in
            defer { state.days[name] = day }
            return state.days[name] != day
        }
        if isFirst { write(entry) }
    }

    /// Waits until all entries are durable, but not longer than `limit`, and not for a disk that takes nothing.
    public func flush(within limit: DispatchTimeInterval) {
        let written = DispatchSemaphore(value: 0)
        let isRunning = state.withLock { state in
            if state.isRunning { state.waiting.append(written) }
            return state.isRunning
        }
        if isRunning { _ = written.wait(timeout: .now() + limit) }
    }

    /// Runs until nothing is left; the next entry starts it again.
    private func drain() {
        var failures = 0
        while let lines = take() {
            do throws(FileError) {
                try file.append(Array(lines.joined()))
                if failures > 0 { log?.info("audit log written again") }
                failures = 0
            } catch {
                putBack(lines)
                let pause = UInt32(1) << UInt32(min(failures, 6))
                failures += 1
                log?.warning("audit log not written", ["reason": error.description, "retry_in": "\(pause)s"])
                sleep(pause)
            }
        }
    }

    private var log: Log? { state.withLock(\.log) }

    /// The lines that wait; nil when there are none, and those who waited for that go on.
    private func take() -> [[UInt8]]? {
        let (lines, waiting) = state.withLock { state in
            var lines = state.lines
            if state.lost > 0 {
                lines.append(AuditEntry(.linesLost, details: ["count": "\(state.lost)"]).line(at: clock.wall))
            }
            (state.lines, state.lost) = ([], 0)
            let waiting = lines.isEmpty ? state.waiting : []
            if lines.isEmpty { (state.isRunning, state.waiting) = (false, []) }
            return (lines, waiting)
        }
        for semaphore in waiting { semaphore.signal() }
        return lines.isEmpty ? nil : lines
    }

    private func putBack(_ lines: [[UInt8]]) {
        let waiting = state.withLock { state in
            let all = lines + state.lines
            state.lines = Array(all.prefix(Self.most))
            state.lost += all.count - state.lines.count
            defer { state.waiting = [] }
            return state.waiting
        }
        for semaphore in waiting { semaphore.signal() }
    }
}
