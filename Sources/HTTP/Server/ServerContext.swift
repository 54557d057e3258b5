internal import Synchronization

/// What a server counts over all its loops, whatever its configuration becomes.
final class ServerTotals: Sendable {
    let connections = Atomic(0)
    let eventStreams = Atomic(0)
    let clients = ClientCounts()
    let notices = Notices()
}

/// What all loops of a server share. Nothing in it changes but the totals; another configuration is another context.
final class ServerContext: Sendable {
    let limits: Limits
    let hosts: HostList
    /// With a slash at both ends.
    let basePath: [UInt8]
    let writer: ResponseWriter
    let responder: any Responder
    let log: (@Sendable (AccessLogEntry) -> Void)?
    let mostConnections: Int
    /// The part of `Limits.buffered` that one loop may use.
    let bufferedPerLoop: Int
    let proxies: TrustedProxies
    let isTrusted: @Sendable (ClientAddress) -> Bool
    let notice: (@Sendable (ServerNotice, Int) -> Void)?
    let gate: (@Sendable (Request) -> Response?)?
    let totals: ServerTotals

    init(
        _ configuration: ServerConfiguration, _ responder: any Responder, _ totals: ServerTotals
    ) throws(ServerError) {
        self.totals = totals
        proxies = configuration.proxies
        isTrusted = configuration.isTrusted
        notice = configuration.notice
        gate = configuration.gate
        limits = configuration.limits
        hosts = HostList(configuration.allowedHosts)
        basePath = try Self.check(configuration.basePath)
        writer = ResponseWriter(securityHeaders: configuration.securityHeaders)
        self.responder = responder
        log = configuration.log
        bufferedPerLoop = limits.buffered / max(1, configuration.threads)
        mostConnections = min(limits.connections, Self.connectionsPossible())
    }

    /// How many connections fit beside what else needs descriptors: files, timers, requests to providers.
    static func connectionsPossible() -> Int {
        let descriptors = Descriptor.raiseLimit()
        return max(1, descriptors - min(256, max(32, descriptors / 4)))
    }

    /// SECURITY: plain characters only, and no `//`: the redirect to the base path can never name another host.
    private static func check(_ path: String) throws(ServerError) -> [UInt8] {
        let bytes = Array(path.utf8)
        let segments = bytes.split(separator: Bytes.slash, omittingEmptySubsequences: false)
        let isPlain = segments.dropFirst().dropLast().allSatisfy { segment in
            !segment.isEmpty && segment.allSatisfy { Bytes.isLetterOrDigit($0) || "-._~".utf8.contains($0) }
                && segment.contains { $0 != UInt8(ascii: ".") }
        }
        guard segments.count >= 2, segments.first?.isEmpty == true, segments.last?.isEmpty == true, isPlain else {
            throw .basePath(path)
        }
        return bytes
    }
}
