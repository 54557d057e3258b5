import Dispatch
import Glibc

/// Waits for the wish to end: `SIGTERM` from a service manager, `SIGINT` from the keyboard. A second one ends at once.
struct StopSignals {
    private let sources: [any DispatchSourceSignal]
    private let stream: AsyncStream<Void>

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        self.stream = stream
        sources = [SIGTERM, SIGINT].map { number in
            // The default would end the process before the source hears of it.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                continuation.yield()
                signal(number, SIG_DFL)
            }
            source.resume()
            return source
        }
    }

    func wait() async {
        for await _ in stream { return }
    }
}
