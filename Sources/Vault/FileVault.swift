internal import Files
internal import JSON

/// A vault in a folder: `<folder>/<owner>.json`, mode 0600, one durable write for all changes that arrive while the
/// previous write is under way (group commit).
///
/// Values are stored as they are handed in. The files are private to their owner, and that is their only protection:
/// whoever can read the folder can read the tokens.
public actor FileVault: Vault {
    private let folder: String
    private let lock: FileLock
    private var loaded: [String: Owner] = [:]

    /// How many accounts of an owner are kept ready.
    private static let mostRecent = 16

    /// How many owners are kept in memory, besides those whose writes are under way.
    private static let mostOwners = 64
    private var lastUse = 0

    private struct Owner {
        var document: VaultDocument
        /// Grows with each use of any owner.
        var lastUse = 0
        /// What was read lately: a page asks for the same account again and again.
        var recent: [String: AccountSnapshot] = [:]
        var waiting: [Request] = []
        var isWriting = false
    }

    private struct Request {
        let changes: [VaultChange]
        let account: String
        let revision: Int?
        let answer: CheckedContinuation<Result<AccountSnapshot, VaultError>, Never>
    }

    /// Opens the folder, and makes it when it is not there (mode 0700).
    ///
    /// - Throws: `inUse` when another process has it, `notWritten` when it cannot be written to.
    public init(folder: String) throws(VaultError) {
        self.folder = folder
        let permissions: UInt32
        do throws(FileError) {
            try Files.makeFolder(folder, mode: 0o700)
            permissions = try Files.permissions(of: folder)
            lock = try FileLock(Files.join(folder, ".lock"))
            // A full or read-only disk is told now, not when the first token is to be saved.
            try Files.writeDurably([], to: Files.join(folder, ".probe"))
            try Files.remove(Files.join(folder, ".probe"))
        } catch {
            throw error.isLockHeld ? .inUse(folder: folder) : .notWritten("\(error)")
        }
        // SECURITY: whoever can write to the folder can put another file in the place of the tokens.
        if permissions & 0o022 != 0 { throw .notPrivate(folder: folder) }
    }

    /// What is known of an account, from memory after the first read.
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
    public func owners() throws(VaultError) -> [String] {
        do throws(FileError) {
            return try Files.names(in: folder).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
                .filter(VaultName.isValid).sorted()
        } catch {
            throw .unreadable("\(error)")
        }
    }

    /// The names of all accounts that hold anything, sorted.
    public func accounts(owner: String) throws(VaultError) -> [String] {
        try VaultName.check(owner)
        return try load(owner).document.names
    }

    /// Applies all changes or none, and returns when they are durable.
    @discardableResult
    public func apply(
        _ changes: [VaultChange], owner: String, account: String, ifRevision revision: Int?
    ) async throws(VaultError) -> AccountSnapshot {
        try VaultName.check(owner, account)
        _ = try load(owner)
        let result = await withCheckedContinuation { continuation in
            loaded[owner]?.waiting.append(
                Request(changes: changes, account: account, revision: revision, answer: continuation))
            writeIfIdle(owner)
        }
        return try result.get()
    }

    private func load(_ name: String) throws(VaultError) -> Owner {
        lastUse += 1
        loaded[name]?.lastUse = lastUse
        if let owner = loaded[name] { return owner }
        let path = self.path(of: name)
        var document = VaultDocument()
        if let bytes = try Self.read(path) {
            document = try VaultDocument(bytes, file: path)
            // A file that cannot be replaced, such as one that is mounted alone, is told before anything depends on it.
            if name == VaultName.default {
                do { try Files.writeDurably(bytes, to: path) } catch { throw .notWritten("\(error)") }
            }
        }
        if loaded.count >= Self.mostOwners { forgetOlderHalf() }
        let owner = Owner(document: document, lastUse: lastUse)
        loaded[name] = owner
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

    /// The content of the file; nil when there is none. A file that is there and cannot be read is never taken for none.
    private static func read(_ path: String) throws(VaultError) -> [UInt8]? {
        do throws(FileError) {
            return try Files.exists(path) ? try Files.read(path, limit: 1 << 30) : nil
        } catch {
            throw .unreadable("\(error)")
        }
    }

    private func path(of owner: String) -> String {
        Files.join(folder, owner + ".json")
    }

    /// Starts one write for everything that waits, unless one is under way: its end starts the next.
    private func writeIfIdle(_ name: String) {
        guard let owner = loaded[name], !owner.isWriting, !owner.waiting.isEmpty else { return }
        loaded[name]?.isWriting = true
        loaded[name]?.waiting = []
        var document = owner.document
        var done: [(Request, AccountSnapshot)] = []
        for request in owner.waiting {
            do throws(VaultError) {
                let current = document.revision(of: request.account)
                if let revision = request.revision, revision != current { throw .staleRevision(current: current) }
                done.append((request, try document.apply(request.changes, account: request.account)))
            } catch {
                request.answer.resume(returning: .failure(error))
            }
        }
        let path = self.path(of: name)
        Task {
            let failure = done.isEmpty ? nil : await write(document, to: path)
            finish(name, document: document, done, failure: failure)
        }
    }

    private func finish(
        _ name: String, document: VaultDocument, _ done: [(Request, AccountSnapshot)], failure: FileError?
    ) {
        loaded[name]?.isWriting = false
        if let failure {
            for (request, _) in done { request.answer.resume(returning: .failure(.notWritten("\(failure)"))) }
        } else {
            loaded[name]?.document = document
            for (request, _) in done { loaded[name]?.recent[request.account] = nil }
            for (request, snapshot) in done { request.answer.resume(returning: .success(snapshot)) }
        }
        writeIfIdle(name)
    }

    /// Writes to the disk wait, so each has a thread of its own.
    private nonisolated func write(_ document: VaultDocument, to path: String) async -> FileError? {
        await withCheckedContinuation { continuation in
            do throws(BlockingThread.Failure) {
                try BlockingThread.start { continuation.resume(returning: Self.writeNow(document, to: path)) }
            } catch {
                continuation.resume(returning: FileError("write", path, code: error.code))
            }
        }
    }

    private static func writeNow(_ document: VaultDocument, to path: String) -> FileError? {
        do throws(FileError) {
            try Files.writeDurably(document.encoded, to: path)
            return nil
        } catch {
            return error
        }
    }
}
