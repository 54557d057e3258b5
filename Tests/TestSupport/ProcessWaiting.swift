internal import Synchronization

/// A value that others change, and that a test waits for.
final class ProcessWaiting<State: Sendable>: Sendable {
    private struct Waiter: Sendable {
        let condition: @Sendable (State) -> Bool
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct Memory: Sendable {
        var state: State
        var waiters: [Int: Waiter] = [:]
        var cancelled: Set<Int> = []
        var serial = 0
    }

    private let memory: Mutex<Memory>

    init(_ state: State) { memory = Mutex(Memory(state: state)) }

    var state: State { memory.withLock { $0.state } }

    /// Changes the value and wakes those whose wish is fulfilled.
    func change(_ body: (inout State) -> Void) {
        let ready = memory.withLock { memory in
            body(&memory.state)
            let ready = memory.waiters.filter { $0.value.condition(memory.state) }
            for id in ready.keys { memory.waiters[id] = nil }
            return Array(ready.values)
        }
        for waiter in ready { waiter.continuation.resume(returning: true) }
    }

    /// Waits until the value is as wished; false when the time was over before.
    func wait(_ limit: Duration, until condition: @escaping @Sendable (State) -> Bool) async -> Bool {
        let id = memory.withLock { memory in
            memory.serial += 1
            return memory.serial
        }
        let timer = Task {
            try await Task.sleep(for: limit)
            self.giveUp(id)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { self.add(id, Waiter(condition: condition, continuation: $0)) }
        } onCancel: {
            self.giveUp(id)
        }
    }

    private func add(_ id: Int, _ waiter: Waiter) {
        let known: Bool? = memory.withLock { memory in
            if waiter.condition(memory.state) { return true }
            if memory.cancelled.remove(id) != nil { return false }
            memory.waiters[id] = waiter
            return nil
        }
        if let known { waiter.continuation.resume(returning: known) }
    }

    private func giveUp(_ id: Int) {
        let waiter = memory.withLock { memory -> Waiter? in
            if let waiter = memory.waiters.removeValue(forKey: id) { return waiter }
            memory.cancelled.insert(id)
            return nil
        }
        waiter?.continuation.resume(returning: false)
    }
}
