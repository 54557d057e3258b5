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

    /// Lets this process have as many descriptors open as the hard limit allows (`getrlimit`, `setrlimit`); how many
    /// that are.
    static func raiseLimit() -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var value = rlimit()
        guard getrlimit(resource, &value) == 0 else { return 1024 }
        let before = Int(clamping: value.rlim_cur)
        if value.rlim_cur == value.rlim_max { return before }
        value.rlim_cur = value.rlim_max
        return setrlimit(resource, &value) == 0 ? Int(clamping: value.rlim_cur) : before
    }
}
