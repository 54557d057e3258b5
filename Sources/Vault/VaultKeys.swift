internal import Files
internal import Synchronization

/// Where a vault has its keys from. A key file that changes while the process runs is read again.
public final class VaultKeys: Sendable {
    private struct State {
        var ring: KeyRing
        var stamp: Files.Stamp?
    }

    /// The key file; nil when the keys are fixed.
    public let path: String?
    /// How messages name the source: the file, or what gave the key.
    public let name: String
    private let state: Mutex<State>

    /// Fixed keys.
    ///
    /// - Parameter name: what gave them, for messages.
    public init(_ ring: KeyRing, name: String) {
        path = nil
        self.name = name
        state = Mutex(State(ring: ring))
    }

    /// The keys of a file.
    ///
    /// - Parameter isPrivate: whether it is refused when others can read it.
    /// - Throws: `badKey` with a sentence.
    public init(file path: String, isPrivate: Bool = true) throws(VaultError) {
        self.path = path
        name = "'\(path)'"
        // SECURITY: a key that others can read keeps nothing from them.
        if isPrivate, let mode = try? Files.permissions(of: path), mode & 0o077 != 0 {
            throw .badKey("others can read the key file '\(path)': make it yours alone with chmod 600")
        }
        let stamp = Files.stamp(of: path)
        state = Mutex(State(ring: try Self.read(path), stamp: stamp))
    }

    /// The keys as they are now. A file that cannot be read for the moment is taken for unchanged.
    public var ring: KeyRing {
        guard let path else { return state.withLock { $0.ring } }
        return state.withLock { state in
            let stamp = Files.stamp(of: path)
            if stamp != state.stamp, let ring = try? Self.read(path) { state = State(ring: ring, stamp: stamp) }
            return state.ring
        }
    }

    /// Keeps others from changing the key file; waits for those who do.
    func lockForChange() async throws(VaultError) -> FileLock {
        guard let path else {
            throw .badKey("the key comes from \(name), which cannot be written to: use a key file")
        }
        let result: Result<FileLock, FileError>
        do throws(BlockingThread.Failure) {
            result = try await BlockingThread.run {
                do throws(FileError) { return .success(try FileLock(waitingFor: path + ".lock")) } catch {
                    return .failure(error)
                }
            }
        } catch {
            throw .badKey("the system gave no thread")
        }
        do throws(FileError) { return try result.get() } catch { throw .badKey("\(error)") }
    }

    /// Writes other keys, durably, in the place of those that there are.
    func replace(_ ring: KeyRing) throws(VaultError) {
        guard let path else {
            throw .badKey("the key comes from \(name), which cannot be written to: use a key file")
        }
        do throws(FileError) {
            try Files.writeDurably(Array(ring.text.utf8), to: path)
        } catch {
            throw .notWritten("\(error)")
        }
        state.withLock { $0 = State(ring: ring, stamp: Files.stamp(of: path)) }
    }

    private static func read(_ path: String) throws(VaultError) -> KeyRing {
        do throws(FileError) {
            let text = String(decoding: try Files.read(path, limit: 65_536), as: UTF8.self)
            if let ring = KeyRing(text: text) { return ring }
        } catch {
            throw .badKey("the key file cannot be used: \(error)")
        }
        throw .badKey(
            "'\(path)' is no key file: each line should be a key of 43 letters and digits, as 'latchkey key new' writes it"
        )
    }
}
