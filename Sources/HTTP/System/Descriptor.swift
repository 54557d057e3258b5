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

    /// Lets this process have `wanted` descriptors open if the hard limit allows it (`getrlimit`, `setrlimit`);
    /// how many it may have then.
    static func raiseLimit(to wanted: Int) -> Int {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var value = rlimit()
        guard getrlimit(resource, &value) == 0 else { return 1024 }
        if Int(clamping: value.rlim_cur) >= wanted { return Int(clamping: value.rlim_cur) }
        let before = Int(clamping: value.rlim_cur)
        value.rlim_cur = min(value.rlim_max, rlim_t(wanted))
        return setrlimit(resource, &value) == 0 ? Int(clamping: value.rlim_cur) : before
    }
}
