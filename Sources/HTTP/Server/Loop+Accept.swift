internal import Synchronization

extension Loop {
    /// How many connections are accepted at once, so that those that are there get their turn.
    private static let acceptsAtOnce = 16
    private static let pause: Int64 = 250

    func accept(_ listener: ListeningSocket) {
        for _ in 0..<Self.acceptsAtOnce {
            switch Socket.accept(listener.number) {
            case .connection(let number, let peer): welcome(number, from: peer)
            case .again: continue
            case .none: return
            case .exhausted: return pauseAccepting()
            }
        }
    }

    /// Without descriptors the listener stays readable; waiting on it would turn the loop for nothing.
    private func pauseAccepting() {
        note(.descriptors)
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

    private func welcome(_ number: Int32, from peer: ClientAddress?) {
        if peer != nil { Socket.setNoDelay(number) }
        let client = peer.flatMap { context.isTrusted($0) ? nil : $0.client }
        if let client, !context.totals.clients.add(client, limit: context.limits.clientConnections) {
            note(.clientConnections)
            return turnAway(number, .fullForClient)
        }
        let before = context.totals.connections.add(1, ordering: .relaxed).oldValue
        guard before < context.mostConnections || closeLongestIdle(), register(number, client) else {
            forget(client)
            note(.connections)
            return turnAway(number, .full)
        }
    }

    /// A connection is not there any more.
    func forget(_ client: ClientAddress?) {
        context.totals.connections.subtract(1, ordering: .relaxed)
        if let client { context.totals.clients.remove(client) }
    }

    func note(_ notice: ServerNotice) { context.totals.notices.note(notice, now: now, context.notice) }

    /// Makes room: closes the connection of this loop that has been waiting longest for its next request. False when
    /// none waits.
    ///
    /// SECURITY: without it, clients that keep connections and ask nothing would shut everybody else out.
    private func closeLongestIdle() -> Bool {
        guard let slot = timers.first(.idle), let connection = connections[slot] else { return false }
        close(connection)
        return true
    }

    private func register(_ number: Int32, _ client: ClientAddress?) -> Bool {
        let slot = freeSlots.popLast() ?? connections.count
        if slot == connections.count {
            connections.append(nil)
            generations.append(0)
        }
        let connection = Connection(number, ConnectionID(slot: slot, generation: generations[slot]), of: client)
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
    private func turnAway(_ number: Int32, _ reason: Rejection) {
        var bytes = preambles.make(reason.status, .close)
        let response = refusal(reason)
        if case .bytes(let content) = response.body {
            context.writer.write(response, content, isHead: false, to: &bytes)
        }
        _ = bytes.withUnsafeBytes { Socket.send(number, $0) }
        Socket.shutdownWrites(number)
        // What was not read would make the close a reset, which can destroy the answer before it is read.
        _ = Socket.receive(number, into: scratch)
        Descriptor.close(number)
    }
}
