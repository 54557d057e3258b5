internal import Providers

/// What is to be done with a connection by itself, and how it went last.
struct Upkeep: Sendable, Equatable {
    /// One of the things that are done: renewing tokens, or looking whether they still work.
    struct Duty: Sendable, Equatable {
        /// When it is due, by the engine's clock; nil when it is not.
        var dueAt: Double?
        /// How often it has failed since it last went well.
        var failures = 0
        /// Why it failed last, and when, by the wall clock.
        var problem: Problem?
        var failedAt: Double?

        /// Counts a failure.
        mutating func fail(_ problem: Problem, at wall: Double) {
            failures += 1
            self.problem = problem
            failedAt = wall
        }

        mutating func succeed() { self = Duty(dueAt: dueAt) }

        /// How long to wait after the failures so far, in seconds: from half a minute to an hour, a little more or less for
        /// each account, and no less than the provider wishes.
        func pause(spread: Double) -> Double {
            let pause = min(30 * Double(1 << min(max(0, failures - 1), 10)), 3600) * (0.75 + 0.5 * spread)
            return max(pause, Double(problem?.retryAfter ?? 0))
        }
    }

    var renewal = Duty()
    var probe = Duty()
}
