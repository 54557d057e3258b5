import Dispatch
import Glibc
import Synchronization

/// Waits for the wish to end: `SIGTERM` from a service manager, `SIGINT` from the keyboard. A second one ends at once.
///
/// A signal counts from the moment that this is made. (A signal source of Dispatch hears nothing until it has been
/// registered, a little later, and the signal of somebody who is quicker is lost.)
struct StopSignals {
    private let source: any DispatchSourceRead
    private let stream: AsyncStream<Void>

    init() throws(Failure) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw .environment("cannot make a pipe: \(String(cString: strerror(errno)))") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        self.stream = stream
        source = DispatchSource.makeReadSource(fileDescriptor: ends[0])
        source.setEventHandler { continuation.yield() }
        source.resume()
        wakeUp.store(ends[1], ordering: .sequentiallyConsistent)
        for number in [SIGTERM, SIGINT] { signal(number, stop) }
    }

    func wait() async {
        for await _ in stream { break }
        source.cancel()
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
