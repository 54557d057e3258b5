import HTTP
import TestSupport
import Testing

/// Hundreds of requests as bytes over real connections: those that RFC 9110 and RFC 9112 allow are answered in their
/// order, and each of the others gets exactly one answer and the end of the connection.
@Suite(.timeLimit(.minutes(2))) struct RawTests {
    static let tables: [(name: String, cases: [RawCase])] = [
        ("request lines", RequestLineCases.all), ("fields", FieldCases.all), ("framing", FramingCases.all),
        ("connections", ConnectionCases.all), ("limits", limited),
    ]

    @Test func `there are some hundreds of cases`() {
        #expect(Self.tables.reduce(0) { $0 + $1.cases.count } >= 800)
    }

    @Test(arguments: tables.map(\.name))
    func `a request in one piece is answered as the RFCs say`(_ name: String) async throws {
        try await RawCase.play(Self.cases(name), limits: Self.limits(name)) { row, server in
            try await row.check(server)
        }
    }

    @Test(arguments: tables.map(\.name))
    func `a request that comes byte by byte is answered alike`(_ name: String) async throws {
        let short = Self.cases(name).filter { $0.bytes.count < 200 }
        try await RawCase.play(Self.everyNth(short, 40), limits: Self.limits(name)) { row, server in
            try await row.check(server, cuts: Array(1..<row.bytes.count))
        }
    }

    @Test(arguments: tables.map(\.name))
    func `a request that is cut in two is answered alike, wherever it is cut`(_ name: String) async throws {
        let short = Self.cases(name).filter { $0.bytes.count < 120 }
        try await RawCase.play(Self.everyNth(short, 8), limits: Self.limits(name)) { row, server in
            for cut in 1..<row.bytes.count { try await row.check(server, cuts: [cut]) }
        }
    }

    private static func cases(_ name: String) -> [RawCase] {
        tables.first { $0.name == name }?.cases ?? []
    }

    /// About `count` of the cases, from all parts of the table.
    private static func everyNth(_ cases: [RawCase], _ count: Int) -> [RawCase] {
        stride(from: 0, to: cases.count, by: max(1, cases.count / count)).map { cases[$0] }
    }

    // MARK: Limits

    private static func limits(_ name: String) -> Limits {
        var limits = Limits()
        (limits.headerTime, limits.bodyTime) = (.seconds(60), .seconds(60))
        if name == "limits" { (limits.requestLine, limits.header, limits.fields, limits.body) = (64, 200, 5, 10) }
        return limits
    }

    private static let get = "GET / HTTP/1.1\r\n"
    private static func filled(_ count: Int) -> String { String(repeating: "x", count: count) }

    /// With room for a line of 64 bytes, 200 bytes of fields, 5 fields and 10 bytes of content.
    private static let limited: [RawCase] = [
        .served("GET /\(filled(48)) HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        .refused("GET /\(filled(49)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        .refused("GET /\(filled(200)) HTTP/1.1\r\nHost: a\r\n\r\n", 414), .refused("GET /?\(filled(100))", 414),
        .refused("GET http://a/\(filled(60)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        .served("\(get)Host: a\r\nX: \(filled(184))\r\n\r\n", 200),
        .refused("\(get)Host: a\r\nX: \(filled(185))\r\n\r\n", 431),
        .refused("\(get)Host: a\r\nX: \(filled(500))\r\n\r\n", 431),
        .refused("\(get)Host: a\r\n\(filled(300)): x\r\n\r\n", 431),
        .refused("\(get)\(filled(300))", 431), .served("\(get)Host: a\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n", 200),
        .refused("\(get)Host: a\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n\r\n", 431),
        .served("POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789", 200),
        .refused("POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n0123456789a", 413),
        .served(
            "POST /echo/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n", 200),
        .refused(
            "POST /echo/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n0123456789a\r\n0\r\n\r\n", 413),
        .refused("POST /echo/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n1\r\n", 413),
        .refused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n", 413),
    ]

    @Test func `a head or content that does not come in time gets 408`() async throws {
        let configuration = Samples.configuration { limits in
            (limits.limits.headerTime, limits.limits.bodyTime) = (.milliseconds(200), .milliseconds(200))
        }
        let cases = [
            "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab",
        ]
        try await TestServer.run(configuration, responder: Samples.echo) { server in
            for text in cases {
                var response: RawResponse?
                // On a busy machine the time may be over before the first byte is there; then there is no answer.
                while response == nil {
                    let client = try await server.connect()
                    try? await client.send(text)
                    response = try? await client.response()
                }
                #expect(response?.status == 408 && response?.headers["Connection"] == "close", "\(text)")
                #expect(response?.headers["Cache-Control"] == "no-store")
            }
        }
    }

    @Test func `a client that waits is told to go on, once and only when its content is wanted`() async throws {
        let ask = "POST /echo/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
        try await TestServer.run(Samples.configuration(), responder: Samples.echo) { server in
            let client = try await server.connect()
            for (framing, content) in [
                ("Content-Length: 3", "abc"), ("Transfer-Encoding: chunked", "3\r\nabc\r\n0\r\n\r\n"),
            ] {
                try await client.send("\(ask)\(framing)\r\n\r\n")
                #expect(try await client.response().head == "HTTP/1.1 100 Continue\r\n\r\n")
                try await client.send(content)
                #expect(try await client.response().text == "POST /echo/? abc")
            }
            try await client.send("\(ask)Content-Length: 65537\r\n\r\n")
            #expect(try await client.response().status == 413)
            #expect(try await client.restText() == "")
        }
    }
}
