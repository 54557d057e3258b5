/// Whom changes of connections are told, besides the pages that listen.
public struct Telling: Sendable {
    /// Files that hold the newest tokens.
    public var sinks: [Sink] = []
    /// How those files stand; nil when there can be none.
    public var sinkBook: SinkBook?
    /// Addresses that are told of each change.
    public var webhooks = Webhooks()
    /// Where it is written down who did what; nil when it is not.
    public var audit: AuditLog?

    /// Nobody is told.
    public init() {}
}
