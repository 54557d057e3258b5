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

    private var entries: [FlowEngine.Key: Live] = [:]
    /// A dictionary's keys are compared only after their keyed hashes agree, so looking a state up tells nothing of it.
    private var keys: [String: FlowEngine.Key] = [:]

    var count: Int { entries.count }

    subscript(key: FlowEngine.Key) -> Live? { entries[key] }

    /// The sign-in that was begun with this state.
    func key(ofState state: String) -> FlowEngine.Key? { keys[state] }

    mutating func add(_ flow: PollingFlow, serial: Int, _ key: FlowEngine.Key) {
        remove(key)
        entries[key] = Live(flow: flow, serial: serial)
        if !flow.state.isEmpty { keys[flow.state] = key }
    }

    mutating func remove(_ key: FlowEngine.Key) {
        if let entry = entries.removeValue(forKey: key) { keys[entry.flow.state] = nil }
    }

    /// The flow after an event. Its state is the one with which it was begun.
    mutating func update(_ flow: PollingFlow, _ key: FlowEngine.Key) { entries[key]?.flow = flow }

    mutating func setDue(_ time: Double?, _ key: FlowEngine.Key) { entries[key]?.dueAt = time }
}
