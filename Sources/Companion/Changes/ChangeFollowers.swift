internal import HTTP

/// Those who are told of changes: the audit log, the files of sinks, the addresses of webhooks. It outlives reloads.
actor ChangeFollowers {
    private let sinks: SinkWriter?
    private let webhooks: WebhookQueue
    private let stream: AsyncStream<AccountChange>
    private let sending: AsyncStream<AccountChange>.Continuation
    private var work: Task<Void, Never>?

    /// Listens from now on, and acts on nothing before it is given its work.
    init(_ parts: EngineParts, _ telling: Telling, _ client: Client) {
        sinks = telling.sinkBook.map { SinkWriter(parts, book: $0) }
        webhooks = WebhookQueue(client: client, clock: parts.clock, log: parts.log)
        // Far more than there can be at once; whatever waits here waits for no network.
        (stream, sending) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(100_000))
        parts.changes.listen { [sending, audit = telling.audit] change in
            audit?.write(AuditEntry(change))
            sending.yield(change)
        }
    }

    /// Goes on with these files and addresses.
    func adopt(_ telling: Telling, _ parts: EngineParts) async {
        await sinks?.adopt(telling.sinks, parts)
        await webhooks.adopt(telling.webhooks, log: parts.log)
        if work == nil { work = Task { await self.follow() } }
    }

    /// App keys have changed, which files may hold, too.
    func configChanged() async { await sinks?.wakeAll() }

    private func follow() async {
        for await change in stream {
            await sinks?.hear(change)
            await webhooks.add(change)
        }
    }

    /// Ends when all is written that was told so far.
    ///
    /// - Parameter patience: for how many seconds it is waited until all is posted, too.
    func stop(patience: Double = 0) async {
        sending.finish()
        await work?.value
        await sinks?.stop()
        await webhooks.drain(within: patience)
        await webhooks.stop()
    }
}
