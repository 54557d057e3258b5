internal import HTTP
internal import JSON
internal import Synchronization
internal import Vault

/// The pages that listen: each change of an account goes to all of them as a server-sent event.
public final class EventHub: Sendable {
    private struct Listener {
        let stream: EventStream
        /// The digest of its session, where there is one.
        let session: String?
    }

    private struct Listeners {
        var streams: [AccountID: [Int: Listener]] = [:]
        /// The streams of sessions, by the digests of these.
        var sessions: [String: [Int: EventStream]] = [:]
        var counts: [String: Int] = [:]
        var lastNumber = 0
    }

    /// How many streams one of several people may have open.
    ///
    /// SECURITY: behind a proxy, connections are not counted by client, so one visitor could take all of them.
    static let mostOfVisitor = 256

    private let listeners = Mutex(Listeners())

    private let isLive: @Sendable (String) -> Bool

    /// Nobody listens yet.
    ///
    /// - Parameter isLive: whether the session with this digest goes on.
    public init(isLive: @escaping @Sendable (String) -> Bool = { _ in true }) { self.isLive = isLive }

    /// A stream that gets the events of some accounts of one person from now on, until the client is gone or its session
    /// ends.
    ///
    /// - Parameter ids: accounts of one owner, each of them once.
    /// - Throws: 429 when their owner has too many.
    func open(_ ids: [AccountID], session: String? = nil) throws(Problem) -> EventStream {
        let owner = ids.first?.owner ?? VaultName.default
        let place: Int? = listeners.withLock { listeners in
            let count = listeners.counts[owner] ?? 0
            guard owner == VaultName.default || count < Self.mostOfVisitor else { return nil }
            listeners.counts[owner] = count + 1
            listeners.lastNumber += 1
            return listeners.lastNumber
        }
        guard let number = place else {
            throw Problem(
                429, "too_many_streams", "You have \(Self.mostOfVisitor) streams of events open.",
                hint: "Close some of the pages that show Latchkey.")
        }
        let stream = EventStream { [weak self] in self?.forget(number, owner, ids, session) }
        listeners.withLock { listeners in
            for id in ids { listeners.streams[id, default: [:]][number] = Listener(stream: stream, session: session) }
            if let session { listeners.sessions[session, default: [:]][number] = stream }
        }
        return stream
    }

    /// Ends the streams of sessions that have ended.
    func end(sessions: Set<String>) {
        let streams = listeners.withLock { listeners in
            sessions.flatMap { listeners.sessions[$0].map { Array($0.values) } ?? [] }
        }
        for stream in streams { stream.close() }
    }

    private func forget(_ number: Int, _ owner: String, _ ids: [AccountID], _ session: String?) {
        // The stream itself must go outside of the lock: its end calls back.
        let stream = listeners.withLock { listeners in
            var stream: EventStream?
            for id in ids {
                stream = listeners.streams[id]?.removeValue(forKey: number)?.stream ?? stream
                if listeners.streams[id]?.isEmpty == true { listeners.streams[id] = nil }
            }
            if stream != nil, let count = listeners.counts[owner] {
                listeners.counts[owner] = count > 1 ? count - 1 : nil
            }
            if let session {
                listeners.sessions[session]?[number] = nil
                if listeners.sessions[session]?.isEmpty == true { listeners.sessions[session] = nil }
            }
            return stream
        }
        withExtendedLifetime(stream) {}
    }

    /// Sends an event to all who listen to the account.
    ///
    /// SECURITY: a session may have ended by its time, or because there is another password: its streams get nothing
    /// more, and end.
    func publish(_ event: String, _ data: JSON, id: AccountID) {
        let heard = listeners.withLock { $0.streams[id].map { Array($0.values) } ?? [] }
        guard !heard.isEmpty else { return }
        end(sessions: Set(heard.compactMap(\.session)).filter { !isLive($0) })
        let text = String(decoding: data.encoded(), as: UTF8.self)
        for listener in heard { listener.stream.send(event: event, data: text) }
    }

    /// Tells that an account's config is another one now: with its `ETag`.
    func publishConfig(revision: Int, id: AccountID) {
        publish("config", ["account": .string(id.account), "etag": .string("\"\(revision)\"")], id: id)
    }

    /// Whether anybody listens to the account: what nobody hears need not be worked out.
    func isHeard(_ id: AccountID) -> Bool { listeners.withLock { $0.streams[id] != nil } }

    /// The accounts of visitors to which somebody listens.
    var heardOfVisitors: [AccountID] {
        listeners.withLock { $0.streams.keys.filter { $0.owner != VaultName.default } }
    }

    /// How many listen, to whatever accounts.
    var count: Int { listeners.withLock { $0.counts.values.reduce(0, +) } }
}

/// Whose account: the person who is signed in to Latchkey, and which of their accounts with the provider.
struct AccountID: Hashable, Sendable {
    var owner: String
    var account: String

    /// Where administrators keep the app keys that all share.
    static let everyone = AccountID(owner: VaultName.default, account: VaultName.default)
}
