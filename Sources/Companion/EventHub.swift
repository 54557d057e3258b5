internal import HTTP
internal import JSON
internal import Synchronization

/// The pages that listen: each change of an account goes to all of them as a server-sent event.
public final class EventHub: Sendable {
    private struct Listener {
        let owner: String
        let account: String
        let stream: EventStream
    }

    private let listeners = Mutex<[Int: Listener]>([:])
    private let nextNumber = Atomic<Int>(0)

    /// Nobody listens yet.
    public init() {}

    /// A stream that gets the events of one account of one owner from now on, until the client is gone.
    func open(owner: String, account: String) -> EventStream {
        let number = nextNumber.add(1, ordering: .relaxed).newValue
        let stream = EventStream { [weak self] in
            self?.listeners.withLock { $0[number] = nil }
        }
        listeners.withLock { $0[number] = Listener(owner: owner, account: account, stream: stream) }
        return stream
    }

    /// Sends an event to all who listen to the account.
    func publish(_ event: String, _ data: JSON, id: AccountID) {
        let streams = listeners.withLock { listeners in
            listeners.values.filter { $0.owner == id.owner && $0.account == id.account }.map(\.stream)
        }
        guard !streams.isEmpty else { return }
        let text = String(decoding: data.encoded(), as: UTF8.self)
        for stream in streams { stream.send(event: event, data: text) }
    }

    /// Whether anybody listens to the account: what nobody hears need not be worked out.
    func isHeard(_ id: AccountID) -> Bool {
        listeners.withLock { $0.values.contains { $0.owner == id.owner && $0.account == id.account } }
    }
}

/// Whose account: the person who is signed in to Latchkey, and which of their accounts with the provider.
struct AccountID: Hashable, Sendable {
    var owner: String
    var account: String
}
