import Glibc

/// A bare HTTP client for the question whether a server answers yet.
enum Probe {
    /// A TCP port of this machine that nobody uses at the moment.
    static func freePort() throws -> Int {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = loopback(port: 0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withGeneric(&address) { bind(listener, $0, size) == 0 && getsockname(listener, $0, &size) == 0 }
        guard isBound else { throw Problem("no free port") }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    /// Waits until `GET /healthz` is answered with 200.
    static func waitForAnswer(port: Int) throws {
        let limit = Stopwatch.wall + 20
        while Stopwatch.wall < limit {
            if isAnswering(port) { return }
            usleep(100)
        }
        throw Problem("no answer at port \(port)")
    }

    /// The number of a connection to a port of this machine; it belongs to the caller.
    static func connect(port: Int) throws -> Int32 {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = loopback(port: port)
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        guard withGeneric(&address, { Glibc.connect(connection, $0, size) }) == 0 else {
            let reason = String(cString: strerror(errno))
            close(connection)
            throw Problem("cannot connect to port \(port): \(reason)")
        }
        return connection
    }

    private static func isAnswering(_ port: Int) -> Bool {
        guard let connection = try? connect(port: port) else { return false }
        defer { close(connection) }
        let request = Array("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".utf8)
        guard send(connection, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            return false
        }
        var answer = [UInt8](repeating: 0, count: 64)
        let count = recv(connection, &answer, answer.count, 0)
        return count > 0 && answer.starts(with: "HTTP/1.1 200 ".utf8)
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func withGeneric<Result>(
        _ address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
        }
    }
}
