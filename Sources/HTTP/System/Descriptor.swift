internal import Glibc

/// A file descriptor that is closed when the last reference to it goes (`close`).
final class Descriptor: Sendable {
    /// The number.
    let number: Int32

    /// Takes over the ownership of `number`.
    init(owning number: Int32) {
        self.number = number
    }

    deinit {
        Descriptor.close(number)
    }

    /// `close`. Linux closes the descriptor even when it answers `EINTR`, so it is never called again.
    static func close(_ number: Int32) {
        _ = Glibc.close(number)
    }

    /// How many descriptors this process may have open (`getrlimit`, the soft limit).
    static var limit: Int {
        var value = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &value) == 0 else { return 1024 }
        return Int(clamping: value.rlim_cur)
    }
}
