internal import Synchronization

/// What all loops of a server share. Nothing in it changes but the counts of connections and streams.
final class ServerContext: Sendable {
    let limits: Limits
    let hosts: HostList
    /// With a slash at both ends.
    let basePath: [UInt8]
    let writer: ResponseWriter
    let responder: any Responder
    let log: AccessLog?
    let mostConnections: Int
    /// The part of `Limits.buffered` that one loop may use.
    let bufferedPerLoop: Int
    let connections = Atomic(0)
    let eventStreams = Atomic(0)

    init(_ configuration: ServerConfiguration, _ responder: any Responder) throws(ServerError) {
        limits = configuration.limits
        hosts = HostList(configuration.allowedHosts)
        basePath = try Self.check(configuration.basePath)
        writer = ResponseWriter(securityHeaders: configuration.securityHeaders)
        self.responder = responder
        log = configuration.log
        bufferedPerLoop = limits.buffered / max(1, configuration.threads)
        // Some descriptors are for files, timers and requests to providers.
        mostConnections = max(1, min(limits.connections, Descriptor.raiseLimit(to: limits.connections + 64) - 64))
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
