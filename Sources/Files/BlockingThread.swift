internal import Glibc

/// Threads of our own, for work that may wait in the kernel: never the pool of Swift's tasks, which has one for each
/// processor.
public enum BlockingThread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// The system gave no thread; the value is the error number of `pthread_create`.
    public struct Failure: Error, Equatable, Sendable {
        /// The error number.
        public let code: Int32
    }

    /// Starts a detached thread that runs `body` once (`pthread_create`).
    public static func start(_ body: @escaping @Sendable () -> Void) throws(Failure) {
        let context = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw Failure(code: code)
        }
        pthread_detach(thread)
    }

    /// What `body` gives, which runs on a thread of its own; nil when the system gave no thread.
    public static func value<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value? {
        await withCheckedContinuation { continuation in
            do throws(Failure) {
                try start { continuation.resume(returning: body()) }
            } catch {
                continuation.resume(returning: nil)
            }
        }
    }
}
