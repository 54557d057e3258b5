internal import Files
internal import Glibc

/// A vault in a folder: `<folder>/<owner>.json`, mode 0600, secrets under seal, one durable write for all changes that
/// arrive while the previous write is under way (group commit).
///
/// Several processes may use one folder: each write is made under a lock, on what the file holds by then, and a file that
/// somebody else has written is read again. A file that cannot be read then is left alone: the state before it is told,
/// and nothing is written until it is mended.
public actor FileVault: Vault {
    /// Whether the value at a path of an account (`["auth", "trakt", "access_token"]`) must not be readable in the file.
    public typealias SecretRule = @Sendable ([String]) -> Bool

    /// Who else may use the folder.
    public enum Role: Sendable {
        /// The one server of the folder.
        case server
        /// A program beside it.
        case visitor
    }

    let folder: String
    let keys: VaultKeys
    private var isSecret: SecretRule
    private let serverLock: FileLock?
    private let role: Role
    private var loaded: [String: Owner] = [:]
    private let foreign = AsyncStream.makeStream(of: ForeignChange.self)
    private var watch: FolderWatch?

    /// How many accounts of an owner are kept ready.
    private static let mostRecent = 16

    /// How many owners are kept in memory, besides those whose writes are under way.
    private static let mostOwners = 64
    private var lastUse = 0

    private struct Owner {
        var document: VaultDocument
        /// The file that it was read from or written to; nil when there is none.
        var stamp: Files.Stamp?
        /// A file that cannot be read stands in the place of it.
        var refused: (stamp: Files.Stamp?, problem: VaultError)?
        /// Grows with each use of any owner.
        var lastUse = 0
        /// What was read lately: a page asks for the same account again and again.
        var recent: [String: AccountSnapshot] = [:]
        var waiting: [Request] = []
        var isWriting = false
    }

    private struct Request {
        let commit: VaultCommit.Request
        let answer: CheckedContinuation<Result<AccountSnapshot, VaultError>, Never>
    }

    /// Opens the folder, and makes it when it is not there (mode 0700).
    ///
    /// - Throws: `unknownKey` when something in it is sealed with a key that is not there, and then nothing was touched;
    ///   `inUse` when another server has it; `notWritten` when it cannot be written to.
    public init(
        folder: String, keys: VaultKeys, role: Role = .server, isSecret: @escaping SecretRule
    ) throws(VaultError) {
        self.folder = folder
        self.keys = keys
        self.role = role
        self.isSecret = isSecret
        for (file, id) in try SealedFiles.keys(in: folder) where keys.ring.key(id) == nil {
            throw .unknownKey(file: file, id: id)
        }
        let permissions: UInt32
        do throws(FileError) {
            try Files.makeFolder(folder, mode: 0o700)
            permissions = try Files.permissions(of: folder)
            serverLock = role == .server ? try Self.serverLock(Files.join(folder, ".lock")) : nil
            // A full or read-only disk is told now, not when the first token is to be saved.
            if role == .server {
                try Files.writeDurably([], to: Files.join(folder, ".probe"))
                try Files.remove(Files.join(folder, ".probe"))
            }
        } catch {
            throw error.isLockHeld ? .inUse(folder: folder) : .notWritten("\(error)")
        }
        // SECURITY: whoever can write to the folder can put another file in the place of the tokens.
        if permissions & 0o022 != 0 { throw .notPrivate(folder: folder) }
    }

    /// A server that was told to end may need a moment to be gone.
    private static func serverLock(_ path: String) throws(FileError) -> FileLock {
        for _ in 0..<20 {
            do throws(FileError) {
                return try FileLock(path)
            } catch {
                guard error.isLockHeld else { throw error }
            }
            usleep(50_000)
        }
        return try FileLock(path)
    }

    /// From now on other values are secret. What is stored follows with the next write of its account.
    public func adopt(isSecret: @escaping SecretRule) { self.isSecret = isSecret }

    // MARK: Reading

    /// What is known of an account, from memory while the file is the same.
    public func read(owner: String, account: String) throws(VaultError) -> AccountSnapshot {
        try VaultName.check(owner, account)
        let known = try load(owner)
        if let snapshot = known.recent[account] { return snapshot }
        let snapshot = try known.document.snapshot(of: account)
        if known.recent.count >= Self.mostRecent { loaded[owner]?.recent = [:] }
        loaded[owner]?.recent[account] = snapshot
        return snapshot
    }

    /// The names of the files, sorted.
    public func owners() throws(VaultError) -> [String] { try SealedFiles.owners(in: folder) }

    /// The names of all accounts that hold anything, sorted.
    public func accounts(owner: String) throws(VaultError) -> [String] {
        try VaultName.check(owner)
        return try load(owner).document.names
    }

    private func load(_ name: String) throws(VaultError) -> Owner {
        lastUse += 1
        loaded[name]?.lastUse = lastUse
        guard let owner = loaded[name] else { return try loadFirst(name) }
        if owner.isWriting { return owner }
        let stamp = Files.stamp(of: path(of: name))
        let known = owner.refused.map(\.stamp) ?? owner.stamp
        return stamp == known ? owner : reload(name, owner)
    }

    private func loadFirst(_ name: String) throws(VaultError) -> Owner {
        var (document, stamp) = try VaultCommit.read(path(of: name), sealing(of: name))
        // A file that cannot be replaced, such as one that is mounted alone, is told before anything depends on it.
        let isToBeProved = role == .server && name == VaultName.default && stamp != nil
        if isToBeProved || !document.isSealed {
            let outcome = VaultCommit(
                path: path(of: name), lock: lockPath, document: document, stamp: stamp, requests: [], keys: keys
            ).run()
            if let failure = outcome.failure { throw failure }
            (document, stamp) = (outcome.document, outcome.stamp)
        }
        if loaded.count >= Self.mostOwners { forgetOlderHalf() }
        let owner = Owner(document: document, stamp: stamp, lastUse: lastUse)
        loaded[name] = owner
        return owner
    }

    /// Somebody else has written the file.
    private func reload(_ name: String, _ before: Owner) -> Owner {
        var owner = before
        let stamp = Files.stamp(of: path(of: name))
        do throws(VaultError) {
            // A file that is gone for a moment is no empty one.
            guard stamp != nil else { throw .unreadable("'\(path(of: name))' is gone: put it back, or restart") }
            (owner.document, owner.stamp) = try VaultCommit.read(path(of: name), sealing(of: name))
            try owner.document.reconcile(with: before.document)
            owner.refused = nil
            owner.recent = [:]
        } catch {
            owner.refused = (stamp, error)
        }
        loaded[name] = owner
        // What was put right is put right on the disk, too.
        if owner.refused == nil, !owner.document.isSealed { Task { try? await mend(name) } }
        foreign.continuation.yield(ForeignChange(owner: name, problem: owner.refused?.problem))
        return owner
    }

    /// What was used longest ago is read again when it is wanted. Nothing is lost: what is not written yet stays, and so
    /// does the default document, of which there is always need.
    private func forgetOlderHalf() {
        let idle = loaded.filter {
            $0.key != VaultName.default && !$0.value.isWriting && $0.value.waiting.isEmpty
        }
        for (name, _) in idle.sorted(by: { $0.value.lastUse < $1.value.lastUse }).prefix(Self.mostOwners / 2) {
            loaded[name] = nil
        }
    }

    private func path(of owner: String) -> String { Files.join(folder, owner + ".json") }

    private var lockPath: String { Files.join(folder, ".writing") }

    private func sealing(of owner: String) -> VaultDocument.Sealing {
        VaultDocument.Sealing(ring: keys.ring, owner: owner, isSecret: isSecret)
    }

    // MARK: Writing

    /// Applies all changes or none, and returns when they are durable.
    @discardableResult
    public func apply(
        _ changes: [VaultChange], owner: String, account: String, ifRevision revision: Int?, spare: Int
    ) async throws(VaultError) -> AccountSnapshot {
        try VaultName.check(owner, account)
        if let problem = try load(owner).refused?.problem { throw problem }
        let result = await withCheckedContinuation { continuation in
            loaded[owner]?.waiting.append(
                Request(
                    commit: VaultCommit.Request(changes: changes, account: account, revision: revision, spare: spare),
                    answer: continuation))
            writeIfIdle(owner)
        }
        return try result.get()
    }

    /// Writes what is known of an owner as it is.
    private func mend(_ owner: String) async throws(VaultError) {
        try await apply([], owner: owner, account: VaultName.default)
    }

    /// Seals everything of an owner with the current key.
    func reseal(owner: String) async throws(VaultError) {
        try VaultName.check(owner)
        let (document, stamp) = try VaultCommit.read(path(of: owner), sealing(of: owner))
        let commit = VaultCommit(
            path: path(of: owner), lock: lockPath, document: document, stamp: stamp, requests: [], keys: keys,
            isResealing: true)
        if let failure = await Self.run(commit).failure { throw failure }
        loaded[owner] = nil
    }

    /// Starts one write for everything that waits, unless one is under way: its end starts the next.
    private func writeIfIdle(_ name: String) {
        guard var owner = loaded[name], !owner.isWriting, !owner.waiting.isEmpty else { return }
        let requests = owner.waiting
        owner.isWriting = true
        owner.waiting = []
        owner.document.sealing = sealing(of: name)
        loaded[name] = owner
        let commit = VaultCommit(
            path: path(of: name), lock: lockPath, document: owner.document, stamp: owner.stamp,
            requests: requests.map(\.commit), keys: keys)
        Task { finish(name, requests, await Self.run(commit)) }
    }

    private func finish(_ name: String, _ requests: [Request], _ outcome: VaultCommit.Outcome) {
        loaded[name]?.isWriting = false
        // With an account that was forgotten the revision of all that are not there is another one.
        if outcome.document.forgottenRevision != loaded[name]?.document.forgottenRevision { loaded[name]?.recent = [:] }
        loaded[name]?.document = outcome.document
        loaded[name]?.stamp = outcome.stamp
        if outcome.isForeign {
            loaded[name]?.recent = [:]
            foreign.continuation.yield(ForeignChange(owner: name, problem: nil))
        }
        for request in requests { loaded[name]?.recent[request.commit.account] = nil }
        for (request, answer) in zip(requests, outcome.answers) { request.answer.resume(returning: answer) }
        writeIfIdle(name)
    }

    /// Writes to the disk wait, so each has a thread of its own.
    private static func run(_ commit: VaultCommit) async -> VaultCommit.Outcome {
        do throws(BlockingThread.Failure) {
            return try await BlockingThread.run { commit.run() }
        } catch {
            return commit.failed(.notWritten("\(FileError("write", commit.path, code: error.code))"))
        }
    }

    // MARK: Others

    /// The sole right to do something, by a lock that other processes heed, too.
    public func lease(_ name: String) async throws(VaultError) -> any Sendable {
        let path = Files.join(folder, ".leases")
        var pause = 5
        let end = ContinuousClock.now + Self.patience
        while ContinuousClock.now < end {
            do throws(FileError) {
                if let lock = try RangeLock(trying: path, thing: VaultCommit.number(of: name)) { return lock }
            } catch {
                throw .notWritten("\(error)")
            }
            // Another process has it, for the time of one request to a provider.
            do { try await Task.sleep(for: .milliseconds(pause)) } catch { throw .notWritten("the wait was ended") }
            pause = min(pause * 2, 100)
        }
        throw .busy
    }

    /// For how long a lease is waited for: a process that was suspended may keep one for ever.
    private static let patience = Duration.seconds(60)

    /// What other processes, or people with an editor, have written.
    public nonisolated func changesByOthers() -> AsyncStream<ForeignChange> {
        Task { await beginWatching() }
        return foreign.stream
    }

    private func beginWatching() {
        guard watch == nil else { return }
        // Without it, changes are seen when somebody asks.
        watch = try? FolderWatch(folder) { [weak self] name in
            guard name.hasSuffix(".json"), let self else { return }
            let owner = String(name.dropLast(5))
            if VaultName.isValid(owner) { Task { await self.look(owner) } }
        }
    }

    private func look(_ owner: String) {
        if loaded[owner] != nil {
            _ = try? load(owner)
        } else {
            foreign.continuation.yield(ForeignChange(owner: owner, problem: nil))
        }
    }
}
