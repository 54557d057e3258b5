import Glibc

/// What a server keeps for each connection on which a request was answered and the next one is awaited.
enum IdleConnections {
    static func measure(port: Int, _ server: pid_t, _ count: Int) throws {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        // What the first connections allocate once is not theirs.
        let first = try (0..<100).map { _ in try open(port) }
        defer { first.forEach { close($0) } }
        let before = try ProcessMemory.bytes("Rss", of: server)
        let connections = try (0..<count).map { _ in try open(port) }
        defer { connections.forEach { close($0) } }
        let after = try ProcessMemory.bytes("Rss", of: server)
        Bench.report("idle_bytes", (after - before) / Double(max(1, count)))
    }

    /// A connection on which one request was answered.
    private static func open(_ port: Int) throws -> Int32 {
        let connection = try Probe.connect(port: port)
        let request = Array("GET /small.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".utf8)
        var answer = [UInt8](repeating: 0, count: 4096)
        guard send(connection, request, request.count, Int32(MSG_NOSIGNAL)) == request.count,
            recv(connection, &answer, answer.count, 0) > 0
        else { throw Problem("no answer at port \(port)") }
        return connection
    }
}
