internal import Synchronization

/// Names one connection of one loop. A later connection in the same slot has another generation.
struct ConnectionID: Sendable, Equatable {
    let slot: UInt32
    let generation: UInt32

    var token: UInt64 { UInt64(generation) << 32 | UInt64(slot) }

    init(slot: Int, generation: UInt32) {
        self.slot = UInt32(truncatingIfNeeded: slot)
        self.generation = generation
    }

    init(token: UInt64) {
        slot = UInt32(truncatingIfNeeded: token)
        generation = UInt32(truncatingIfNeeded: token >> 32)
    }
}

/// How other threads speak to a loop: a queue, and a descriptor that wakes it.
final class LoopInbox: Sendable {
    enum Message: Sendable {
        /// A responder has answered.
        case response(ConnectionID, Response)
        /// A stream has something for its client.
        case events(ConnectionID)
        /// Other files from now on, and perhaps another configuration.
        case replace(SiteImage, ServerContext)
        /// Accept nothing more, finish what is running, and end when nothing is left or this time has come.
        case stop(deadline: Int64)
    }

    let wakeUp: WakeUp
    private let messages = Mutex<[Message]>([])
    private let isWaiting = Atomic(false)

    init() throws(SystemError) {
        wakeUp = try WakeUp()
    }

    /// Whether there is a message: looks without taking the lock.
    var hasMessages: Bool { isWaiting.load(ordering: .acquiring) }

    func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        if !isWaiting.exchange(true, ordering: .acquiringAndReleasing) { wakeUp.signal() }
    }

    /// All messages in their order.
    func takeAll() -> [Message] {
        isWaiting.store(false, ordering: .releasing)
        return messages.withLock { messages in
            defer { messages = [] }
            return messages
        }
    }
}
