/// One event loop: a thread that owns its connections and everything about them.
///
/// It never waits but in `epoll_wait`. Only `LoopInbox` and `ServerContext` are shared with other threads.
final class Loop {
    var context: ServerContext
    let inbox: LoopInbox
    var image: SiteImage
    var listeners: [ListeningSocket]

    var epoll: Epoll
    var timers: TimerLists
    var preambles = Preambles()
    var pool = BufferPool()
    var now = Clock.monotonicMilliseconds()

    var connections: [Connection?] = []
    var generations: [UInt32] = []
    var freeSlots: [Int] = []
    var openCount = 0
    /// Bytes of content of requests that are not complete yet.
    var bodyBytes = 0
    /// Connections that go on when the others had their turn.
    var postponed: [ConnectionID] = []
    /// When accepting goes on after descriptors ran out.
    var pausedUntil: Int64?
    /// When a stopping loop ends at the latest.
    var deadline: Int64?

    /// Memory that every connection uses in turn.
    let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 16_384, alignment: 16)
    var path: [UInt8] = []

    init(
        _ context: ServerContext, _ inbox: LoopInbox, _ image: SiteImage, _ listeners: [ListeningSocket], _ epoll: Epoll
    ) {
        self.context = context
        self.inbox = inbox
        self.image = image
        self.listeners = listeners
        self.epoll = epoll
        timers = TimerLists(context.limits)
        path.reserveCapacity(1024)
    }

    deinit {
        scratch.deallocate()
        pool.removeAll()
    }

    /// Tokens of descriptors that are no connections have a generation that no connection gets.
    static func token(special index: Int) -> UInt64 { UInt64(UInt32.max) << 32 | UInt64(index) }
    private static let inboxIndex = 0

    /// Registers what every loop waits for. Done before the thread starts, so that an error reaches `Server.start`.
    static func prepare(_ inbox: LoopInbox, _ listeners: [ListeningSocket]) throws(SystemError) -> Epoll {
        let epoll = try Epoll()
        try epoll.add(inbox.wakeUp.number, .readable, token: token(special: inboxIndex))
        for (index, listener) in listeners.enumerated() {
            try epoll.add(listener.number, [.readable, .exclusive], token: token(special: index + 1))
        }
        return epoll
    }

    /// Runs until `stop` has come and the last connection is gone.
    func run() {
        while !isFinished {
            let count = epoll.wait(milliseconds: timeout)
            now = Clock.monotonicMilliseconds()
            preambles.refresh()
            // Before the connections: a site that was replaced is not served to a request that came after it.
            if inbox.hasMessages { takeMessages() }
            for index in 0..<count { handle(epoll.event(index)) }
            resumePostponed()
            while let (slot, timer) = timers.expired(now: now) { expired(slot, timer) }
            resumeAcceptingIfDue()
        }
        closeAll()
    }

    private func takeMessages() { inbox.takeAll().forEach(handle) }

    private var isFinished: Bool {
        guard let deadline else { return false }
        return openCount == 0 || now >= deadline
    }

    private var timeout: Int32 {
        if !postponed.isEmpty || inbox.hasMessages { return 0 }
        var next = timers.next
        for time in [pausedUntil, deadline] { if let time { next = min(next ?? time, time) } }
        guard let next else { return -1 }
        return Int32(clamping: max(0, next - now))
    }

    private func handle(_ event: (token: UInt64, happened: Epoll.Interest)) {
        let id = ConnectionID(token: event.token)
        if id.generation == UInt32.max {
            let index = Int(id.slot) - 1
            if index < 0 { return inbox.wakeUp.clear() }
            if index < listeners.count { accept(listeners[index]) }
        } else if let connection = connection(id) {
            handle(connection, event.happened)
        }
    }

    private func handle(_ connection: Connection, _ happened: Epoll.Interest) {
        if !happened.isDisjoint(with: .broken) { return close(connection) }
        if happened.contains(.writable) { flush(connection) }
        if happened.contains(.readable), connection.phase != .closed { receive(connection) }
    }

    private func handle(_ message: LoopInbox.Message) {
        switch message {
        case .response(let id, let response):
            if let connection = connection(id) { answer(connection, response) } else { abandon(response) }
        case .events(let id):
            if let connection = connection(id) { pump(connection) }
        case .replace(let image, let context): adopt(image, context)
        case .stop(let deadline): stop(deadline)
        }
    }

    private func adopt(_ image: SiteImage, _ context: ServerContext) {
        self.image = image
        self.context = context
        timers.adopt(context.limits)
    }

    /// The connection that was meant, unless it is gone and its slot has another one.
    func connection(_ id: ConnectionID) -> Connection? {
        let slot = Int(id.slot)
        guard slot < connections.count, generations[slot] == id.generation else { return nil }
        return connections[slot]
    }

    private func stop(_ deadline: Int64) {
        self.deadline = min(deadline, self.deadline ?? deadline)
        for listener in listeners { epoll.remove(listener.number) }
        listeners = []
        pausedUntil = nil
        for case let connection? in connections {
            switch connection.phase {
            case .head where connection.input.isEmpty: close(connection)
            case .streaming: endEvents(connection)
            default: break
            }
        }
    }

    private func closeAll() {
        for case let connection? in connections { close(connection) }
    }
}
