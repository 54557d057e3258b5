extension Loop {
    func ending(_ connection: Connection) -> Preambles.Ending {
        if !connection.keepsAlive || deadline != nil { return .close }
        return connection.minorVersion == 0 ? .keepAlive : .silent
    }

    /// Sends a response with content.
    func send(_ connection: Connection, _ response: Response) {
        guard case .bytes(let content) = response.body else { return abandon(response) }
        note(connection, status: response.status)
        var bytes =
            response.status == 200
            ? preambles.ready(isNotModified: false, ending(connection))
            : preambles.make(response.status, ending(connection))
        context.writer.write(response, content, isHead: connection.isHead, to: &bytes)
        transmit(connection, bytes)
        if connection.phase != .closed { sendingWent(connection) }
    }

    /// Queues bytes and sends what goes now.
    func transmit(_ connection: Connection, _ bytes: [UInt8]) {
        connection.output.append(bytes)
        switch connection.output.send(to: connection.number) {
        case .moved(let count): note(connection, bytes: count)
        case .wouldBlock: break
        case .failed: close(connection)
        }
    }

    /// A response was handed to the kernel, or a part of it.
    func sendingWent(_ connection: Connection) {
        if connection.output.isEmpty { return finish(connection) }
        connection.phase = .writing
        timers.set(connection.slot, .write, now: now)
    }

    /// The socket takes bytes again.
    func flush(_ connection: Connection) {
        switch connection.output.send(to: connection.number) {
        case .moved(let count): note(connection, bytes: count)
        case .wouldBlock: return
        case .failed: return close(connection)
        }
        if connection.phase == .body { return updateInterest(connection) }
        guard connection.output.isEmpty else { return timers.set(connection.slot, .write, now: now) }
        if connection.phase == .writing {
            finish(connection)
            if connection.phase != .closed { resume(connection) }
        } else if connection.phase == .streaming {
            timers.set(connection.slot, .heartbeat, now: now)
            pump(connection)
        }
    }

    /// A response was sent completely.
    func finish(_ connection: Connection) {
        writeLog(connection)
        connection.isHead = false
        if connection.keepsAlive, deadline == nil {
            connection.parser = RequestParser()
            if connection.exchange != nil { drop(connection) }
            connection.phase = .head
            timers.set(connection.slot, .idle, now: now)
        } else if connection.mustLinger || !connection.input.isEmpty {
            linger(connection)
        } else {
            close(connection)
        }
    }

    /// Closing while bytes arrive would send a reset, and that could destroy the response before it is read.
    private func linger(_ connection: Connection) {
        connection.phase = .lingering
        drop(connection)
        Socket.shutdownWrites(connection.number)
        timers.set(connection.slot, .linger, now: now)
        updateInterest(connection)
    }

    /// Answers a request that is not well-formed or asks too much; nothing more is read on this connection.
    func refuse(_ connection: Connection, _ rejection: Rejection) {
        connection.keepsAlive = false
        connection.mustLinger = true
        connection.isHead = connection.parser.head.kind == .head
        if context.log != nil, connection.record == nil { connection.record = LogRecord(of: connection) }
        send(connection, refusal(rejection))
        settle(connection)
    }

    func refusal(_ rejection: Rejection) -> Response {
        var response = Response.text(rejection.status, rejection.reason + "\n")
        if rejection.status == 503 { response.headers.append("Retry-After", "5") }
        return response
    }

    /// SECURITY: only a client that got this sends content after `Expect` (RFC 9110 section 10.1.1).
    func sendContinue(_ connection: Connection) {
        transmit(connection, Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
    }

    /// A deadline has come.
    func expired(_ slot: Int, _ timer: TimerLists.Class) {
        guard let connection = connections[slot] else { return }
        switch timer {
        case .header where connection.input.isEmpty, .idle, .linger: close(connection)
        case .header, .body: refuse(connection, .slow)
        case .answer: giveUp(connection)
        case .write:
            Socket.setResetOnClose(connection.number)
            close(connection)
        case .heartbeat: beat(connection)
        }
    }

    /// The responder takes too long: its task is cancelled, and what it still says is not heard.
    private func giveUp(_ connection: Connection) {
        note(.answerTime)
        connection.exchange?.task?.cancel()
        connection.exchange?.task = nil
        refuse(connection, .late)
    }

    /// Forgets the request that was answered.
    private func drop(_ connection: Connection) {
        bodyBytes -= connection.exchange?.body.count ?? 0
        connection.exchange = nil
    }

    /// Closes a connection and forgets everything about it.
    func close(_ connection: Connection) {
        guard connection.phase != .closed else { return }
        writeLog(connection)
        connection.phase = .closed
        connection.exchange?.task?.cancel()
        leaveStream(connection)
        drop(connection)
        connection.input.release(&pool)
        connection.output.removeAll()
        timers.clear(connection.slot)
        Descriptor.close(connection.number)
        connections[connection.slot] = nil
        generations[connection.slot] = (generations[connection.slot] &+ 1) % UInt32.max
        freeSlots.append(connection.slot)
        openCount -= 1
        forget(connection.client)
    }
}

// MARK: - The access log

extension Loop {
    @inline(__always)
    func note(_ connection: Connection, status: Int) {
        if context.log != nil { connection.record?.status = status }
    }

    @inline(__always)
    func note(_ connection: Connection, bytes: Int) {
        if context.log != nil { connection.record?.bytes += bytes }
    }

    func writeLog(_ connection: Connection) {
        guard let log = context.log, let record = connection.record else { return }
        connection.record = nil
        log(
            AccessLogEntry(
                method: record.method, path: record.path, status: record.status, bytes: record.bytes,
                duration: record.start.duration(to: .now), client: record.client))
    }
}
