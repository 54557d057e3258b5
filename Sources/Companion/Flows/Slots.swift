/// So many at a time; the others wait in their order.
actor Slots {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var first = 0

    init(_ count: Int) { free = count }

    /// Does something when there is a slot for it.
    func run<Value: Sendable>(_ body: @Sendable () async -> Value) async -> Value {
        await enter()
        let value = await body()
        leave()
        return value
    }

    private func enter() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    private func leave() {
        guard first < waiting.count else {
            waiting.removeAll(keepingCapacity: true)
            first = 0
            free += 1
            return
        }
        first += 1
        waiting[first - 1].resume()
    }
}

/// Slots for each provider: one that hangs keeps only its own waiting.
struct ProviderSlots {
    private let count: Int
    private var slots: [String: Slots] = [:]

    /// - Parameter count: how many there are of each provider.
    init(_ count: Int) { self.count = count }

    /// Those of a provider.
    mutating func of(_ provider: String) -> Slots {
        if let known = slots[provider] { return known }
        let new = Slots(count)
        slots[provider] = new
        return new
    }
}
