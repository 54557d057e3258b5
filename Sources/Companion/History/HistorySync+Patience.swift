internal import Providers

extension HistorySync {
    /// How often it was asked in vain, and how long to wait for that.
    struct Patience: Sendable {
        private var failures = 0
        private(set) var message = ""

        /// How often the same page is asked for in vain before it is given up.
        static let most = 8
        /// As above, of a provider that says when to come again.
        static let mostBidden = 100
        /// The longest wait that a provider may ask for, in seconds.
        static let longestWait = 3600.0

        /// There was an answer.
        mutating func renew() { failures = 0 }

        /// How long to wait for the next attempt: as long as the provider asks for, else longer each time; nil when it
        /// is given up.
        mutating func pause(after: Double?, _ problem: FlowProblem) -> Double? {
            failures += 1
            message = problem.message
            guard failures <= (after == nil ? Self.most : Self.mostBidden), (after ?? 0) <= Self.longestWait else {
                return nil
            }
            return after.map { max(1, $0) } ?? Double(min(1 << min(failures - 1, 6), 60))
        }
    }
}
