/// Where a server listens.
public enum ListenAddress: Sendable, Equatable, CustomStringConvertible {
    /// An address or host name and a port; port 0 takes any free one.
    case tcp(host: String, port: Int)
    /// The path of a unix socket. Its file is removed when the server stops.
    case unix(path: String)

    /// Reads `127.0.0.1:8787`, `localhost:8787`, `[::1]:8787` or `unix:/run/latchkey.sock`; nil when it is none of
    /// these.
    public static func parse(_ text: String) -> ListenAddress? {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst(5)
            return path.isEmpty ? nil : .unix(path: String(path))
        }
        guard let colon = text.lastIndex(of: ":"), let port = port(text[text.index(after: colon)...]) else {
            return nil
        }
        return host(text[..<colon]).map { .tcp(host: $0, port: port) }
    }

    /// `127.0.0.1:8787`, `[::1]:8787` or `unix:/run/latchkey.sock`.
    public var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    private static func port(_ digits: Substring) -> Int? {
        guard !digits.isEmpty, digits.utf8.allSatisfy(Bytes.isDigit) else { return nil }
        return UInt16(digits).map(Int.init)
    }

    private static func host(_ text: Substring) -> String? {
        if text.hasPrefix("["), text.hasSuffix("]") {
            let inner = text.dropFirst().dropLast()
            return inner.contains(":") ? String(inner) : nil
        }
        return text.isEmpty || text.contains(":") || text.contains("[") ? nil : String(text)
    }
}

/// Where a server really listens.
public struct BoundAddress: Sendable, Equatable, CustomStringConvertible {
    /// What was asked for, with the port that was taken.
    public let address: ListenAddress

    /// The TCP port; nil for a unix socket.
    public var port: Int? {
        if case .tcp(_, let port) = address { port } else { nil }
    }

    /// `127.0.0.1:8787`, `[::1]:8787` or `unix:/run/latchkey.sock`.
    public var description: String { address.description }
}
