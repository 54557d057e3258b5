internal import JSON
internal import Providers

/// The sign-ins about which providers are asked: at most one for each provider and account, found by that or by the
/// state with which a page comes back.
struct LiveFlows: Sendable {
    struct Live: Sendable {
        var flow: PollingFlow
        /// Tells this sign-in from others with the same key: answers to one that has ended change nothing.
        let serial: Int
        /// For when it has set the alarm; an alarm for another time is out of date.
        var dueAt: Double?
    }

    /// What a sign-in is bound to: the browsers that may come back, and the servers that it was begun with.
    struct Returns: Sendable {
        /// What is kept of the browsers' cookies.
        var bindings: [String] = []
        /// The servers.
        var servers = Entrusted()
        /// From when on one that comes back makes the provider be asked at once.
        var from: Double = 0
    }

    private var entries: [FlowEngine.Key: Live] = [:]
    /// Of sign-ins that are bound to something. There are few of these, and there may be very many of the others.
    private var returns: [FlowEngine.Key: Returns] = [:]
    /// A dictionary's keys are compared only after their keyed hashes agree, so looking a state up tells nothing of it.
    private var keys: [String: FlowEngine.Key] = [:]

    var count: Int { entries.count }

    /// How many belong to one owner.
    func count(of owner: String) -> Int { entries.keys.count { $0.id.owner == owner } }

    subscript(key: FlowEngine.Key) -> Live? { entries[key] }

    /// The methods of all.
    var methods: [FlowEngine.Key: String] { entries.mapValues(\.flow.method) }

    /// The sign-in that was begun with this state.
    func key(ofState state: String) -> FlowEngine.Key? { keys[state] }

    mutating func add(_ flow: PollingFlow, serial: Int, _ returns: Returns, _ key: FlowEngine.Key) {
        remove(key)
        entries[key] = Live(flow: flow, serial: serial)
        if !returns.bindings.isEmpty || returns.servers != Entrusted() { self.returns[key] = returns }
        if !flow.state.isEmpty { keys[flow.state] = key }
    }

    mutating func remove(_ key: FlowEngine.Key) {
        if let entry = entries.removeValue(forKey: key) { keys[entry.flow.state] = nil }
        returns[key] = nil
    }

    /// The flow after an event. Its state is the one with which it was begun.
    mutating func update(_ flow: PollingFlow, _ key: FlowEngine.Key) { entries[key]?.flow = flow }

    /// One more browser that may come back. Of very many the first are forgotten.
    mutating func bind(_ binding: String, _ key: FlowEngine.Key) {
        guard entries[key] != nil else { return }
        let bindings = returns[key]?.bindings ?? []
        returns[key, default: Returns()].bindings = bindings.suffix(Returns.most - 1) + [binding]
    }

    mutating func setReturns(from time: Double, _ key: FlowEngine.Key) { returns[key]?.from = time }

    /// The browsers that may come back to a sign-in.
    func returns(_ key: FlowEngine.Key) -> Returns { returns[key] ?? Returns() }

    /// The sign-in as it is stored under `<provider>._pending_device`.
    func json(_ key: FlowEngine.Key) -> JSON? { entries[key].map { returns(key).json($0.flow) } }

    mutating func setDue(_ time: Double?, _ key: FlowEngine.Key) { entries[key]?.dueAt = time }
}

extension LiveFlows.Returns {
    /// How many browsers may wait for one sign-in.
    static let most = 8

    /// What is stored with a flow.
    init(_ json: JSON?) {
        bindings = (json?["bindings"]?.arrayValue ?? []).prefix(Self.most).compactMap(\.stringValue)
        servers = Entrusted(json?["servers"])
    }

    /// Whether a browser with this cookie may come back.
    func knows(_ cookie: String) -> Bool { bindings.contains { FlowCookies.fits(cookie, $0) } }

    /// A flow as it is stored, with what it is bound to.
    func json(_ flow: PollingFlow) -> JSON {
        var json = flow.json
        if !bindings.isEmpty { json["bindings"] = .array(bindings.map(JSON.string)) }
        json["servers"] = servers.json
        return json
    }
}
