internal import Crypto
internal import JSON
internal import Providers

/// The sign-ins whose browser is away at the provider, found by the state that it brings back.
///
/// SECURITY: a state belongs to the browser that got it. The browser is known by a cookie, of which only the digest is
/// kept; a state that comes with another cookie, or none, is refused. Each state is spent once; for the rest of its
/// life a second arrival of the same browser (a double click, a reload) is known as such and harms nothing.
struct RedirectBook: Sendable {
    struct Entry: Sendable, Equatable {
        let key: FlowEngine.Key
        let flow: RedirectFlow
        /// The SHA-256 digest of the cookie's value, in hexadecimal.
        let binding: String
        /// The servers that it was begun with.
        let servers: Entrusted
        /// Whether the browser has come back: the code is being exchanged.
        fileprivate(set) var isSpent = false
    }

    /// What a state is.
    enum Finding: Equatable {
        /// A sign-in that waits for it. It is spent now.
        case pending(Entry)
        /// Spent before, by the same browser.
        case spent
        /// Unknown, another browser's, or another provider's.
        case foreign(FlowEngine.Refusal)
    }

    /// Who brings a state back.
    enum Bearer {
        /// A browser with this cookie.
        case browser(String)
        /// Somebody who is known to own accounts, with a code that they were shown: it is looked at whether it is theirs.
        case owner(@Sendable (FlowEngine.Key) -> Bool)

        fileprivate func began(_ bindings: [String], _ key: FlowEngine.Key) -> Bool {
            switch self {
            case .browser(let cookie): bindings.contains { FlowCookies.fits(cookie, $0) }
            case .owner(let owns): owns(key)
            }
        }
    }

    private struct Spent {
        let key: FlowEngine.Key
        let bindings: [String]
        let until: Double
    }

    private var entries: [FlowEngine.Key: Entry] = [:]
    private var keys: [[UInt8]: FlowEngine.Key] = [:]
    private var spent = BoundedTable<[UInt8], Spent>(limit: 10_000)

    var count: Int { entries.count }

    /// How many belong to one owner.
    func count(of owner: String) -> Int { entries.keys.count { $0.id.owner == owner } }

    /// The sign-in of an account that is going on, if one is.
    func pending(_ key: FlowEngine.Key) -> Entry? { entries[key] }

    /// The methods of all.
    var methods: [FlowEngine.Key: String] { entries.mapValues(\.flow.method) }

    /// Whether this very sign-in is still going on.
    func isGoingOn(_ entry: Entry) -> Bool { entries[entry.key]?.flow.state == entry.flow.state }

    mutating func add(_ entry: Entry) {
        remove(entry.key)
        entries[entry.key] = entry
        keys[Self.digest(entry.flow.state)] = entry.key
    }

    mutating func remove(_ key: FlowEngine.Key) {
        if let entry = entries.removeValue(forKey: key) { keys[Self.digest(entry.flow.state)] = nil }
    }

    /// Looks a state up and spends it, in one step.
    mutating func spend(_ state: String, provider: String, by bearer: Bearer, at now: Double) -> Finding {
        let digest = Self.digest(state)
        if let before = spent[digest], before.until > now, before.key.provider == provider {
            return bearer.began(before.bindings, before.key) ? .spent : .foreign(.otherBrowser)
        }
        guard let key = keys[digest], key.provider == provider, let entry = entries[key] else {
            return .foreign(.unknownState)
        }
        guard bearer.began([entry.binding], key) else { return .foreign(.otherBrowser) }
        keys[digest] = nil
        entries[key]?.isSpent = true
        spent[digest] = Spent(key: key, bindings: [entry.binding], until: now + RedirectFlow.life)
        return .pending(entry)
    }

    /// An approval has ended, perhaps before its page came back: its browsers are still expected.
    mutating func retire(_ state: String, _ key: FlowEngine.Key, bindings: [String], at now: Double) {
        guard !bindings.isEmpty else { return }
        spent[Self.digest(state)] = Spent(key: key, bindings: bindings, until: now + RedirectFlow.life)
    }

    private static func digest(_ state: String) -> [UInt8] { Crypto.sha256(state.utf8) }
}

extension RedirectBook.Entry {
    init(key: FlowEngine.Key, flow: RedirectFlow, binding: String, servers: Entrusted = Entrusted()) {
        self.init(key: key, flow: flow, binding: binding, servers: servers, isSpent: false)
    }

    /// As stored under `<provider>._pending_redirect`.
    var json: JSON {
        var json: JSON = ["flow": flow.json, "binding": .string(binding)]
        json["servers"] = servers.json
        return json
    }

    init?(_ json: JSON, _ key: FlowEngine.Key) {
        guard let stored = json["flow"], let flow = RedirectFlow(json: stored),
            let binding = json["binding"]?.stringValue
        else { return nil }
        self.init(key: key, flow: flow, binding: binding, servers: Entrusted(json["servers"]))
    }
}
