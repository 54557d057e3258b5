internal import JSON
internal import Providers

/// The sign-ins about which providers are asked: at most one for each provider and account, found by that or by the
/// state with which a page comes back.
struct LiveFlows: Sendable {
    struct Live: Sendable {
        var flow: PollingFlow
        /// Tells this sign-in from others with the same key: answers to one that has ended change nothing.
        let serial: Int
        /// What is kept of the cookies of the browsers that may come back; none where nobody comes back.
        var bindings: [String]
        /// From when on a browser that comes back makes the provider be asked at once.
        var returnsFrom: Double
        /// For when it has set the alarm; an alarm for another time is out of date.
        var dueAt: Double?
    }

    private var entries: [FlowEngine.Key: Live] = [:]
    /// A dictionary's keys are compared only after their keyed hashes agree, so looking a state up tells nothing of it.
    private var keys: [String: FlowEngine.Key] = [:]

    var count: Int { entries.count }

    subscript(key: FlowEngine.Key) -> Live? { entries[key] }

    /// The sign-in that was begun with this state.
    func key(ofState state: String) -> FlowEngine.Key? { keys[state] }

    mutating func add(
        _ flow: PollingFlow, serial: Int, bindings: [String], returnsFrom: Double, _ key: FlowEngine.Key
    ) {
        remove(key)
        entries[key] = Live(flow: flow, serial: serial, bindings: bindings, returnsFrom: returnsFrom)
        if !flow.state.isEmpty { keys[flow.state] = key }
    }

    mutating func remove(_ key: FlowEngine.Key) {
        if let entry = entries.removeValue(forKey: key) { keys[entry.flow.state] = nil }
    }

    /// The flow after an event. Its state is the one with which it was begun.
    mutating func update(_ flow: PollingFlow, _ key: FlowEngine.Key) { entries[key]?.flow = flow }

    /// One more browser that may come back. Of very many the first are forgotten.
    mutating func bind(_ binding: String, _ key: FlowEngine.Key) {
        guard let bindings = entries[key]?.bindings else { return }
        entries[key]?.bindings = bindings.suffix(Live.mostBindings - 1) + [binding]
    }

    mutating func setReturns(from time: Double, _ key: FlowEngine.Key) { entries[key]?.returnsFrom = time }

    mutating func setDue(_ time: Double?, _ key: FlowEngine.Key) { entries[key]?.dueAt = time }
}

extension LiveFlows.Live {
    /// How many browsers may wait for one sign-in.
    static let mostBindings = 8

    /// As stored under `<provider>._pending_device`.
    var json: JSON { Self.json(flow, bindings) }

    static func json(_ flow: PollingFlow, _ bindings: [String]) -> JSON {
        var json = flow.json
        if !bindings.isEmpty { json["bindings"] = .array(bindings.map(JSON.string)) }
        return json
    }

    /// The bindings that are stored with a flow.
    static func bindings(_ json: JSON?) -> [String] {
        (json?["bindings"]?.arrayValue ?? []).prefix(mostBindings).compactMap(\.stringValue)
    }
}
