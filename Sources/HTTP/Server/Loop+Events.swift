internal import Synchronization

extension Loop {
    /// The responder has answered with a stream.
    func beginEvents(_ connection: Connection, _ response: Response, _ stream: EventStream) {
        let isOpen = !connection.isHead && deadline == nil
        if isOpen, !takeStreamPlace() {
            stream.detach()
            note(.eventStreams)
            send(connection, refusal(.streams))
            return resume(connection)
        }
        note(connection, status: response.status)
        connection.keepsAlive = false
        var bytes = preambles.make(response.status, .close)
        context.writer.writeEvents(response, isChunked: connection.minorVersion == 1, to: &bytes)
        connection.phase = .streaming
        guard isOpen else {
            stream.detach()
            connection.phase = .writing
            return finishEvents(connection, bytes)
        }
        connection.exchange?.stream = stream
        connection.input.release(&pool)
        let (inbox, id) = (inbox, connection.id)
        stream.attach(limit: context.limits.eventQueue) { inbox.post(.events(id)) }
        timers.set(connection.slot, .heartbeat, now: now)
        transmit(connection, bytes)
        pump(connection)
    }

    /// SECURITY: a stream lasts as long as its client likes, and each one is work at every change: there are only so
    /// many.
    private func takeStreamPlace() -> Bool {
        let before = context.totals.eventStreams.add(1, ordering: .relaxed).oldValue
        if before < context.limits.eventStreams { return true }
        context.totals.eventStreams.subtract(1, ordering: .relaxed)
        return false
    }

    /// The connection has no stream any more.
    func leaveStream(_ connection: Connection) {
        guard let stream = connection.exchange?.stream else { return }
        connection.exchange?.stream = nil
        context.totals.eventStreams.subtract(1, ordering: .relaxed)
        stream.detach()
    }

    /// Sends what a stream has, unless the client has not taken the last of it yet.
    func pump(_ connection: Connection) {
        guard connection.phase == .streaming, let stream = connection.exchange?.stream else { return }
        if connection.isPeerDone { return close(connection) }
        if connection.output.isEmpty {
            switch stream.take() {
            case .nothing: break
            case .bytes(let bytes): transmit(connection, frame(connection, bytes))
            case .last(let bytes): return finishEvents(connection, frame(connection, bytes))
            case .overflow: return close(connection)
            }
        }
        settleEvents(connection)
    }

    private func settleEvents(_ connection: Connection) {
        guard connection.phase != .closed else { return }
        if !connection.output.isEmpty, timers.current(connection.slot) != .write {
            timers.set(connection.slot, .write, now: now)
        }
        updateInterest(connection)
    }

    /// A comment, so that the connection is seen to live, and a client that is gone is noticed.
    func beat(_ connection: Connection) {
        guard connection.phase == .streaming else { return }
        timers.set(connection.slot, .heartbeat, now: now)
        transmit(connection, frame(connection, EventStream.heartbeat))
        settleEvents(connection)
    }

    /// Ends a stream because the server stops.
    func endEvents(_ connection: Connection) {
        guard let stream = connection.exchange?.stream else { return close(connection) }
        var rest: [UInt8] = []
        if case .bytes(let bytes) = stream.take() { rest = bytes }
        stream.detach()
        finishEvents(connection, frame(connection, rest))
    }

    /// Sends the last bytes of a stream and then closes the connection.
    private func finishEvents(_ connection: Connection, _ bytes: [UInt8]) {
        let isChunked = connection.minorVersion == 1 && !connection.isHead
        leaveStream(connection)
        connection.phase = .writing
        transmit(connection, isChunked ? bytes + Array("0\r\n\r\n".utf8) : bytes)
        guard connection.phase != .closed else { return }
        if connection.output.isEmpty { return finish(connection) }
        timers.set(connection.slot, .write, now: now)
        updateInterest(connection)
    }

    /// One chunk for HTTP/1.1 (RFC 9112 section 7.1); the bytes themselves for HTTP/1.0.
    private func frame(_ connection: Connection, _ bytes: [UInt8]) -> [UInt8] {
        guard connection.minorVersion == 1, !bytes.isEmpty else { return bytes }
        return Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + FieldWriter.lineEnd
    }
}
