internal import Glibc

/// The two clocks (`clock_gettime`).
enum Clock {
    /// Milliseconds that only ever grow: for every deadline, so that setting the time of day changes none.
    static func monotonicMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1000 &+ Int64(time.tv_nsec) / 1_000_000
    }

    /// Seconds since 1970: for dates in header fields, and for no pauses.
    static func epochSeconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec)
    }
}
