/// What a client may use of the server. Every number is checked where the bytes arrive.
public struct Limits: Sendable, Equatable {
    /// The request line in bytes, with its line end; more gets 414.
    public var requestLine = 8192
    /// The header section in bytes; more gets 431.
    public var header = 32_768
    /// The number of header fields; more gets 431.
    public var fields = 100
    /// The content in bytes; more gets 413.
    public var body = 65_536
    /// From the first byte of a request (or the connection) to the end of its header section; then 408.
    public var headerTime: Duration = .seconds(10)
    /// From the end of the header section to the end of the content; then 408.
    public var bodyTime: Duration = .seconds(10)
    /// From the end of the request to the responder's answer; then 503, and its task is cancelled.
    public var answerTime: Duration = .seconds(60)
    /// Between a response and the next request; longer than the 60 s for which reverse proxies keep a connection.
    public var idleTime: Duration = .seconds(75)
    /// How long a client may take nothing of a response; then the connection is reset.
    public var writeTime: Duration = .seconds(30)
    /// Between two signs of life on a stream of events.
    public var heartbeatTime: Duration = .seconds(15)
    /// Connections at a time. Never more than the descriptors of the process allow. A further one takes the place of
    /// the one that has been idle for longest between two requests; when none is, it gets 503.
    public var connections = 20_000
    /// Connections of one client at a time: of an IPv4 address, or a /64 network of IPv6. A further one gets 503. Unix
    /// sockets and trusted peers are not counted (`ServerConfiguration.isTrusted`).
    public var clientConnections = 256
    /// Requests on one connection; then it is closed in good order.
    public var requests = 100_000
    /// Streams of events at a time; a request for a further one gets 503.
    public var eventStreams = 10_000
    /// Requests that were sent at once on one connection and are answered before other connections have their turn.
    public var pipelined = 32
    /// Bytes of further requests that are read while a response is being made.
    public var pipelinedBytes = 16_384
    /// Bytes of unfinished requests that the whole server keeps at a time; a request beyond them gets 503.
    public var buffered = 134_217_728
    /// Bytes of events that wait for a slow client; then it is dropped.
    public var eventQueue = 65_536

    /// The defaults.
    public init() {}
}

extension Duration {
    /// Whole milliseconds, between 0 and a hundred years.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(max(seconds, 0), 3_155_760_000) * 1000 + max(attoseconds, 0) / 1_000_000_000_000_000
    }
}
