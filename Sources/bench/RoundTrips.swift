import Glibc

/// Requests on 64 connections in turns, for what wrk cannot do: it waits for content that a HEAD does not bring.
enum RoundTrips {
    static func measure(port: Int, _ method: String, _ path: String, _ count: Int) throws {
        let connections = try (0..<64).map { _ in try Probe.connect(port: port) }
        defer { connections.forEach { close($0) } }
        let request = Array("\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        for _ in 0..<max(1, count / connections.count) {
            for connection in connections {
                guard send(connection, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
                    throw Problem("the server does not take a request")
                }
            }
            for connection in connections { try receive(connection, hasContent: method != "HEAD", &buffer) }
        }
    }

    /// Reads one response.
    private static func receive(_ connection: Int32, hasContent: Bool, _ buffer: inout [UInt8]) throws {
        var (count, length) = (0, Int.max)
        while count < length {
            let more = buffer.withUnsafeMutableBytes {
                recv(connection, $0.baseAddress?.advanced(by: count), $0.count - count, 0)
            }
            guard more > 0 else { throw Problem("the server does not answer") }
            count += more
            if length == .max, let found = Self.length(buffer[..<count], hasContent: hasContent) { length = found }
        }
    }

    /// The length of a response whose header section is there.
    private static func length(_ bytes: ArraySlice<UInt8>, hasContent: Bool) -> Int? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let head = text.utf8.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let length = text.utf8.distance(from: text.utf8.startIndex, to: head.upperBound)
        guard hasContent, let name = text.firstRange(of: "Content-Length: ") else { return length }
        return length + (Int(text[name.upperBound...].prefix { $0.isNumber }) ?? 0)
    }
}
