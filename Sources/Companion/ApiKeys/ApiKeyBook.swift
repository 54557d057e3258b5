internal import Crypto
internal import Files
public import JSON
internal import Synchronization
internal import Vault

/// The API keys of a data folder, as a server asks for them: from memory, and read anew when the file is another one.
///
/// Each app has a key of its own, which is shown once, when it is made. What another process writes (`latchkey apikey`)
/// counts from the next request. When a key was used last is known at once here, and in the file at most a minute later
/// when something is used, and at the end.
public final class ApiKeyBook: Sendable {
    private struct Entry {
        var stored: StoredApiKey
        var bucket: TokenBucket

        mutating func use(_ digest: [UInt8], at now: Double) -> Use {
            guard Crypto.equalInConstantTime(stored.digest, digest) else { return .unknown }
            let before = stored.lastUsedAt ?? 0
            stored.lastUsedAt = max(now, before)
            let isFirstToday = Int(before / 86_400) < Int(now / 86_400)
            guard !bucket.take(at: now) else { return .key(stored.key, isFirstToday: isFirstToday) }
            return .tooOften(Problem.wholeSeconds(bucket.wait(at: now)))
        }
    }

    private struct State {
        var stamp: Files.Stamp?
        /// By their digests.
        var entries: [[UInt8]: Entry] = [:]
        /// What was wrong with the file when it was read last, until somebody is told.
        var problem: ApiKeyError?
        var savedAt: Double
        /// Whether a key was used since the last save.
        var hasNews = false
    }

    private let file: ApiKeyFile
    private let perMinute: Int
    private let clock = EngineClock()
    private let state: Mutex<State>
    private let failures: AttemptLimiter

    /// How often a key may be used in a minute, unless somebody says otherwise.
    public static let usualLimit = 60_000
    /// How many seconds there are between two saves of the last uses.
    private static let pause = 60.0
    /// What every key begins with, so that people and scanners of secrets know what they have found.
    static let prefix = "lk_"

    /// The keys of a folder.
    ///
    /// - Parameters:
    ///   - folder: the data folder.
    ///   - perMinute: how often each key may be used at once, and in each minute.
    /// - Throws: `unreadable` when the file is there and is none of ours.
    public init(folder: String, perMinute: Int = usualLimit) throws(ApiKeyError) {
        file = ApiKeyFile(folder: folder)
        self.perMinute = perMinute
        let now = clock.now
        failures = AttemptLimiter(at: now)
        // The stamp first: what changes after it is seen as a change.
        var state = State(stamp: Files.stamp(of: file.path), savedAt: now)
        Self.adopt(try file.read(), in: &state, perMinute, at: now)
        self.state = Mutex(state)
    }

    /// Whether a text can be the name of a key.
    public static func isName(_ text: String) -> Bool { VaultName.isValid(text) }

    // MARK: Asking

    /// What a presented key is worth.
    enum Use: Equatable, Sendable {
        /// It is none.
        case unknown
        /// It is used too often: it may be used again after so many seconds.
        case tooOften(Int)
        /// It is this one. Days begin at midnight UTC.
        case key(ApiKey, isFirstToday: Bool)
    }

    /// Uses the key that a request presents, and counts that.
    ///
    /// SECURITY: what is looked up is a digest, of which nobody can choose a part, and it is compared in constant time.
    func use(_ presented: String) -> Use {
        guard presented.hasPrefix(Self.prefix), presented.utf8.count <= 128 else { return .unknown }
        let digest = Crypto.sha256(presented.utf8)
        let now = clock.now
        let (use, isLate) = current { state -> (Use, Bool) in
            let use = state.entries[digest]?.use(digest, at: now) ?? .unknown
            if use == .unknown { return (use, false) }
            state.hasNews = true
            let isLate = now - state.savedAt >= Self.pause
            if isLate { state.savedAt = now }
            return (use, isLate)
        }
        if isLate { try? BlockingThread.start { [self] in save() } }
        return use
    }

    /// Whose key a text is, without using it.
    func peek(_ presented: String) -> ApiKey? {
        guard presented.hasPrefix(Self.prefix), presented.utf8.count <= 128 else { return nil }
        let digest = Crypto.sha256(presented.utf8)
        return current { state in
            state.entries[digest].flatMap {
                Crypto.equalInConstantTime($0.stored.digest, digest) ? $0.stored.key : nil
            }
        }
    }

    /// Counts a key that is none.
    ///
    /// - Returns: after how many seconds the client may try again; 0 when that is now.
    func fail(_ client: String) -> Int {
        let now = clock.now
        let wait = failures.attempt(client, at: now)
        if wait == 0 { failures.fail(client, at: now) }
        return wait
    }

    /// What was wrong with the file since this was asked last. The keys are still those of before.
    func problem() -> ApiKeyError? {
        state.withLock { state in
            defer { state.problem = nil }
            return state.problem
        }
    }

    /// Does something with what the file says now.
    private func current<Result>(_ body: (inout State) -> Result) -> Result {
        state.withLock { state in
            let stamp = Files.stamp(of: file.path)
            if stamp != state.stamp {
                state.stamp = stamp
                do throws(ApiKeyError) {
                    Self.adopt(try file.read(), in: &state, perMinute, at: clock.now)
                } catch {
                    state.problem = error
                }
            }
            return body(&state)
        }
    }

