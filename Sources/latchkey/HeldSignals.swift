import Glibc
import Synchronization

/// Signals that would end the process are put off until they are let go.
struct HeldSignals {
    private static let numbers = [SIGINT, SIGTERM, SIGHUP]

    init() {
        wanted.store(0, ordering: .sequentiallyConsistent)
        for number in Self.numbers { signal(number, putOff) }
    }

    /// What came meanwhile has its effect now.
    func letGo() {
        for number in Self.numbers { signal(number, SIG_DFL) }
        let number = wanted.load(ordering: .sequentiallyConsistent)
        guard number != 0 else { return }
        // This thread may be one that hears no signals.
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, number)
        pthread_sigmask(SIG_UNBLOCK, &set, nil)
        raise(number)
    }
}

private let wanted = Atomic<Int32>(0)

/// SECURITY: it calls only what POSIX allows in a handler (signal-safety(7)).
private func putOff(_ number: Int32) { wanted.store(number, ordering: .sequentiallyConsistent) }
