internal import HTTP
internal import JSON

/// One line of the audit log: when, who, whose account, what.
///
/// SECURITY: names and counts only; never a token, a key, a password or a code.
public struct AuditEntry: Sendable, Equatable {
    /// What happened.
    public var event: AuditEvent
    /// Whose document of the vault it is about.
    public var owner: String?
    /// The readable name of the person who did it, where one is known.
    public var name: String?
    /// The address of the client, where a request did it.
    public var client: String?
    /// The provider, where one account is meant.
    public var provider: String?
    /// The account.
    public var account: String?
    /// What else is to be told.
    public var details: [String: String]

    /// An entry.
    public init(
        _ event: AuditEvent, owner: String? = nil, name: String? = nil, client: String? = nil, provider: String? = nil,
        account: String? = nil, details: [String: String] = [:]
    ) {
        (self.event, self.owner, self.name, self.client) = (event, owner, name, client)
        (self.provider, self.account, self.details) = (provider, account, details)
    }

    init(_ change: AccountChange) {
        self.init(
            AuditEvent(change.kind), owner: change.owner, provider: change.provider, account: change.account)
    }

    /// The line, with its line break.
    func line(at time: Double) -> [UInt8] {
        var members: [(String, JSON)] = [
            ("time", .string(HTTPDate.rfc3339(epochSeconds: Int64(time.rounded(.down))))),
            ("event", .string(event.rawValue)),
        ]
        let known = [
            ("owner", owner), ("name", name), ("client", client), ("provider", provider), ("account", account),
        ]
        for (key, value) in known + details.sorted(by: { $0.key < $1.key }).map({ ($0.key, $0.value) }) {
            if let value, !value.isEmpty { members.append((key, .string(Self.short(value)))) }
        }
        return Array((Log.encoded(.object(JSONObject(members))) + "\n").utf8)
    }

    /// Names that people choose may be as long as a header section.
    private static func short(_ text: String) -> String {
        text.utf8.count <= 1024 ? text : String(text.unicodeScalars.prefix(256)) + "…"
    }
}
