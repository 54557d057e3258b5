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

extension Duration {
    fileprivate var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return min(max(seconds, 0), 3_155_760_000) * 1_000_000 + max(attoseconds, 0) / 1_000_000_000_000
    }
}
