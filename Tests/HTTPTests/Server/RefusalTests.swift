import TestSupport
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(1))) struct RefusalTests {
    /// Requests that two programs could understand differently, and the status of the one answer that each gets.
    static let attempts: [(String, Int)] =
        (RequestParserTests.malformed + RequestParserTests.badFraming).compactMap { row in
            guard case .rejected(let rejection) = row.outcome else { return nil }
            return (row.text, rejection.status)
        } + targets + chunks

    private static let targets: [(String, Int)] = [
        ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        ("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /?a#b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET /?\" HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999999999\r\n\r\n", 413),
    ]

    private static let chunks: [(String, Int)] = [
        "\r\n", "-1\r\n", "0x3\r\nabc\r\n", "3 \r\nabc\r\n", "3\nabc", "3\r\nabcd\r\n", "3\r\nab\r\n0\r\n\r\n",
        "3\r\nabc0\r\n\r\n",
        "ffffffffffffffff1\r\n", "3;\n", "0\r\nX\r\n\r\n", "0\r\n\nx",
    ].map { ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + $0, 400) }

    @Test func `there are enough attempts`() {
        #expect(Self.attempts.count >= 90)
    }

    @Test func `every ambiguous request gets one answer and the connection is closed`() async throws {
        try await TestServer.run(Samples.configuration(), responder: Samples.echo) { server in
            for (text, status) in Self.attempts {
                let client = try await server.connect()
                // What follows is what an attacker wants to be taken for a request of its own.
                try await client.send(text + Samples.get("/smuggled"))
                client.shutdownWrites()
                let answer = try await client.restText()
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(text.debugDescription): \(answer)")
                #expect(answer.contains("\r\nConnection: close\r\n"), "\(text.debugDescription)")
                #expect(!answer.contains("smuggled"), "\(text.debugDescription)")
                #expect(answer.components(of: "\r\nDate: ") == 1, "\(text.debugDescription): \(answer)")
            }
        }
    }

    @Test func `a refusal says why in a sentence and carries the security headers`() async throws {
        try await TestServer.run(Samples.configuration()) { server in
            let response = try await server.request("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
            #expect(response.text == "There is more than one Host header field.\n")
            #expect(response.headers["X-Content-Type-Options"] == "nosniff")
            #expect(response.headers["Cache-Control"] == "no-store")
            #expect(response.headers["Content-Type"] == "text/plain; charset=utf-8")
        }
    }

    @Test func `random bytes never end the server`() async throws {
        var random = SplitMix(state: 42)
        let seeds = Self.attempts.map { Array($0.0.utf8) } + [Array(Samples.get("/", "Content-Length: 3\r\n").utf8)]
        try await TestServer.run(Samples.configuration(), site: Samples.site, responder: Samples.echo) { server in
            for _ in 0..<1500 {
                var bytes = seeds.randomElement(using: &random) ?? []
                for _ in 0..<Int.random(in: 0..<4, using: &random) where !bytes.isEmpty {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                let client = try await server.connect()
                try await client.send(bytes)
                client.shutdownWrites()
                let answer = try await client.rest()
                #expect(answer.isEmpty || answer.starts(with: Array("HTTP/1.1 ".utf8)))
            }
            #expect(try await server.request(Samples.get("/")).status == 200)
        }
    }
}

extension String {
    /// How often a part occurs.
    fileprivate func components(of part: String) -> Int {
        indices.count { self[$0...].hasPrefix(part) }
    }
}
