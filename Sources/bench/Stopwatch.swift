import Glibc

/// Clocks, and what is made of their readings.
enum Stopwatch {
    /// Seconds that the processor worked for this thread: other programs on the machine do not count.
    static func processorSeconds(_ work: () throws -> Void) rethrows -> Double {
        let start = now(CLOCK_THREAD_CPUTIME_ID)
        try work()
        return now(CLOCK_THREAD_CPUTIME_ID) - start
    }

    /// Seconds that have passed for everybody.
    static var wall: Double { now(CLOCK_MONOTONIC) }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

extension [Double] {
    /// The value in the middle; 0 when there is none.
    var median: Double {
        let sorted = self.sorted()
        return sorted.isEmpty ? 0 : sorted[sorted.count / 2]
    }
}
