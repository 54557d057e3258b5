internal import Synchronization

/// How many connections each client has. A client without one takes no memory.
final class ClientCounts: Sendable {
    private let counts = Mutex<[ClientAddress: Int32]>([:])

    /// Counts one more connection of a client, unless it has `limit` of them already.
    func add(_ client: ClientAddress, limit: Int) -> Bool {
        counts.withLock { counts in
            let before = counts[client] ?? 0
            guard before < limit else { return false }
            counts[client] = before &+ 1
            return true
        }
    }

    /// One connection of a client has gone.
    func remove(_ client: ClientAddress) {
        counts.withLock { counts in
            guard let before = counts[client] else { return }
            counts[client] = before > 1 ? before &- 1 : nil
        }
    }
}
