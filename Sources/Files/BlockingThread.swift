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

    /// Runs `body` on such a thread, and gives what it returns.
    public static func run<Result: Sendable>(
        _ body: @escaping @Sendable () -> Result
    ) async throws(Failure) -> Result {
        let result: Swift.Result<Result, Failure> = await withCheckedContinuation { continuation in
            do throws(Failure) {
                try start { continuation.resume(returning: .success(body())) }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }
}
