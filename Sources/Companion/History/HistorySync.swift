internal import Files
internal import JSON
internal import Providers
internal import Vault

/// Fetches what was watched, in the background: at most one synchronisation for each account and kind at a time.
///
/// It is the one place that asks for histories. What a page brought is on the disk before the next page is asked for,
/// so one that a crash has ended goes on where it was. It outlives reloads, as sign-ins do.
actor HistorySync {
    /// Whose history of what.
    struct Key: Hashable, Sendable {
        let account: FlowEngine.Key
        let kind: HistoryKind
    }

    /// How far a synchronisation has come.
    struct Progress: Sendable, Equatable {
        let startedAt: Double
        /// How many pages were read, and how many there are, as far as the provider tells.
        var read = 0
        var pages: Int?
        /// How many plays are stored by now, and how many the provider has.
        var plays = 0
        var items: Int?
        /// Until when it waits, and why.
        var retryAt: Double?
        var message: String?
    }

    private struct Job {
        let serial: Int
        let task: Task<Void, Never>
        var progress: Progress
    }

    private(set) var parts: EngineParts
    let engine: FlowEngine
    /// Where histories are kept; nil when they are not.
    let root: String?
    private var jobs: [Key: Job] = [:]
    private var lastSerial = 0
    /// So many ask for pages at once: each takes memory while it runs.
    private let turns = Slots(2)
    /// How many there may be, of all accounts; one of several people may have a tenth of them.
    private static let most = 1000

    init(_ parts: EngineParts, _ engine: FlowEngine, root: String?) {
        (self.parts, self.engine, self.root) = (parts, engine, root)
    }

    /// Goes on with other descriptions, from the next page on.
    func adopt(_ parts: EngineParts) { self.parts = parts }

    // MARK: Beginning

    /// Begins one, or joins the one that is going on.
    ///
    /// - Returns: whether it was going on already. When this returns, a restart does not forget it.
    func begin(_ key: Key) async throws(Problem) -> Bool {
        let place = try place(key)
        if jobs[key] != nil { return true }
        guard try await engine.linked(key.account) != nil else { throw FlowEngine.notLinked(try provider(key)) }
        try checkRoom(key)
        if jobs[key] != nil { return true }
        // From here nothing is awaited until it is in the table.
        let saving = Task { await save(place) { ($0.isRunning, $0.error, $0.message) = (true, nil, nil) } }
        start(key, place, after: saving)
        try await saving.value.get()
        parts.log.info("history sync begun", key.account, ["kind": key.kind.rawValue])
        return false
    }

    /// Goes on with those that were going on when the last process ended.
    func resume() async {
        guard let root else { return }
        let found = (try? await BlockingThread.run { Self.unfinished(root) }) ?? []
        for (owner, account, name) in found {
            let parts = name.split(separator: "-")
            guard parts.count == 2, let kind = HistoryKind(rawValue: String(parts[1])), VaultName.isValid(account),
                Visitor.isOwner(owner)
            else { continue }
            let id = AccountID(owner: owner, account: account)
            let key = Key(account: FlowEngine.Key(provider: String(parts[0]), id: id), kind: kind)
            guard jobs[key] == nil, let place = try? place(key) else { continue }
            start(key, place)
        }
    }

    /// The states on the disk that say that one is going on.
    private static func unfinished(_ root: String) -> [(owner: String, account: String, name: String)] {
        var found: [(String, String, String)] = []
        for path in (try? Files.regularFiles(below: root)) ?? [] where path.hasSuffix(".state") {
            let steps = path.split(separator: "/").map(String.init)
            guard steps.count == 3, let bytes = try? Files.read(Files.join(root, path), limit: 65_536),
                let json = try? JSON.parse(bytes), json["running"] == true
            else { continue }
            found.append((steps[0], steps[1], String(steps[2].dropLast(".state".count))))
        }
        return found
    }

    /// - Parameter saving: what makes a restart not forget it.
    private func start(_ key: Key, _ place: HistoryPlace, after saving: Task<Result<Void, Problem>, Never>? = nil) {
        lastSerial += 1
        let serial = lastSerial
        let task = Task {
            if case .failure? = await saving?.value { return drop(key, serial) }
            await run(key, place, serial)
        }
        jobs[key] = Job(serial: serial, task: task, progress: Progress(startedAt: parts.clock.wall))
    }

    private func drop(_ key: Key, _ serial: Int) {
        if jobs[key]?.serial == serial { jobs[key] = nil }
    }

    private func run(_ key: Key, _ place: HistoryPlace, _ serial: Int) async {
        var (patience, ending) = (Patience(), Ending.wait(0))
        while case .wait(let seconds) = ending, !Task.isCancelled {
            // While it waits others have their turn, and it takes no memory.
            try? await Task.sleep(for: .seconds(seconds))
            if Task.isCancelled { return }
            note(key) { ($0.retryAt, $0.message) = (nil, nil) }
            let before = patience
            (ending, patience) = await turns.run { await self.synchronise(key, place, before) }
            if case .wait(let seconds) = ending { tellWait(key, seconds, patience) }
        }
        // One that was ended has no say any more.
        guard jobs[key]?.serial == serial, !Task.isCancelled else { return }
        await finish(key, place, ending.problem)
    }

    private func tellWait(_ key: Key, _ seconds: Double, _ patience: Patience) {
        let (time, message) = (parts.clock.wall + seconds, patience.message)
        note(key) { ($0.retryAt, $0.message) = (time, message) }
        parts.log.info(
            "history sync waits", key.account,
            ["kind": key.kind.rawValue, "seconds": "\(Int(seconds.rounded(.up)))", "reason": message])
    }

    private func finish(_ key: Key, _ place: HistoryPlace, _ problem: Problem?) async {
        let (plays, now) = (jobs[key]?.progress.plays ?? 0, Int(parts.clock.wall))
        _ = await save(place) { state in
            state.isRunning = false
            (state.error, state.message) = (problem?.code, problem.map { "\($0.message) \($0.hint)" })
            state.plays = plays
            if problem == nil { state.syncedAt = now }
        }
        jobs[key] = nil
        let details = ["kind": key.kind.rawValue, "plays": "\(plays)"]
        if let problem {
            parts.log.warning("history sync failed", key.account, details.merging(["reason": problem.code]) { $1 })
        } else {
            parts.log.info("history synced", key.account, details)
        }
    }

    // MARK: Being asked

    /// How a synchronisation stands; nil when none is going on.
    func progress(_ key: Key) -> Progress? { jobs[key]?.progress }

    func note(_ key: Key, _ change: (inout Progress) -> Void) {
        guard var progress = jobs[key]?.progress else { return }
        change(&progress)
        jobs[key]?.progress = progress
    }

    /// Ends what is going on, and removes what is stored.
    ///
    /// - Returns: whether anything was stored.
    func forget(_ key: Key) async throws(Problem) -> Bool {
        let place = try place(key)
        if let job = jobs.removeValue(forKey: key) {
            job.task.cancel()
            await job.task.value
        }
        return try await onDisk { () throws(FileError) in
            let (hasState, hasJournal) = (try Files.exists(place.state), try Files.exists(place.journal))
            try place.remove()
            return hasState || hasJournal
        }
    }

    /// Where a history is kept.
    ///
    /// - Throws: when there is none: the description does not say how to ask for it.
    func place(_ key: Key) throws(Problem) -> HistoryPlace {
        let provider = try provider(key)
        guard let root, provider.hasHistory(key.kind) else {
            throw Problem(
                404, "no_history",
                "The description of \(provider.label) does not say how to ask for watched \(key.kind.rawValue).",
                hint: "A provider's file says it under 'history' (Docs/providers.md).")
        }
        return HistoryPlace(root: root, key.account, key.kind)
    }

    private func provider(_ key: Key) throws(Problem) -> Provider {
        guard let provider = parts.catalogue[key.account.provider] else {
            throw Problem(404, "unknown_provider", "There is no such provider.")
        }
        return provider
    }

    private func checkRoom(_ key: Key) throws(Problem) {
        let owner = key.account.id.owner
        let isFull = jobs.count >= Self.most
        let hasShare = owner == VaultName.default || jobs.keys.count { $0.account.id.owner == owner } < Self.most / 10
        guard isFull || !hasShare else { return }
        throw Problem(
            429, "too_many_syncs", "Too many histories are being synchronised.", hint: "Try again when some have ended."
        )
    }

    // MARK: The disk

    /// Changes the state of a history on the disk.
    private func save(
        _ place: HistoryPlace, _ body: @escaping @Sendable (inout HistoryState) -> Void
    ) async -> Result<Void, Problem> {
        do throws(Problem) {
            try await onDisk { () throws(FileError) in
                try place.makeFolder()
                var state = HistoryState.read(place)
                body(&state)
                try state.write(place)
            }
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    /// Does something with files on a thread that may wait for the disk.
    func onDisk<Value: Sendable>(
        _ body: @escaping @Sendable () throws(FileError) -> Value
    ) async throws(Problem) -> Value {
        let result: Result<Value, FileError>
        do throws(BlockingThread.Failure) {
            result = try await BlockingThread.run { Result(body) }
        } catch {
            throw Problem(internal: "the system gave no thread")
        }
        switch result {
        case .success(let value): return value
        case .failure(let error):
            parts.log.warning("history not kept", ["reason": "\(error)"])
            if error.isLockHeld {
                throw Problem(409, "sync_elsewhere", "Another process synchronises this history.")
            }
            throw Problem(
                507, "not_saved", "The history could not be kept.",
                hint: "Latchkey's log says why; look at the data folder.")
        }
    }
}

extension Result where Failure == FileError {
    /// What a body gives, or why it failed.
    fileprivate init(_ body: () throws(FileError) -> Success) {
        do throws(FileError) { self = .success(try body()) } catch { self = .failure(error) }
    }
}
