internal import JSON

/// What one member of a control request does.
enum Knob {
    typealias Change = @Sendable (Simulator, SimulatedProvider) -> Void
    typealias Problem = Control.Problem

    /// Reads one member; nothing is changed before all are read.
    static func change(_ key: String, _ value: JSON) throws(Problem) -> Change {
        switch key {
        case "interval", "expires_in", "code_expires_in", "token_expires_in", "advance": return try number(key, value)
        case "strict_interval", "complete_uri", "expired_pin_null": return try flag(key, value)
        case "reject_clients", "redirect_uris": return try list(key, value)
        case "client_secret", "issuer", "account": return try text(key, value)
        case "fault": return try fault(value)
        case "watch", "unwatch": return try history(key, value)
        case "clear_faults", "release", "expire", "end_sessions", "reset": return action(key)
        case "approve", "deny": return decision(key, value)
        default: throw Problem(text: "There is no knob \(key).")
        }
    }

    private static func number(_ key: String, _ value: JSON) throws(Problem) -> Change {
        if key == "token_expires_in", value == .null { return { $0.configure($1) { $0.tokenExpiresIn = nil } } }
        guard let number = value.intValue, (0...1_000_000_000).contains(number) else {
            throw Problem(text: "\(key) must be a number of seconds.")
        }
        switch key {
        case "interval": return { $0.configure($1) { $0.interval = number } }
        case "expires_in": return { $0.configure($1) { $0.expiresIn = number } }
        case "code_expires_in": return { $0.configure($1) { $0.codeExpiresIn = number } }
        case "token_expires_in": return { $0.configure($1) { $0.tokenExpiresIn = number } }
        default: return { $0.advance($1, by: number) }
        }
    }

    private static func flag(_ key: String, _ value: JSON) throws(Problem) -> Change {
        guard let flag = value.boolValue else { throw Problem(text: "\(key) must be true or false.") }
        switch key {
        case "strict_interval": return { $0.configure($1) { $0.strictInterval = flag } }
        case "complete_uri": return { $0.configure($1) { $0.givesCompleteURI = flag } }
        default: return { $0.configure($1) { $0.expiredPinAnswersNull = flag } }
        }
    }

    private static func list(_ key: String, _ value: JSON) throws(Problem) -> Change {
        let items = value.arrayValue?.compactMap(\.stringValue)
        guard let items else { throw Problem(text: "\(key) must be a list of strings.") }
        if key == "reject_clients" { return { $0.configure($1) { $0.rejectedClients = items } } }
        return { $0.configure($1) { $0.redirectURIs = items } }
    }

    private static func text(_ key: String, _ value: JSON) throws(Problem) -> Change {
        let text = value.stringValue
        guard text != nil || value == .null && key != "account" else { throw Problem(text: "\(key) must be a string.") }
        switch key {
        case "client_secret": return { $0.configure($1) { $0.clientSecret = text } }
        case "issuer": return { $0.configure($1) { $0.issuer = text } }
        default: return { $0.configure($1) { $0.account = text ?? "demo" } }
        }
    }

    private static func action(_ key: String) -> Change {
        switch key {
        case "clear_faults": { $0.clearFaults($1) }
        case "release": { $0.release($1) }
        case "expire": { $0.expire($1) }
        case "end_sessions": { $0.endSessions($1) }
        default: { $0.reset($1) }
        }
    }

    private static func decision(_ key: String, _ value: JSON) -> Change {
        let code = value.stringValue
        if key == "approve" { return { $0.approve($1, userCode: code) } }
        return { $0.deny($1, userCode: code) }
    }

    private static func history(_ key: String, _ value: JSON) throws(Problem) -> Change {
        guard let kind = value["kind"]?.stringValue, ["movies", "shows"].contains(kind) else {
            throw Problem(text: "\(key) needs a kind: movies or shows.")
        }
        if key == "unwatch" {
            let index = value["index"]?.intValue ?? 0
            return { $0.unwatch($1, kind, index: index) }
        }
        let (count, titles) = (value["count"]?.intValue ?? 1, value["titles"]?.intValue)
        guard (1...1_000_000).contains(count), (1...1_000_000).contains(titles ?? 1) else {
            throw Problem(text: "count and titles must be numbers from 1 to 1000000.")
        }
        let isEarlier = value["earlier"]?.boolValue ?? false
        return { $0.watch($1, kind, count: count, titles: titles, isEarlier: isEarlier) }
    }

    private static func fault(_ value: JSON) throws(Problem) -> Change {
        let faults = try (value.arrayValue ?? [value]).map { item throws(Problem) in try oneFault(item) }
        return { simulator, provider in for fault in faults { simulator.add(fault, to: provider) } }
    }

    private static func oneFault(_ value: JSON) throws(Problem) -> Fault {
        let times = value["times"]
        if let times, times != .null, !(1...1_000_000).contains(times.intValue ?? 0) {
            throw Problem(text: "times must be 1 or more, or null for always.")
        }
        return Fault(
            try kind(value), times: times == nil ? 1 : times?.intValue, endpoint: value["endpoint"]?.stringValue,
            retryAfter: value["retry_after"]?.intValue)
    }

    private static func kind(_ value: JSON) throws(Problem) -> Fault.Kind {
        switch value["kind"]?.stringValue {
        case "status": return .status(value["status"]?.intValue ?? 503)
        case "empty_body": return .emptyBody
        case "not_json": return .notJSON
        case "lost_answer": return .lostAnswer
        case "delay": return .delay(milliseconds: value["milliseconds"]?.intValue ?? 1000)
        case "hold": return .hold
        case "slow_down": return .slowDown
        default:
            throw Problem(
                text: "kind must be status, empty_body, not_json, lost_answer, delay, hold or slow_down.")
        }
    }
}
