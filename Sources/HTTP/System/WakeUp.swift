internal import CLinux
internal import Glibc

/// A descriptor that becomes readable when another thread signals it (`eventfd`).
struct WakeUp: Sendable {
    private let descriptor: Descriptor

    /// `eventfd`.
    init() throws(SystemError) {
        let number = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard number >= 0 else { throw .last("eventfd") }
        descriptor = Descriptor(owning: number)
    }

    /// The number, to wait on.
    var number: Int32 { descriptor.number }

    /// Makes it readable (`eventfd_write`).
    func signal() {
        _ = retrying { eventfd_write(number, 1) }
    }

    /// Makes it unreadable again (`eventfd_read`).
    func clear() {
        var value: eventfd_t = 0
        _ = retrying { eventfd_read(number, &value) }
    }
}
