internal import Synchronization

/// A stream of server-sent events to one client (WHATWG HTML, "Server-sent events").
///
/// Make one for each request and give it to `Response.events`. Events sent before the server has it are kept. At most
/// `Limits.eventQueue` bytes wait for a slow client; then it is dropped, and its browser connects again.
public final class EventStream: Sendable {
    /// What the loop is to do.
    enum Delivery: Equatable {
        case nothing
        case bytes([UInt8])
        /// The last bytes; then the stream has ended.
        case last([UInt8])
        /// The client was too slow: cut it off.
        case overflow
    }

    private struct State {
        var queue: [UInt8] = []
        /// Bytes that the loop has taken and not sent yet.
        var inFlight = 0
        var limit = 65_536
        var listener: (@Sendable () -> Void)?
        var isAnnounced = false
        var isClosed = false
        var isOverflown = false
    }

    private let state = Mutex(State())
    private let hasEnded = Atomic(false)
    private let onClose: @Sendable () -> Void

    /// A stream; `onClose` runs exactly once, when the client is gone or the stream is closed, on the thread that
    /// notices it. It must not block.
    public init(onClose: @Sendable @escaping () -> Void = {}) {
        self.onClose = onClose
    }

    deinit {
        end()
    }

    /// Sends one event; may be called from any thread and never waits.
    ///
    /// Each line of `data` becomes a `data:` line (CR, LF and CR LF end a line). In `event` and `id` line ends and NUL
    /// are left out, because they would begin a field of their own. After `close` nothing is sent.
    public func send(event: String? = nil, data: String, id: String? = nil) {
        enqueue(Self.encode(event: event, data: data, id: id))
    }

    /// Ends the stream after what was sent before.
    public func close() {
        let listener = state.withLock { state in
            state.isClosed = true
            return Self.announce(&state)
        }
        listener?()
        end()
    }

    private func enqueue(_ bytes: [UInt8]) {
        let (listener, isOverflown) = state.withLock { state in
            guard !state.isClosed else { return (nil as (@Sendable () -> Void)?, false) }
            if state.queue.count + state.inFlight + bytes.count > state.limit {
                (state.isClosed, state.isOverflown, state.queue) = (true, true, [])
            } else {
                state.queue += bytes
            }
            return (Self.announce(&state), state.isOverflown)
        }
        listener?()
        if isOverflown { end() }
    }

    /// The one to tell, unless it was told and has not looked since.
    private static func announce(_ state: inout State) -> (@Sendable () -> Void)? {
        guard !state.isAnnounced, let listener = state.listener else { return nil }
        state.isAnnounced = true
        return listener
    }

    private func end() {
        if !hasEnded.exchange(true, ordering: .acquiringAndReleasing) { onClose() }
    }
}

// MARK: - The server's side

extension EventStream {
    /// The loop has the stream now and wants to be told of news.
    func attach(limit: Int, _ listener: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.limit = limit
            state.listener = listener
        }
    }

    /// What to send now; whatever was taken before has been sent.
    func take() -> Delivery {
        state.withLock { state in
            let bytes = state.queue
            (state.queue, state.inFlight, state.isAnnounced) = ([], bytes.count, false)
            if state.isOverflown { return .overflow }
            if state.isClosed { return .last(bytes) }
            return bytes.isEmpty ? .nothing : .bytes(bytes)
        }
    }

    /// The client is gone, or the server stops.
    func detach() {
        state.withLock { state in
            (state.isClosed, state.listener, state.queue) = (true, nil, [])
        }
        end()
    }

    /// A comment that keeps the connection and every proxy on the way awake.
    static let heartbeat = Array(":\n\n".utf8)

    /// One event as bytes.
    static func encode(event: String?, data: String, id: String?) -> [UInt8] {
        var bytes: [UInt8] = []
        if let event { bytes += field("event", event) }
        if let id { bytes += field("id", id) }
        for line in lines(data) { bytes += Array("data: ".utf8) + line + [Bytes.lineFeed] }
        bytes.append(Bytes.lineFeed)
        return bytes
    }

    private static func field(_ name: String, _ value: String) -> [UInt8] {
        let clean = value.utf8.filter { $0 != Bytes.lineFeed && $0 != Bytes.carriageReturn && $0 != 0 }
        return Array("\(name): ".utf8) + clean + [Bytes.lineFeed]
    }

    private static func lines(_ text: String) -> [[UInt8]] {
        var lines: [[UInt8]] = [[]]
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == Bytes.carriageReturn || byte == Bytes.lineFeed && previous != Bytes.carriageReturn {
                lines.append([])
            } else if byte != Bytes.lineFeed {
                lines[lines.count - 1].append(byte)
            }
            previous = byte
        }
        return lines
    }
}
