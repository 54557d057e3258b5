public import JSON

/// When tokens came and when they end, and so when it is time for new ones. A pure value; all times are seconds since 1970
/// by the wall clock, which may jump.
public struct TokenLife: Sendable, Equatable {
    /// When the tokens came; nil when that is not known.
    public let obtainedAt: Double?
    /// When the access token ends; nil when it does not, or nobody knows.
    public let expiresAt: Double?

    /// A life.
    public init(obtainedAt: Double?, expiresAt: Double?) {
        self.obtainedAt = obtainedAt
        self.expiresAt = expiresAt
    }

    /// From what is stored under `auth.<provider>`: `obtained_at`, else `linked_at`, and `expires_at`.
    public init(stored auth: JSON) {
        self.init(
            obtainedAt: (auth["obtained_at"] ?? auth["linked_at"]).flatMap(Numbers.seconds),
            expiresAt: auth["expires_at"].flatMap(Numbers.seconds))
    }

    /// So much the clock may be behind before it is taken to have been wrong, in seconds.
    private static let tolerance = 300.0
    /// The longest time before the end at which there must be new tokens, in seconds.
    private static let longestMargin = 300.0
    /// The longest time before the end at which a person is reminded of it: two weeks.
    private static let longestReminder = 14 * 86_400.0

    private var length: Double? {
        guard let expiresAt else { return nil }
        return obtainedAt.map { max(0, expiresAt - $0) }
    }

    /// How long before the end there must be new tokens, in seconds: a tenth of the life, five minutes at most.
    public var margin: Double { min((length ?? .infinity) / 10, Self.longestMargin) }

    /// Whether the access token has ended.
    public func isExpired(at now: Double) -> Bool { (expiresAt ?? .infinity) <= now }

    /// Whether the access token ends within the margin.
    public func isClosing(at now: Double) -> Bool { (expiresAt ?? .infinity) - margin <= now }

    /// When new tokens are to be got: at half of the life, a little earlier or later for each account, and at the margin in
    /// any case. nil when the tokens do not end.
    ///
    /// - Parameter spread: from 0 to 1.
    public func refreshAt(spread: Double) -> Double? {
        guard let expiresAt else { return nil }
        let latest = expiresAt - margin
        guard let obtainedAt, let length else { return latest }
        return min(obtainedAt + length * (0.45 + 0.1 * spread), latest)
    }

    /// Whether it is time for new tokens. Tokens that came in the future came by a wrong clock, and nobody knows when
    /// they end.
    public func isDue(at now: Double, spread: Double) -> Bool {
        guard let time = refreshAt(spread: spread) else { return false }
        return time <= now || obtainedAt.map { $0 - Self.tolerance > now } == true
    }

    /// From when on a person is reminded of the end of tokens that cannot be renewed: for the last quarter of their life,
    /// two weeks at most.
    public var remindAt: Double? {
        expiresAt.map { $0 - min((length ?? .infinity) / 4, Self.longestReminder) }
    }
}
