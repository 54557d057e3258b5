internal import Synchronization

extension Loop {
    /// How many connections are accepted at once, so that those that are there get their turn.
    private static let acceptsAtOnce = 16
    private static let pause: Int64 = 250

    func accept(_ listener: ListeningSocket) {
        for _ in 0..<Self.acceptsAtOnce {
            switch Socket.accept(listener.number) {
            case .connection(let number): welcome(number, isTCP: listener.isTCP)
            case .again: continue
            case .none: return
            case .exhausted: return pauseAccepting()
            }
        }
    }

    /// Without descriptors the listener stays readable; waiting on it would turn the loop for nothing.
    private func pauseAccepting() {
        for listener in listeners { epoll.remove(listener.number) }
        pausedUntil = now + Self.pause
    }

    func resumeAcceptingIfDue() {
        guard let time = pausedUntil, now >= time else { return }
        pausedUntil = nil
        for (index, listener) in listeners.enumerated() {
            do {
                try epoll.add(listener.number, [.readable, .exclusive], token: Self.token(special: index + 1))
            } catch {
                pausedUntil = now + Self.pause
            }
        }
    }

    private func welcome(_ number: Int32, isTCP: Bool) {
        if isTCP { Socket.setNoDelay(number) }
        let before = context.connections.add(1, ordering: .relaxed).oldValue
        guard before < context.mostConnections || closeLongestIdle(), register(number) else {
            context.connections.subtract(1, ordering: .relaxed)
            return turnAway(number)
        }
    }

    /// Makes room: closes the connection of this loop that has been waiting longest for its next request. False when
    /// none waits.
    ///
    /// SECURITY: without it, clients that keep connections and ask nothing would shut everybody else out.
    private func closeLongestIdle() -> Bool {
        guard let slot = timers.first(.idle), let connection = connections[slot] else { return false }
        close(connection)
        return true
    }

    private func register(_ number: Int32) -> Bool {
        let slot = freeSlots.popLast() ?? connections.count
        if slot == connections.count {
            connections.append(nil)
            generations.append(0)
        }
        let connection = Connection(number, ConnectionID(slot: slot, generation: generations[slot]))
        do {
            try epoll.add(number, .readable, token: connection.id.token)
        } catch {
            freeSlots.append(slot)
            return false
        }
        connections[slot] = connection
        openCount += 1
        timers.set(slot, .header, now: now)
        return true
    }

    /// SECURITY: beyond the limit a client costs one small write and nothing that lasts.
    private func turnAway(_ number: Int32) {
        var bytes = preambles.make(Rejection.full.status, .close)
        let response = refusal(.full)
        if case .bytes(let content) = response.body {
            context.writer.write(response, content, isHead: false, to: &bytes)
        }
        _ = bytes.withUnsafeBytes { Socket.send(number, $0) }
        Socket.shutdownWrites(number)
        Descriptor.close(number)
    }
}
