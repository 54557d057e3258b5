internal import JSON

/// The log: one line for each thing that happened, for people (`text`) or for programs (`json`).
///
/// SECURITY: callers pass names, statuses and counts, never a token, a code or a body.
public struct Log: Sendable {
    /// How much is told. Each level includes those before it.
    public enum Level: Int, Sendable, CaseIterable, Comparable {
        /// Nothing.
        case off
        /// What somebody should look at.
        case warning
        /// What happened to accounts.
        case info
        /// Every request.
        case debug

        /// By how much is told.
        public static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
    }

    /// What a line looks like.
    public enum Format: String, Sendable, CaseIterable {
        /// `info linked provider=trakt account=default`
        case text
        /// `{"level":"info","event":"linked",…}`
        case json
    }

    /// How much is told.
    public let level: Level
    private let format: Format
    private let write: @Sendable (String) -> Void
    private let now: @Sendable () -> Double

    /// A log that hands each line, without line break, to `write`. Lines of JSON have the time, in seconds since 1970;
    /// those of text leave it to what reads them.
    public init(
        level: Level, format: Format, now: @Sendable @escaping () -> Double = { EngineClock().now },
        write: @Sendable @escaping (String) -> Void
    ) {
        self.level = level
        self.now = now
        self.format = format
        self.write = write
    }

    /// Something that somebody should look at.
    public func warning(_ event: String, _ details: [String: String] = [:]) { line(.warning, event, details) }

    /// Something that happened.
    public func info(_ event: String, _ details: [String: String] = [:]) { line(.info, event, details) }

    /// Something of interest when looking for a fault.
    public func debug(_ event: String, _ details: [String: String] = [:]) { line(.debug, event, details) }

    private func line(_ level: Level, _ event: String, _ details: [String: String]) {
        guard level <= self.level else { return }
        let sorted = details.sorted { $0.key < $1.key }
        switch format {
        case .text:
            write(Self.text("\(level) \(event)", details))
        case .json:
            let members: [(String, JSON)] = [
                ("time", .double((now() * 1000).rounded() / 1000)), ("level", .string("\(level)")),
                ("event", .string(event)),
            ]
            let all = members + sorted.map { ($0.key, JSON.string($0.value)) }
            write(Self.encoded(.object(JSONObject(all))))
        }
    }

    /// A line for people: what happened, then the details by their names. Whatever is in them, it is one line of text.
    public static func text(_ event: String, _ details: [String: String]) -> String {
        event + details.sorted { $0.key < $1.key }.map { " \($0.key)=\(quoted($0.value))" }.joined()
    }

    /// The value as it is when it is one plain word, else in quotes with everything unusual escaped: one event is
    /// always one line.
    private static func quoted(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") }
        return isPlain ? value : encoded(.string(value))
    }

    /// JSON in which nothing is left that a terminal or a reader of lines could take for more than text: C1 controls,
    /// line and paragraph separators, marks that turn the direction of writing.
    static func encoded(_ json: JSON) -> String {
        String(decoding: json.encoded(), as: UTF8.self).unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar.value {
            case 0x80...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF:
                let hex = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - hex.utf8.count) + hex
            default: text.unicodeScalars.append(scalar)
            }
        }
    }
}

extension Log {
    func info(_ event: String, _ key: FlowEngine.Key, _ details: [String: String] = [:]) {
        info(event, details.merging(key.details) { own, _ in own })
    }

    func debug(_ event: String, _ key: FlowEngine.Key, _ details: [String: String] = [:]) {
        debug(event, details.merging(key.details) { own, _ in own })
    }

    func warning(_ event: String, _ key: FlowEngine.Key, _ details: [String: String] = [:]) {
        warning(event, details.merging(key.details) { own, _ in own })
    }
}

extension FlowEngine.Key {
    fileprivate var details: [String: String] { ["provider": provider, "owner": id.owner, "account": id.account] }
}