    /// Takes other keys. Of those that stay, what was counted stays.
    private static func adopt(_ keys: [StoredApiKey], in state: inout State, _ perMinute: Int, at now: Double) {
        let before = state.entries
        state.entries = [:]
        for var stored in keys {
            let known = before[stored.digest]
            stored.lastUsedAt = [stored.lastUsedAt, known?.stored.lastUsedAt].compactMap(\.self).max()
            state.entries[stored.digest] = Entry(
                stored: stored, bucket: known?.bucket ?? TokenBucket(burst: perMinute, at: now))
        }
    }

    // MARK: Changing

    /// What is told of a key.
    public struct Listed: Sendable, Equatable {
        /// What it opens.
        public let key: ApiKey
        /// The name that its owner is known by; nil for the owner of an installation without sign-in.
        public let user: String?
        /// When it was made, in seconds since 1970.
        public let createdAt: Double
        /// When it was used last, in seconds since 1970; nil when it was not.
        public let lastUsedAt: Double?
    }

    /// All keys, by their names.
    public var list: [Listed] {
        current { $0.entries.values.map(\.stored) }.sorted { $0.key.name < $1.key.name }.map {
            Listed(key: $0.key, user: $0.user, createdAt: $0.createdAt, lastUsedAt: $0.lastUsedAt)
        }
    }

    /// Makes a key. It is on the disk when this returns. Waits for the disk: never call it where others wait.
    ///
    /// - Parameter user: the name that the owner is known by, where there are several.
    /// - Returns: the key, of which only a digest is kept.
    public func make(_ key: ApiKey, user: String? = nil) throws(ApiKeyError) -> String {
        let text: String
        do { text = try Self.prefix + Crypto.randomToken() } catch { throw .noRandomBytes("\(error)") }
        let stored = StoredApiKey(
            key: key, user: user, digest: Crypto.sha256(text.utf8), createdAt: clock.now.rounded(.down))
        try file.change { (keys) throws(ApiKeyError) in
            guard !keys.contains(where: { $0.key.name == key.name }) else { throw .nameTaken(key.name) }
            guard keys.count < ApiKeyFile.most else { throw .tooMany }
            keys.append(stored)
            return true
        }
        return text
    }

    /// Takes a key back: it is worth nothing from the next request on, in every process. Waits for the disk.
    ///
    /// - Parameter owner: whose it must be; nil for anybody's.
    /// - Returns: what it opened.
    @discardableResult
    public func revoke(_ name: String, owner: String? = nil) throws(ApiKeyError) -> ApiKey {
        var revoked: ApiKey?
        try file.change { (keys) throws(ApiKeyError) in
            guard let index = keys.firstIndex(where: { $0.key.name == name && $0.key.owner == owner ?? $0.key.owner })
            else { throw .noSuchKey(name) }
            revoked = keys.remove(at: index).key
            return true
        }
        guard let revoked else { throw .noSuchKey(name) }
        return revoked
    }

    /// Takes an account that is removed from all keys that name it: one that is made later under its name is another one. A key
    /// that named no other one is worth nothing any more. Waits for the disk.
    ///
    /// - Returns: the names of the keys.
    func forget(provider: String, account: String, of owner: String) throws(ApiKeyError) -> [String] {
        var changed: [String] = []
        // Hardly ever does a key name it, and then nothing is locked.
        func names(_ key: ApiKey) -> Bool {
            key.owner == owner && key.grants.contains { $0.provider == provider && $0.account == account }
        }
        guard list.contains(where: { names($0.key) }) else { return [] }
        try file.change { (keys) throws(ApiKeyError) in
            changed = keys.map(\.key).filter(names).map(\.name)
            keys = keys.compactMap { stored in
                names(stored.key) ? stored.opening { $0.provider != provider || $0.account != account } : stored
            }
            return !changed.isEmpty
        }
        return changed
    }

    /// Writes down when keys were used last. What cannot be written is no harm. Waits for the disk.
    public func save() {
        let used = state.withLock { state -> [[UInt8]: Double] in
            defer { state.hasNews = false }
            guard state.hasNews else { return [:] }
            return state.entries.compactMapValues(\.stored.lastUsedAt)
        }
        if used.isEmpty { return }
        try? file.change { keys in
            let before = keys
            for index in keys.indices {
                guard let time = used[keys[index].digest], time > keys[index].lastUsedAt ?? 0 else { continue }
                keys[index].lastUsedAt = time
            }
            return keys != before
        }
    }
}

extension ApiKeyBook.Listed {
    /// What a page and a program are told: `{"name", "allow", "created_at", "last_used_at"}`, times in whole seconds since
    /// 1970, `last_used_at` null before the first use.
    public var shown: JSON {
        [
            "name": .string(key.name), "allow": .array(key.grants.map { .string("\($0)") }),
            "created_at": JSON.seconds(createdAt),
            "last_used_at": lastUsedAt.map(JSON.seconds) ?? .null,
        ]
    }
}
