internal import Crypto
internal import Files
internal import JSON
internal import Synchronization

/// Who is signed in, in which browsers.
///
/// SECURITY: a browser holds 256 random bits; only their digest is kept, in memory and in the file. Every sign-in makes
/// new ones, so nobody can prepare a session for somebody else. The file says on what its sessions stand (a password, a
/// provider with those who may enter): with another ground they count no more, also when it changed between two runs.
final class SessionBook: Sendable {
    /// One browser of one person.
    struct Session: Equatable, Sendable {
        let visitor: Visitor
        /// Seconds since 1970.
        let begunAt: Double
        var seenAt: Double
    }

    /// For how long sessions last, in seconds.
    struct Life: Equatable, Sendable {
        /// Without a request.
        var idle: Double
        /// In all.
        var absolute: Double

        /// Whether a session goes on.
        func covers(_ session: Session, at now: Double) -> Bool {
            now - session.seenAt < idle && now - session.begunAt < absolute
        }
    }

    private struct State {
        var sessions: [String: Session] = [:]
        var savedAt = 0.0
        var ground: String
    }

    /// How many there may be: beyond it those that were seen longest ago end.
    static let most = 10_000

    private let path: String
    private let life: Life
    private let state: Mutex<State>
    /// One write after another, each with what is true by then.
    private let writing = Mutex(())

    /// The sessions that a file holds, if they stand on the same ground. What cannot be read is no session.
    init(path: String, life: Life, ground: String, at now: Double) {
        (self.path, self.life) = (path, life)
        let json = (try? Files.read(path)).flatMap { try? JSON.parse($0) } ?? .null
        var sessions: [String: Session] = [:]
        let stored = json["ground"]?.stringValue == ground ? json["sessions"]?.objectValue?.members ?? [] : []
        for (digest, stored) in stored {
            if let session = Session(stored) { sessions[digest] = session }
        }
        state = Mutex(State(sessions: sessions, savedAt: now, ground: ground))
    }

    /// Whether a session goes on. Asking is no use of it.
    func isLive(_ digest: String, at now: Double) -> Bool {
        state.withLock { state in
            state.sessions[digest].map { life.covers($0, at: now) } ?? false
        }
    }

    /// Ends all sessions, unless they stand on this ground.
    func move(to ground: String) {
        let isOther = state.withLock { state in
            if state.ground == ground { return false }
            (state.ground, state.sessions) = (ground, [:])
            return true
        }
        // Those of before would not count after a restart either.
        if isOther { try? BlockingThread.start { [self] in save() } }
    }

    /// The session of a browser, which counts as seen now.
    func session(_ token: String, at now: Double) -> (digest: String, session: Session)? {
        guard (40...64).contains(token.utf8.count) else { return nil }
        let digest = Self.digest(token)
        let (found, isLate) = state.withLock { state -> (Session?, Bool) in
            guard let session = state.sessions[digest] else { return (nil, false) }
            guard life.covers(session, at: now) else {
                state.sessions[digest] = nil
                return (nil, false)
            }
            state.sessions[digest]?.seenAt = max(now, session.seenAt)
            let isLate = now - state.savedAt > min(3600, life.idle / 10)
            if isLate { state.savedAt = now }
            return (session, isLate)
        }
        // When it was seen matters after a restart; an hour more or less does not.
        if isLate { try? BlockingThread.start { [self] in save() } }
        return found.map { (digest, $0) }
    }

    /// Begins a session. It is on the disk by then.
    ///
    /// - Returns: what the browser gets.
    func begin(_ visitor: Visitor, at now: Double) async throws(Problem) -> String {
        let token = try Problem.orInternal { try Crypto.randomToken(bytes: 32) }
        state.withLock { state in
            state.sessions = state.sessions.filter { life.covers($0.value, at: now) }
            while state.sessions.count >= Self.most,
                let oldest = state.sessions.min(by: { $0.value.seenAt < $1.value.seenAt })
            {
                state.sessions[oldest.key] = nil
            }
            state.sessions[Self.digest(token)] = Session(visitor: visitor, begunAt: now, seenAt: now)
            state.savedAt = now
        }
        await written()
        return token
    }

    /// Ends sessions. They are gone from the disk by then: none comes back with a restart.
    ///
    /// - Returns: the digests of those that were.
    func end(where isMeant: (String, Session) -> Bool) async -> Set<String> {
        let ended = state.withLock { state in
            let ended = state.sessions.filter { isMeant($0.key, $0.value) }.keys
            for digest in ended { state.sessions[digest] = nil }
            return Set(ended)
        }
        guard !ended.isEmpty else { return [] }
        await written()
        return ended
    }

    /// The life of a cookie, in seconds.
    var cookieLife: Int { Int(min(life.absolute, 400 * 86_400)) }

    static func digest(_ token: String) -> String { Hex.encode(Crypto.sha256(token.utf8)) }

    /// Waits until what is true now is on the disk. A full disk keeps nobody out: then sessions end with the process.
    private func written() async {
        await withCheckedContinuation { continuation in
            do {
                try BlockingThread.start { [self] in
                    save()
                    continuation.resume()
                }
            } catch {
                continuation.resume()
            }
        }
    }

    /// Writes what is true now.
    func save() {
        writing.withLock { _ in
            let (sessions, ground) = state.withLock { ($0.sessions, $0.ground) }
            let members = sessions.sorted { $0.key < $1.key }.map { ($0.key, $0.value.json) }
            let json: JSON = ["version": 1, "ground": .string(ground), "sessions": .object(JSONObject(members))]
            _ = try? Files.writeDurably(json.encoded(), to: path)
        }
    }
}

extension SessionBook.Session {
    fileprivate var json: JSON {
        [
            "owner": .string(visitor.owner), "name": .string(visitor.name),
            "administrator": .bool(visitor.isAdministrator), "begun_at": .double(begunAt), "seen_at": .double(seenAt),
        ]
    }

    fileprivate init?(_ json: JSON) {
        guard let owner = json["owner"]?.stringValue, let name = json["name"]?.stringValue,
            let isAdministrator = json["administrator"]?.boolValue, let begunAt = json["begun_at"]?.doubleValue,
            let seenAt = json["seen_at"]?.doubleValue
        else { return nil }
        self.init(
            visitor: Visitor(owner: owner, name: name, isAdministrator: isAdministrator), begunAt: begunAt,
            seenAt: seenAt)
    }
}
