/// Runs tasks on the thread of a loop: for answers that are made in no time, two threads would otherwise have to wake each
/// other. A task that waits goes on here, too, when what it waits for is there.
final class LoopExecutor: TaskExecutor {
    private let inbox: LoopInbox

    init(_ inbox: LoopInbox) { self.inbox = inbox }

    func enqueue(_ job: consuming ExecutorJob) {
        inbox.run(UnownedJob(job), on: asUnownedTaskExecutor())
    }
}

extension Loop {
    /// Messages that came during this turn, among them what its requests need. Not for ever, so that sockets get theirs.
    func takeLateMessages() {
        for _ in 0..<16 where inbox.hasMessages { takeMessages() }
    }

    /// The loop has ended: tasks on its thread go on elsewhere.
    func runLateJobs() {
        for case .job(let job) in inbox.end() { job.runSynchronously(on: executor.asUnownedTaskExecutor()) }
    }
}
