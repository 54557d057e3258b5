internal import Synchronization

/// Something that whoever runs the server should know: a limit was reached, and clients are turned away.
public enum ServerNotice: Sendable, Equatable, CaseIterable {
    /// Connections are turned away because `Limits.connections` are open.
    case connections
    /// Connections of one client are turned away because of `Limits.clientConnections`.
    case clientConnections
    /// Streams of events are refused because of `Limits.eventStreams`.
    case eventStreams
    /// Requests are refused because of `Limits.buffered`.
    case buffered
    /// The process may open no more descriptors; accepting waits until some are free.
    case descriptors
    /// A responder did not answer within `Limits.answerTime`.
    case answerTime
}

/// Tells of each kind of notice at most once in a minute, and how often it happened since.
///
/// SECURITY: clients cause these, so they must not be able to fill a log with them.
final class Notices: Sendable {
    private static let pause: Int64 = 60_000

    private struct State {
        var nextAt: [ServerNotice: Int64] = [:]
        var count: [ServerNotice: Int] = [:]
    }

    private let state = Mutex(State())

    /// Notes that it happened, and tells of it unless that was done just now.
    func note(_ notice: ServerNotice, now: Int64, _ tell: (@Sendable (ServerNotice, Int) -> Void)?) {
        let count = state.withLock { state -> Int? in
            state.count[notice, default: 0] &+= 1
            guard now >= state.nextAt[notice] ?? 0 else { return nil }
            state.nextAt[notice] = now &+ Self.pause
            return state.count.removeValue(forKey: notice)
        }
        if let count { tell?(notice, count) }
    }
}
