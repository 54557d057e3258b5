/// The end of the process.
extension FlowEngine {
    /// Begins no refresh any more, and waits for those that are under way and for tokens that are on their way to the
    /// disk, for so many seconds at most.
    ///
    /// - Returns: whether nothing is left: else tokens may be lost.
    func stop(within seconds: Double) async -> Bool {
        isStopping = true
        let end = parts.clock.now + seconds
        while !refreshing.isEmpty || !unsaved.isEmpty {
            guard parts.clock.now < end else { return false }
            for key in unsaved.keys where refreshing[key] == nil { try? await save(key) }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return true
    }
}
