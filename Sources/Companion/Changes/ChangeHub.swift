internal import Synchronization

/// Hands each change of a connection to those who tell others of it. Whoever tells a change does not wait.
final class ChangeHub: Sendable {
    typealias Listener = @Sendable (AccountChange) -> Void

    private struct State {
        var listeners: [Listener] = []
        /// The connections of which it was told that they need a new sign-in.
        var broken = BoundedTable<FlowEngine.Key, Bool>(limit: 10_000)
    }

    private let state = Mutex(State())

    /// Tells all changes from now on, in the order in which they happen. The listener must not wait.
    func listen(_ listener: @escaping Listener) { state.withLock { $0.listeners.append(listener) } }

    /// Tells a change. That a connection needs a new sign-in is told once, and not with each refresh that is refused.
    func tell(_ change: AccountChange) {
        state.withLock { state in
            let isBroken = change.kind == .reconnectNeeded
            if isBroken, state.broken[change.key] != nil { return }
            state.broken[change.key] = isBroken ? true : nil
            // Within the lock, so that all hear the same order.
            for listener in state.listeners { listener(change) }
        }
    }
}
