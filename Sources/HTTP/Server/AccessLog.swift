internal import Files
internal import Synchronization

/// One request that was answered.
public struct AccessLogEntry: Sendable, Equatable {
    /// The method as it was sent.
    public var method: String
    /// The path as it was sent, without the query: queries of callbacks hold codes.
    public var path: String
    /// The status of the response; 0 when the client left before there was one.
    public var status: Int
    /// Bytes of the response, head and content.
    public var bytes: Int
    /// From the end of the request's header section to the end of the response.
    public var duration: Duration
    /// The address of the client, behind a listed proxy as that tells it: `127.0.0.1`, `::1`, `unix`.
    public var client: String

    /// An entry.
    public init(method: String, path: String, status: Int, bytes: Int, duration: Duration, client: String) {
        self.method = method
        self.path = path
        self.status = status
        self.bytes = bytes
        self.duration = duration
        self.client = client
    }

    /// The entry as exactly one line without its end: `127.0.0.1 GET /path 200 1234 0.8ms`.
    ///
    /// Every byte that is not visible ASCII is written `\xHH`, so is the backslash, and long values are cut: nothing
    /// that a client sends can look like another line.
    public var line: String {
        let tenths = duration.microseconds / 100
        return "\(Self.escaped(client)) \(Self.escaped(method)) \(Self.escaped(path)) \(status) \(bytes) "
            + "\(tenths / 10).\(tenths % 10)ms"
    }

    private static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8.prefix(1024) {
            if Bytes.isVisible(byte), byte != UInt8(ascii: "\\"), byte != UInt8(ascii: "\"") {
                bytes.append(byte)
            } else {
                let hex = String(byte, radix: 16, uppercase: true)
                bytes += Array("\\x\(hex.utf8.count == 1 ? "0" : "")\(hex)".utf8)
            }
        }
        return bytes.isEmpty ? "-" : String(decoding: bytes, as: UTF8.self)
    }
}

/// Where entries go: a closure that is called on a thread of its own, so that it may block without holding up a loop.
///
/// At most 8192 entries wait for it. Those that find no room are counted and not kept.
public final class AccessLog: Sendable {
    private struct State {
        var entries: [AccessLogEntry] = []
        var isRunning = false
        var lost = 0
    }

    private static let most = 8192
    private let state = Mutex(State())
    private let sink: @Sendable (AccessLogEntry) -> Void

    /// A log; `sink` gets the entries one after another.
    public init(_ sink: @escaping @Sendable (AccessLogEntry) -> Void) {
        self.sink = sink
    }

    /// How many entries found no room because the sink was too slow.
    public var lost: Int { state.withLock(\.lost) }

    /// Adds entries; never waits for the sink.
    func add(_ entries: [AccessLogEntry]) {
        let mustStart = state.withLock { state in
            let room = max(0, Self.most - state.entries.count)
            state.entries += entries.prefix(room)
            state.lost += max(0, entries.count - room)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        guard mustStart else { return }
        do { try BlockingThread.start { self.drain() } } catch { state.withLock { $0.isRunning = false } }
    }

    /// Runs until nothing is left; the next entry starts it again.
    private func drain() {
        while true {
            let entries = state.withLock { state in
                defer { state.entries = [] }
                if state.entries.isEmpty { state.isRunning = false }
                return state.entries
            }
            if entries.isEmpty { return }
            entries.forEach(sink)
        }
    }
}

extension Duration {
    fileprivate var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(max(seconds, 0), 3_155_760_000) * 1_000_000 + max(attoseconds, 0) / 1_000_000_000_000
    }
}
