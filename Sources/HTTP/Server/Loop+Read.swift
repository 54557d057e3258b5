extension Loop {
    /// Reads once what a client has sent, and goes on with it. What is left makes the connection readable again.
    func receive(_ connection: Connection) {
        switch connection.phase {
        case .lingering, .streaming: discard(connection)
        case .closed: break
        default:
            if connection.input.isEmpty { receiveFresh(connection) } else { receiveMore(connection) }
        }
    }

    /// Nothing waits: the bytes go through the loop's own memory, and mostly nothing of them has to be kept.
    private func receiveFresh(_ connection: Connection) {
        guard let count = take(connection, Socket.receive(connection.number, into: scratch)) else { return }
        let bytes = UnsafeRawBufferPointer(rebasing: scratch[..<count])
        let used = advance(connection, bytes)
        guard connection.phase != .closed else { return }
        if used < count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
            connection.input.room(rest.count, &pool).copyMemory(from: rest)
            connection.input.filled(rest.count)
        }
        settle(connection)
    }

    private func receiveMore(_ connection: Connection) {
        let room = connection.input.room(2048, &pool)
        guard let count = take(connection, Socket.receive(connection.number, into: room)) else { return }
        connection.input.filled(count)
        resume(connection)
    }

    /// The number of bytes that came; nil when none did.
    private func take(_ connection: Connection, _ result: IOResult) -> Int? {
        switch result {
        case .moved(0):
            ended(connection)
            return nil
        case .moved(let count): return count
        case .wouldBlock: return nil
        case .failed:
            close(connection)
            return nil
        }
    }

    /// The client sends nothing more. A request that it has sent completely is still answered.
    private func ended(_ connection: Connection) {
        connection.isPeerDone = true
        switch connection.phase {
        case .waiting, .writing: updateInterest(connection)
        default: close(connection)
        }
    }

    private func discard(_ connection: Connection) {
        let result = Socket.receive(connection.number, into: scratch)
        guard case .moved(let count) = result, count > 0 else {
            if result != .wouldBlock { close(connection) }
            return
        }
        guard connection.phase == .lingering else { return }
        connection.lingerBudget -= count
        if connection.lingerBudget < 0 { close(connection) }
    }

    /// Goes on with what was received before.
    func resume(_ connection: Connection) {
        if !connection.input.isEmpty {
            let used = advance(connection, connection.input.readable)
            guard connection.phase != .closed else { return }
            connection.input.drop(used, &pool)
        }
        settle(connection)
    }

    /// Uses bytes as far as the phase of the connection allows; the number of those that were used.
    private func advance(_ connection: Connection, _ bytes: UnsafeRawBufferPointer) -> Int {
        var used = 0
        var requests = 0
        while used < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[used...]).bindMemory(to: UInt8.self)
            switch connection.phase {
            case .head:
                guard requests < context.limits.pipelined else { return postpone(connection, used) }
                guard let count = readHead(connection, rest.span) else { return used }
                used += count
                requests &+= 1
            case .body:
                guard let count = readBody(connection, rest.span) else { return bytes.count }
                used += count
            case .waiting, .writing: return used
            case .streaming, .lingering, .closed: return bytes.count
            }
        }
        return used
    }

    /// SECURITY: a client that sends very many requests at once does not hold up the others: it goes on after them.
    private func postpone(_ connection: Connection, _ used: Int) -> Int {
        if !connection.isPostponed { postponed.append(connection.id) }
        connection.isPostponed = true
        return used
    }

    /// Goes on with the connections that had more to do than their share of a turn.
    func resumePostponed() {
        guard !postponed.isEmpty else { return }
        let ids = postponed
        postponed.removeAll(keepingCapacity: true)
        for id in ids {
            guard let connection = connection(id) else { continue }
            connection.isPostponed = false
            if connection.phase == .head { resume(connection) }
        }
    }

    /// The length of a complete head; nil when it is incomplete.
    private func readHead(_ connection: Connection, _ bytes: Span<UInt8>) -> Int? {
        switch connection.parser.parse(bytes, limits: context.limits) {
        case .incomplete:
            guard pool.lent + bodyBytes <= context.bufferedPerLoop else {
                note(.buffered)
                refuse(connection, .busy)
                return bytes.count
            }
            return nil
        case .complete(let length):
            begin(connection, bytes, isAlone: length == bytes.count)
            return length
        case .rejected(let rejection):
            refuse(connection, rejection)
            return bytes.count
        }
    }

    /// The number of bytes that belong to the content; nil when it was refused.
    private func readBody(_ connection: Connection, _ bytes: Span<UInt8>) -> Int? {
        guard let exchange = connection.exchange else { return nil }
        do throws(Rejection) {
            let count = try take(exchange, bytes)
            try checkMemory()
            if exchange.chunked?.isDone ?? (exchange.remaining == 0) {
                timers.clear(connection.slot)
                perform(connection, exchange.plan)
            }
            return count
        } catch {
            refuse(connection, error)
            return nil
        }
    }

    /// SECURITY: many clients that each stay below their limits still cannot fill the memory.
    private func checkMemory() throws(Rejection) {
        if pool.lent + bodyBytes <= context.bufferedPerLoop { return }
        note(.buffered)
        throw .busy
    }

    private func take(_ exchange: Exchange, _ bytes: Span<UInt8>) throws(Rejection) -> Int {
        let before = exchange.body.count
        defer { bodyBytes += exchange.body.count - before }
        if exchange.chunked != nil {
            return try exchange.chunked?.decode(bytes, into: &exchange.body, limit: context.limits.body) ?? 0
        }
        let count = min(exchange.remaining, bytes.count)
        bytes.extracting(0..<count).withUnsafeBufferPointer { exchange.body.append(contentsOf: $0) }
        exchange.remaining -= count
        return count
    }

    /// Sets the deadline and what to wait for, after everything that could be done was done.
    func settle(_ connection: Connection) {
        guard connection.phase != .closed else { return }
        if connection.phase == .head {
            if connection.isPeerDone { return close(connection) }
            // SECURITY: the time for a head counts from its first byte, and no later byte makes it longer.
            if !connection.input.isEmpty, timers.current(connection.slot) != .header {
                timers.set(connection.slot, .header, now: now)
            }
        }
        updateInterest(connection)
    }

    func updateInterest(_ connection: Connection) {
        let wanted = wantedInterest(connection)
        guard wanted != connection.interest else { return }
        connection.interest = wanted
        epoll.modify(connection.number, wanted, token: connection.id.token)
    }

    private func wantedInterest(_ connection: Connection) -> Epoll.Interest {
        switch connection.phase {
        case .head where connection.isPostponed && connection.input.count >= context.limits.pipelinedBytes: []
        case .head, .lingering: .readable
        case .body: connection.output.isEmpty ? .readable : [.readable, .writable]
        case .waiting: connection.isPeerDone || connection.input.count >= context.limits.pipelinedBytes ? [] : .readable
        case .writing: .writable
        case .streaming: connection.output.isEmpty ? .readable : [.readable, .writable]
        case .closed: []
        }
    }
}
