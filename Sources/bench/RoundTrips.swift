import Glibc

/// Requests on 64 connections in turns, for what wrk cannot do: it waits for content that a HEAD does not bring.
enum RoundTrips {
    /// - Parameter fields: more lines of the header section, each with its line break.
    static func measure(
        port: Int, _ method: String, _ path: String, _ count: Int, fields: String = ""
    ) throws {
        let connections = try (0..<64).map { _ in try Probe.connect(port: port) }
        defer { connections.forEach { close($0) } }
        let request = Self.request(method, path, fields)
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

    private static func request(_ method: String, _ path: String, _ fields: String) -> [UInt8] {
        Array("\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n\(fields)\r\n".utf8)
    }

    /// How long each of some requests took that were made at a steady pace on one connection, in seconds, from when it
    /// was due: an answer that comes late makes those after it late, too.
    static func latencies(
        port: Int, _ path: String, _ count: Int, perSecond rate: Double, fields: String
    ) throws -> [Double] {
        let connection = try Probe.connect(port: port)
        defer { close(connection) }
        let request = Self.request("GET", path, fields)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        // All answers are as long as the first one: later ones are counted, not read.
        guard send(connection, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw Problem("the server does not take a request")
        }
        let length = try receive(connection, hasContent: true, &buffer)
        let start = Stopwatch.wall
        return try (0..<count).map { number in
            let due = start + Double(number) / rate
            while Stopwatch.wall < due { if due - Stopwatch.wall > 0.001 { usleep(500) } }
            guard send(connection, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
                throw Problem("the server does not take a request")
            }
            var left = length
            while left > 0 {
                let count = recv(connection, &buffer, buffer.count, 0)
                guard count > 0 else { throw Problem("the server does not answer") }
                left -= count
            }
            return Stopwatch.wall - due
        }
    }

    /// Reads one response.
    ///
    /// - Returns: its length.
    @discardableResult
    private static func receive(_ connection: Int32, hasContent: Bool, _ buffer: inout [UInt8]) throws -> Int {
        var (count, length) = (0, Int.max)
        while count < length {
            let more = buffer.withUnsafeMutableBytes {
                recv(connection, $0.baseAddress?.advanced(by: count), $0.count - count, 0)
            }
            guard more > 0 else { throw Problem("the server does not answer") }
            count += more
            if length == .max, let found = Self.length(buffer[..<count], hasContent: hasContent) { length = found }
        }
        return count
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
