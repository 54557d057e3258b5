internal import Glibc
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
        /// A part of a task that runs on the loop's thread.
        case job(UnownedJob)
        case replace(SiteImage, ServerContext?)
        /// Accept nothing more, finish what is running, and end when nothing is left or this time has come.
        case stop(deadline: Int64)
    }

    let wakeUp: WakeUp
    /// The thread of the loop: it needs no waking.
    private let owner = Atomic<UInt>(0)
    private let messages = Mutex<[Message]>([])
    private let isWaiting = Atomic(false)
    private let hasEnded = Atomic(false)

    init() throws(SystemError) {
        wakeUp = try WakeUp()
    }

    /// Whether there is a message: looks without taking the lock.
    var hasMessages: Bool { isWaiting.load(ordering: .acquiring) }

    /// Says which thread takes the messages. To be called by it, once.
    func adopt() { owner.store(pthread_self(), ordering: .releasing) }

    func post(_ message: Message) {
        messages.withLock { $0.append(message) }
        wake()
    }

    private func wake() {
        guard !isWaiting.exchange(true, ordering: .acquiringAndReleasing) else { return }
        if pthread_self() != owner.load(ordering: .acquiring) { wakeUp.signal() }
    }

    /// Takes a part of a task for the loop's thread. When the loop has ended, it runs on the thread that brings it: a task
    /// must not wait for ever.
    func run(_ job: UnownedJob, on executor: UnownedTaskExecutor) {
        let isTaken = messages.withLock { messages in
            guard !hasEnded.load(ordering: .relaxed) else { return false }
            messages.append(.job(job))
            return true
        }
        if isTaken { wake() } else { job.runSynchronously(on: executor) }
    }

    /// What came too late for the loop. Nothing comes after it.
    func end() -> [Message] {
        messages.withLock { messages in
            hasEnded.store(true, ordering: .relaxed)
            defer { messages = [] }
            return messages
        }
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
