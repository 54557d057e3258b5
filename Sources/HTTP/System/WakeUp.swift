internal import CLinux
internal import Glibc

/// A descriptor that becomes readable when another thread signals it (`eventfd`).
struct WakeUp: Sendable {
    private let descriptor: Descriptor

    /// `eventfd`. A `blocking` one lets a thread sleep in `clear`.
    init(blocking: Bool = false) throws(SystemError) {
        let flags = EFD_CLOEXEC | (blocking ? 0 : EFD_NONBLOCK)
        let number = eventfd(0, Int32(flags))
        guard number >= 0 else { throw .last("eventfd") }
        descriptor = Descriptor(owning: number)
    }

    /// The number, to wait on.
    var number: Int32 { descriptor.number }

    /// Makes it readable (`eventfd_write`).
    func signal() {
        _ = retrying { eventfd_write(number, 1) }
    }

    /// Makes it unreadable again (`eventfd_read`); a blocking one waits for a signal first.
    func clear() {
        var value: eventfd_t = 0
        _ = retrying { eventfd_read(number, &value) }
    }
}
