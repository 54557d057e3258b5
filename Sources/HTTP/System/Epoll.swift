internal import CLinux
internal import Glibc

/// A set of descriptors to wait on (`epoll`), level-triggered.
///
/// Each descriptor carries a token of 64 bits that comes back with its events.
struct Epoll {
    /// What to wait for, and what happened.
    struct Interest: OptionSet {
        let rawValue: UInt32

        static let readable = Interest(rawValue: EPOLLIN.rawValue)
        static let writable = Interest(rawValue: EPOLLOUT.rawValue)
        /// The peer is gone in both directions, or there is an error. Always reported, asked for or not.
        static let broken = Interest(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
        /// Of several loops that wait on a listener, wake one and not all.
        static let exclusive = Interest(rawValue: EPOLLEXCLUSIVE.rawValue)
    }

    private let descriptor: Descriptor
    private var events: [epoll_event]

    /// `epoll_create1`; reports at most 64 events at a time.
    init() throws(SystemError) {
        let number = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard number >= 0 else { throw .last("epoll_create1") }
        descriptor = Descriptor(owning: number)
        events = Array(repeating: epoll_event(), count: 64)
    }

    /// `epoll_ctl(EPOLL_CTL_ADD)`.
    func add(_ number: Int32, _ interest: Interest, token: UInt64) throws(SystemError) {
        guard control(EPOLL_CTL_ADD, number, interest, token) == 0 else { throw .last("epoll_ctl") }
    }

    /// `epoll_ctl(EPOLL_CTL_MOD)`. It cannot fail for a descriptor that is open and was added.
    func modify(_ number: Int32, _ interest: Interest, token: UInt64) {
        _ = control(EPOLL_CTL_MOD, number, interest, token)
    }

    /// `epoll_ctl(EPOLL_CTL_DEL)`.
    func remove(_ number: Int32) {
        _ = control(EPOLL_CTL_DEL, number, [], 0)
    }

    /// `epoll_wait` for at most `milliseconds` (-1: for ever); the number of events, 0 also when interrupted.
    mutating func wait(milliseconds: Int32) -> Int {
        max(0, Int(epoll_wait(descriptor.number, &events, Int32(events.count), milliseconds)))
    }

    /// The event at `index` of the last `wait`.
    func event(_ index: Int) -> (token: UInt64, happened: Interest) {
        (events[index].data.u64, Interest(rawValue: events[index].events))
    }

    private func control(_ operation: Int32, _ number: Int32, _ interest: Interest, _ token: UInt64) -> Int32 {
        var event = epoll_event()
        event.events = interest.rawValue
        event.data.u64 = token
        return epoll_ctl(descriptor.number, operation, number, &event)
    }
}
