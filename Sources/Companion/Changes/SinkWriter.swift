internal import Files
internal import Providers

/// Keeps the files of sinks as the vault stands. Each file has a task of its own, so that one on a slow disk holds up no
/// other; what is written is read from the vault at that moment, so that a change that was missed does no harm.
actor SinkWriter {
    private struct Worker {
        let sink: Sink
        let wake: AsyncStream<Void>.Continuation
        let task: Task<Void, Never>
    }

    private let book: SinkBook
    private var parts: EngineParts
    private var workers: [Worker] = []
    private var timer: Task<Void, Never>?

    /// After so many seconds all files are looked at again: other programs change them, and other processes the vault.
    private static let period = 300.0
    /// How many seconds to wait after the first failure, the second …; the last one stays.
    private static let pauses = [1.0, 2, 5, 15, 30, 60, 120, 300]

    init(_ parts: EngineParts, book: SinkBook) { (self.parts, self.book) = (parts, book) }

    /// Goes on with these sinks, and brings the file of each up to date.
    func adopt(_ sinks: [Sink], _ parts: EngineParts) async {
        self.parts = parts
        let old = workers
        workers = []
        await Self.end(old)
        workers = sinks.map { sink in
            let (stream, wake) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            let task = Task { [weak self] in
                for await _ in stream { await self?.bring(sink) }
            }
            wake.yield()
            return Worker(sink: sink, wake: wake, task: task)
        }
        timer?.cancel()
        timer = sinks.isEmpty ? nil : Task { [weak self] in await self?.lookAgain() }
    }

    private func lookAgain() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(Self.period))
            wakeAll()
        }
    }

    /// Brings every file up to date; those that are keep as they are.
    func wakeAll() {
        for worker in workers { worker.wake.yield() }
    }

    /// Ends when what was told is written, or has failed once more.
    func stop() async {
        timer?.cancel()
        let old = workers
        workers = []
        await Self.end(old)
    }

    /// Two must not write the same file.
    private static func end(_ workers: [Worker]) async {
        for worker in workers {
            worker.wake.finish()
            worker.task.cancel()
        }
        for worker in workers { await worker.task.value }
    }

    /// A connection has changed.
    func hear(_ change: AccountChange) {
        for worker in workers where worker.sink.key == change.key { worker.wake.yield() }
    }

    /// Tries until the file is as it should be.
    private func bring(_ sink: Sink) async {
        var failures = 0
        repeat {
            guard let problem = await attempt(sink) else { return }
            let pause = Self.pauses[min(failures, Self.pauses.count - 1)]
            failures += 1
            parts.log.warning(
                "sink not written", sink.key,
                ["file": sink.file, "reason": problem.description, "retry_in": "\(Int(pause.rounded(.up)))s"])
            try? await Task.sleep(for: .seconds(pause))
        } while !Task.isCancelled
    }

    /// - Returns: what went wrong.
    private func attempt(_ sink: Sink) async -> SinkProblem? {
        let content = await content(of: sink)
        let file = SinkFile(sink: sink, book: book, now: parts.clock.wall)
        let outcome = try? await BlockingThread.run { file.bring(to: content) }
        switch outcome {
        case .written?: parts.log.info("sink written", sink.key, ["file": sink.file])
        case .removed?: parts.log.info("sink removed", sink.key, ["file": sink.file])
        case .unchanged?: break
        case .failed(let problem)?: return problem
        case nil: return SinkProblem("the system gave no thread")
        }
        return nil
    }

    /// What the file should hold now; nil without a connection.
    private func content(of sink: Sink) async -> Result<[UInt8]?, SinkProblem> {
        guard let provider = parts.catalogue[sink.provider] else {
            return .failure(SinkProblem("there is no provider '\(sink.provider)'"))
        }
        do throws(Problem) {
            let stored = try await parts.snapshot(sink.key.id).document["auth"]?[sink.provider]
            guard let linked = Linked(stored) else { return .success(nil) }
            let entered = try await parts.values(provider, sink.key.id)
            // SECURITY: the file would name another server beside the token than the one that gave it.
            guard linked.servers.isNamed(by: entered, provider) else { return .success(nil) }
            let values = SinkValues(linked.tokens, sink.key, provider, entered: entered)
            return Result { () throws(SinkProblem) in try sink.template.render(values) }
        } catch {
            return .failure(SinkProblem(error.message))
        }
    }
}
