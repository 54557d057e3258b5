import Files
import Glibc
import Synchronization

/// Waits for what is wished of the server: its end, by `SIGTERM` from a service manager or `SIGINT` from the keyboard,
/// or that it reads its configuration anew, by `SIGHUP`. A second signal to end ends at once.
///
/// A signal counts from the moment that this is made. It is heard by a thread that does nothing else, which ends the
/// process when the orderly end takes too long: the end depends on nothing that could be stuck.
struct Signals {
    /// What a signal says.
    enum Wish: UInt8, Sendable { case stop, reload }

    /// For how long the orderly end may take, in seconds.
    private static let patience: UInt32 = 10

    /// The wishes as they come. After the one to stop nothing more is heard.
    let wishes: AsyncStream<Wish>

    init() throws(Failure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .environment("cannot make a pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (stream, continuation) = AsyncStream.makeStream(of: Wish.self)
        wishes = stream
        let hadTerminal = isatty(STDIN_FILENO) == 1
        do throws(BlockingThread.Failure) {
            try BlockingThread.start { [listening = ends[0]] in Self.listen(listening, hadTerminal, continuation) }
        } catch {
            throw .environment("cannot start a thread: \(String(cString: strerror(error.code)))")
        }
        wakeUp.store(ends[1], ordering: .sequentiallyConsistent)
        for number in [SIGTERM, SIGINT, SIGHUP] { signal(number, hear) }
    }

    private static func listen(_ descriptor: Int32, _ hadTerminal: Bool, _ heard: AsyncStream<Wish>.Continuation) {
        while let wish = next(descriptor) {
            // The same signal says that the terminal was closed.
            let isGone = hadTerminal && isatty(STDIN_FILENO) == 0
            heard.yield(isGone ? .stop : wish)
            if wish == .stop || isGone { break }
        }
        var left = patience
        while left > 0 { left = sleep(left) }
        _exit(1)
    }

    private static func next(_ descriptor: Int32) -> Wish? {
        var byte: UInt8 = 0
        while true {
            let count = read(descriptor, &byte, 1)
            if count == 1 { return Wish(rawValue: byte) }
            if count == 0 || errno != EINTR { return nil }
        }
    }
}

/// Where the handler writes.
private let wakeUp = Atomic<Int32>(-1)

/// SECURITY: this interrupts any thread anywhere, so it calls only what POSIX allows there (signal-safety(7)).
private func hear(_ number: Int32) {
    let before = errno
    var byte = number == SIGHUP ? Signals.Wish.reload.rawValue : Signals.Wish.stop.rawValue
    if number != SIGHUP {
        signal(SIGTERM, SIG_DFL)
        signal(SIGINT, SIG_DFL)
    }
    _ = write(wakeUp.load(ordering: .sequentiallyConsistent), &byte, 1)
    errno = before
}
