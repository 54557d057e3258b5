import Files
import Glibc
import Synchronization

/// Waits for the wish to end: `SIGTERM` from a service manager, `SIGINT` from the keyboard. A second one ends at once.
///
/// A signal counts from the moment that this is made. It is heard by a thread that does nothing else, which ends the
/// process when the orderly end takes too long: the end depends on nothing that could be stuck.
struct StopSignals {
    /// For how long the orderly end may take, in seconds.
    private static let patience: UInt32 = 10

    private let stream: AsyncStream<Void>

    init() throws(Failure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .environment("cannot make a pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        self.stream = stream
        do throws(BlockingThread.Failure) {
            try BlockingThread.start { [listening = ends[0]] in Self.listen(listening, continuation) }
        } catch {
            throw .environment("cannot start a thread: \(String(cString: strerror(error.code)))")
        }
        wakeUp.store(ends[1], ordering: .sequentiallyConsistent)
        for number in [SIGTERM, SIGINT] { signal(number, stop) }
    }

    func wait() async {
        for await _ in stream { return }
    }

    private static func listen(_ descriptor: Int32, _ continuation: AsyncStream<Void>.Continuation) {
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) < 0, errno == EINTR {}
        continuation.yield()
        var left = patience
        while left > 0 { left = sleep(left) }
        _exit(1)
    }
}

/// Where the handler writes.
private let wakeUp = Atomic<Int32>(-1)

/// SECURITY: this interrupts any thread anywhere, so it calls only what POSIX allows there (signal-safety(7)).
private func stop(_ number: Int32) {
    let before = errno
    signal(number, SIG_DFL)
    var byte: UInt8 = 0
    _ = write(wakeUp.load(ordering: .sequentiallyConsistent), &byte, 1)
    errno = before
}
