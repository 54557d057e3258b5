internal import Crypto
internal import Files

/// One write of an owner's file, with all that waited for it, to be run on a thread that may wait.
struct VaultCommit: Sendable {
    /// What somebody wants changed.
    struct Request: Sendable {
        let changes: [VaultChange]
        let account: String
        let revision: Int?
        let spare: Int
    }

    /// How a write ended.
    struct Outcome: Sendable {
        /// The state of the file now, as far as it is known.
        var document: VaultDocument
        var stamp: Files.Stamp?
        /// For each request.
        var answers: [Result<AccountSnapshot, VaultError>]
        /// Whether somebody else had written the file.
        var isForeign = false
        /// Why nothing was written.
        var failure: VaultError?
    }

    let path: String
    let lock: String
    /// What the file held when it had this stamp.
    let document: VaultDocument
    let stamp: Files.Stamp?
    let requests: [Request]
    let keys: VaultKeys
    /// Whether everything is sealed anew.
    var isResealing = false

    /// The outcome when nothing could be done.
    func failed(_ error: VaultError) -> Outcome {
        Outcome(
            document: document, stamp: stamp, answers: requests.map { _ in .failure(error) }, failure: error)
    }

    /// Waits for others who write, then changes what is there by then.
    func run() -> Outcome {
        do throws(FileError) {
            let thing = Self.number(of: document.sealing.owner)
            guard let held = try RangeLock.wait(lock, thing: thing, seconds: Self.patience) else {
                return failed(.busy)
            }
            return withExtendedLifetime(held) { runLocked() }
        } catch {
            return failed(.notWritten("\(error)"))
        }
    }

    /// A write takes milliseconds; who keeps the lock for so many seconds was suspended.
    private static let patience = 10

    private func runLocked() -> Outcome {
        var now = Outcome(document: document, stamp: stamp, answers: [])
        do throws(VaultError) {
            if Files.stamp(of: path) != stamp {
                (now.document, now.stamp) = try Self.read(path, document.sealing)
                try now.document.reconcile(with: document)
                now.isForeign = true
            }
            now.document.sealing.ring = keys.ring
            return try isResealing ? resealed(now) : changed(now)
        } catch {
            var outcome = failed(error)
            (outcome.document, outcome.stamp, outcome.isForeign) = (now.document, now.stamp, now.isForeign)
            return outcome
        }
    }

    private func resealed(_ before: Outcome) throws(VaultError) -> Outcome {
        var after = before
        after.document = try before.document.resealed()
        after.stamp = try Self.write(after.document, to: path, spare: 0)
        return after
    }

    private func changed(_ before: Outcome) throws(VaultError) -> Outcome {
        var after = before
        var isChanged = requests.isEmpty
        for request in requests {
            do throws(VaultError) {
                let current = after.document.revision(of: request.account)
                if let revision = request.revision, revision != current { throw .staleRevision(current: current) }
                let snapshot = try after.document.apply(request.changes, account: request.account)
                after.answers.append(.success(snapshot))
                isChanged = true
            } catch {
                after.answers.append(.failure(error))
            }
        }
        if isChanged {
            after.stamp = try Self.write(after.document, to: path, spare: requests.map(\.spare).max() ?? 0)
        }
        return after
    }

    private static func write(
        _ document: VaultDocument, to path: String, spare: Int
    ) throws(VaultError) -> Files.Stamp? {
        do throws(FileError) {
            return try Files.writeDurably(document.encoded, to: path, spare: spare)
        } catch {
            throw .notWritten("\(error)")
        }
    }

    /// The state that a file holds, and its stamp; an empty one without a stamp when there is no file. A file that is
    /// there and cannot be read is never taken for none.
    static func read(
        _ path: String, _ sealing: VaultDocument.Sealing
    ) throws(VaultError) -> (VaultDocument, Files.Stamp?) {
        // Taken before: what is written meanwhile is read once more.
        let stamp = Files.stamp(of: path)
        let bytes: [UInt8]
        do throws(FileError) {
            guard try Files.exists(path) else { return (VaultDocument(file: path, sealing: sealing), nil) }
            bytes = try Files.read(path, limit: 1 << 30)
        } catch {
            throw .unreadable("\(error)")
        }
        return (try VaultDocument(bytes, file: path, sealing: sealing), stamp)
    }

    /// A number for a lock: the same for the same name.
    static func number(of name: String) -> UInt64 {
        Crypto.sha256(name.utf8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
