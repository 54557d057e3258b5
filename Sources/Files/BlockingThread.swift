internal import Glibc

/// Threads of our own, for work that may wait in the kernel: never the pool of Swift's tasks, which has one for each
/// processor.
public enum BlockingThread {
    /// What a thread does, and what it does when nothing of that is held any more.
    private final class Work {
        let body: @Sendable () -> @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> @Sendable () -> Void) { self.body = body }
    }

    /// The system gave no thread; the value is the error number of `pthread_create`.
    public struct Failure: Error, Equatable, Sendable {
        /// The error number.
        public let code: Int32
    }

    /// Starts a detached thread that runs `body` once (`pthread_create`).
    public static func start(_ body: @escaping @Sendable () -> Void) throws(Failure) {
        try start(
            Work {
                body()
                return {}
            })
    }

    /// Runs `body` on such a thread, and gives what it returns. By then the thread holds nothing any more that `body` has
    /// used, such as a lock.
    public static func run<Result: Sendable>(
        _ body: @escaping @Sendable () -> Result
    ) async throws(Failure) -> Result {
        let result: Swift.Result<Result, Failure> = await withCheckedContinuation { continuation in
            let work = Work {
                let value = body()
                return { continuation.resume(returning: .success(value)) }
            }
            do throws(Failure) { try start(work) } catch { continuation.resume(returning: .failure(error)) }
        }
        return try result.get()
    }

    private static func start(_ work: Work) throws(Failure) {
        let context = Unmanaged.passRetained(work)
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                BlockingThread.perform(context)()
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw Failure(code: code)
        }
        pthread_detach(thread)
    }

    /// Does the work, lets go of it, and gives what is left to do.
    private static func perform(_ context: UnsafeMutableRawPointer) -> @Sendable () -> Void {
        Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
    }
}
