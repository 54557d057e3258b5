internal import Files
internal import Glibc

/// Runs something that waits on a thread of its own. Threads of Dispatch would not do: the tasks need them.
public func aside<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        startThread {
            errno = 0
            continuation.resume(with: Swift.Result { try body() })
        }
    }
}

func startThread(_ body: @escaping @Sendable () -> Void) {
    do { try BlockingThread.start(body) } catch { preconditionFailure("pthread_create failed: \(error.code)") }
}
