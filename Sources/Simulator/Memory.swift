/// What the simulator remembers of all providers, and who waits for a change of it.
struct Memory: Sendable {
    /// Someone who waits until something is true.
    struct Waiter: Sendable {
        let condition: @Sendable (Memory) -> Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private var states: [SimulatedProvider: ProviderState] = [:]
    /// How often requests that are held were let go.
    var releases: [SimulatedProvider: Int] = [:]
    private var waiters: [Int: Waiter] = [:]
    private var cancelled: Set<Int> = []
    private var serial = 0

    /// The state of a provider, which begins as documented.
    subscript(provider: SimulatedProvider) -> ProviderState { states[provider] ?? ProviderState(provider) }

    /// Changes the state of a provider in its place: ten thousand sign-ins are not copied for one poll.
    mutating func change<Result>(_ provider: SimulatedProvider, _ body: (inout ProviderState) -> Result) -> Result {
        body(&states[provider, default: ProviderState(provider)])
    }

    mutating func nextWaiter() -> Int {
        serial += 1
        return serial
    }

    /// Adds someone who waits; false when there is nothing to wait for.
    mutating func add(_ id: Int, _ waiter: Waiter) -> Bool {
        if cancelled.remove(id) != nil || waiter.condition(self) { return false }
        waiters[id] = waiter
        return true
    }

    /// Removes someone who gave up, maybe before the wait began.
    mutating func cancel(_ id: Int) -> Waiter? {
        if let waiter = waiters.removeValue(forKey: id) { return waiter }
        cancelled.insert(id)
        return nil
    }

    /// Removes and gives those who need not wait any more.
    mutating func takeReady() -> [Waiter] {
        let ready = waiters.filter { $0.value.condition(self) }
        for id in ready.keys { waiters[id] = nil }
        return Array(ready.values)
    }
}
