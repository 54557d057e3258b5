/// What a provider has handed out that nobody but the client may see: for tests that look for it everywhere.
public struct IssuedSecrets: Sendable, Equatable {
    /// What polls are made with: device codes, PIN ids, request tokens.
    public internal(set) var device: [String] = []
    /// Authorization codes.
    public internal(set) var codes: [String] = []
    /// Access tokens and refresh tokens, also those that have ended.
    public internal(set) var tokens: [String] = []

    init() {}

    /// A demonstration may run for weeks.
    mutating func add(_ secret: String, to list: WritableKeyPath<Self, [String]>) {
        if self[keyPath: list].count >= 2000 { self[keyPath: list].removeFirst(1000) }
        self[keyPath: list].append(secret)
    }
}
