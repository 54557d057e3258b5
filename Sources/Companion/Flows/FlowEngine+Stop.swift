/// What is not given up half way.
extension FlowEngine {
    /// Does what goes on although nobody waits for it any more, as a browser does not that was closed: tokens that a provider
    /// has given by then would be lost to all. The end of the process waits for it, too.
    func toTheEnd<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
        underWay += 1
        defer { underWay -= 1 }
        return await Task { await work() }.value
    }

    /// Begins no refresh and no poll any more, and waits for those that are under way, for sign-ins whose answer has not come,
    /// and for tokens that are on their way to the disk, for so many seconds at most.
    ///
    /// - Returns: whether nothing is left: else tokens may be lost.
    func stop(within seconds: Double) async -> Bool {
        isStopping = true
        let end = parts.clock.now + seconds
        while underWay > 0 || !starts.isEmpty || !refreshing.isEmpty || !unsaved.isEmpty {
            guard parts.clock.now < end else { return false }
            for key in unsaved.keys where refreshing[key] == nil { try? await save(key) }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return true
    }
}
