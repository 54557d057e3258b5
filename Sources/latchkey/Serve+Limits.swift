import Companion
import HTTP

extension Serve {
    private static let connectionLimit = LimitOption(
        "connection-limit", .count, 1...1_000_000, "how many connections may be open", \.connections)
    private static let clientConnectionLimit = LimitOption(
        "client-connection-limit", .count, 1...1_000_000,
        "how many connections one address, or one IPv6 /64, may have; without it this machine is exempt",
        \.clientConnections)

    /// What a client may use of the server. Docs/limits.md tells what happens at each of them.
    static let limits: [LimitOption] = [
        LimitOption(
            "request-line-limit", .bytes, 256...65_536, "the longest request line", \.requestLine),
        LimitOption("header-limit", .bytes, 1024...1_048_576, "the largest header section", \.header),
        LimitOption("header-field-limit", .count, 8...10_000, "how many header fields a request may have", \.fields),
        LimitOption("body-limit", .bytes, 1024...67_108_864, "the largest content of a request", \.body),
        LimitOption("header-time", "how long a header section may take to arrive", \.headerTime),
        LimitOption("body-time", "how long the content of a request may take to arrive", \.bodyTime),
        LimitOption("answer-time", "how long an answer may take to be made", \.answerTime),
        LimitOption("idle-time", "how long a connection may rest between two requests", \.idleTime),
        LimitOption("write-time", "how long a client may take nothing of an answer", \.writeTime),
        LimitOption("heartbeat-time", "the time between two signs of life on a stream of events", \.heartbeatTime),
        LimitOption("request-limit", .count, 1...1_000_000_000, "how many requests a connection may make", \.requests),
        connectionLimit,
        clientConnectionLimit,
        LimitOption(
            "event-stream-limit", .count, 1...1_000_000, "how many streams of events may be open", \.eventStreams),
        LimitOption(
            "event-queue-limit", .bytes, 4096...16_777_216, "how much of a stream may wait for a slow client",
            \.eventQueue),
        LimitOption(
            "pipeline-limit", .count, 1...10_000,
            "how many requests sent at once are answered before other connections have their turn", \.pipelined),
        LimitOption(
            "pipeline-bytes-limit", .bytes, 1024...1_048_576, "how much is read ahead while an answer is being made",
            \.pipelinedBytes),
        LimitOption(
            "buffer-limit", .bytes, 1_048_576...1_099_511_627_776,
            "how much memory unfinished requests may take together", \.buffered),
    ]

    /// The limits that were asked for.
    static func limits(_ settings: Settings) throws(Failure) -> Limits {
        var result = Limits()
        for limit in limits { try limit.apply(settings, to: &result) }
        return result
    }

    /// Whether somebody wants a certain number of connections.
    static func isConnectionLimitGiven(_ settings: Settings) -> Bool { settings[connectionLimit.option] != nil }

    /// Tells when more connections were asked for than the process may have.
    static func tellOfDescriptors(_ settings: Settings, _ limits: Limits, _ log: Log) {
        let possible = Server.connectionsPossible(limits)
        guard isConnectionLimitGiven(settings), possible < limits.connections else { return }
        log.warning(
            "fewer connections than asked for",
            ["possible": "\(possible)", "hint": "raise the limit of open files (ulimit -Hn, LimitNOFILE=)"])
    }

    /// Peers whose connections are not counted. Programs on this machine are mostly its reverse proxy, which speaks for
    /// many clients; who gives a limit means it for them, too.
    static func isTrusted(
        _ settings: Settings, _ proxies: TrustedProxies = TrustedProxies()
    ) -> @Sendable (ClientAddress) -> Bool {
        let isGiven = settings[clientConnectionLimit.option] != nil
        return { address in !isGiven && address.isLoopback || proxies.contains(address) }
    }
}

extension ServerNotice {
    /// What the log says of it, and what can be done.
    var sentence: (event: String, hint: String) {
        switch self {
        case .connections:
            ("connections turned away", "all are in use: --connection-limit, or the limit of descriptors")
        case .clientConnections:
            ("connections of a client turned away", "--client-connection-limit; list proxies with --trusted-proxy")
        case .eventStreams: ("streams of events refused", "--event-stream-limit")
        case .buffered: ("requests refused", "unfinished requests take too much memory: --buffer-limit")
        case .descriptors: ("no descriptors left", "raise the limit of open files (ulimit -n, LimitNOFILE=)")
        case .answerTime: ("answers not ready in time", "--answer-time")
        }
    }
}
