internal import Glibc

/// The time in seconds since 1970 that only moves forward: wall-clock time when the process started, plus what a
/// monotonic clock has counted since. So deadlines can be stored across restarts, and stepping the machine's clock
/// neither ends a pending sign-in nor keeps it alive.
public struct EngineClock: Sendable {
    private let offset: Double

    /// Starts from the machine's clock as it is now.
    public init() {
        offset = Self.seconds(CLOCK_REALTIME) - Self.seconds(CLOCK_BOOTTIME)
    }

    /// Now, in seconds since 1970.
    public var now: Double { Self.seconds(CLOCK_BOOTTIME) + offset }

    /// What the machine's clock says now, in seconds since 1970. It may jump: for what other machines say of time, and what
    /// outlives this process.
    public var wall: Double { Self.seconds(CLOCK_REALTIME) }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
