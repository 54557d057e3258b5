import HTTP
import TestSupport
import Testing

/// Bytes that a client sends, and what a server has to make of them.
struct RawCase: Sendable, CustomTestStringConvertible {
    /// What becomes of the connection after the responses.
    enum Ending: Sendable {
        /// It goes on: the next request is answered.
        case goesOn
        /// It is closed as the client wished or its version has it.
        case closes
        /// It is closed because nobody can know where the next request begins.
        case isRefused
    }

    let bytes: [UInt8]
    let statuses: [Int]
    let ending: Ending
    var testDescription: String { String(reflecting: String(decoding: bytes.prefix(120), as: UTF8.self)) }

    /// Each request in the bytes is answered, and so is the next one.
    static func served(_ text: String, _ statuses: Int...) -> RawCase {
        RawCase(bytes: Array(text.utf8), statuses: statuses, ending: .goesOn)
    }

    /// Each request in the bytes is answered, and nothing after them.
    static func last(_ text: String, _ statuses: Int...) -> RawCase {
        RawCase(bytes: Array(text.utf8), statuses: statuses, ending: .closes)
    }

    /// There is one answer, and the connection is closed.
    static func refused(_ text: String, _ status: Int = 400) -> RawCase {
        refused(Array(text.utf8), status)
    }

    static func refused(_ bytes: [UInt8], _ status: Int = 400) -> RawCase {
        RawCase(bytes: bytes, statuses: [status], ending: .isRefused)
    }
}

// MARK: - Playing a case

extension RawCase {
    /// What follows every case: a request that an attacker wants to hide, or that an honest client sends next.
    private static let probe = Array("GET /echo/probe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".utf8)

    static let site = StaticSite(files: [Samples.page, Samples.style], securityHeaders: Samples.security)

    /// Knows the paths below `/echo/`.
    static let responder: @Sendable (Request) async -> Response = { request in
        request.path.hasPrefix("/echo/") ? await Samples.echo(request) : .text(404, "Nothing.\n")
    }

    static func play(_ cases: [RawCase], limits: Limits = .init(), body: (RawCase, TestServer) async throws -> Void)
        async throws
    {
        let configuration = Samples.configuration { $0.limits = limits }
        try await TestServer.run(configuration, site: site, responder: responder) { server in
            for row in cases { try await body(row, server) }
        }
    }

    /// Sends the bytes in these pieces and compares everything that comes back.
    func check(_ server: TestServer, cuts: [Int] = []) async throws {
        let client = try await server.connect()
        let all = bytes + Self.probe
        do {
            for (start, end) in zip([0] + cuts, cuts + [all.count]) { try await client.send(Array(all[start..<end])) }
        } catch {
            // It may have been refused before the last piece.
        }
        client.shutdownWrites()
        let heads = methods
        for (index, status) in statuses.enumerated() {
            var response = try await client.response(isHead: heads[index])
            // A client whose content had not arrived yet is told to go on.
            if response.status == 100 { response = try await client.response() }
            #expect(response.status == status, "\(testDescription) cut at \(cuts.first ?? 0)")
            #expect(response.headers["Date"] != nil && response.headers["X-Content-Type-Options"] == "nosniff")
            if ending == .isRefused { checkRefusal(response) }
        }
        let rest = try await client.restText()
        if ending == .goesOn {
            #expect(
                rest.hasPrefix("HTTP/1.1 200 ") && rest.hasSuffix("\r\n\r\nGET /echo/probe? "), "\(testDescription)")
        } else {
            #expect(rest.isEmpty, "\(testDescription): \(rest)")
        }
    }

    private func checkRefusal(_ response: RawResponse) {
        #expect(response.headers["Connection"] == "close", "\(testDescription)")
        #expect(response.headers["Cache-Control"] == "no-store", "\(testDescription)")
    }

    /// Whether each response has no content although its header section announces some.
    private var methods: [Bool] {
        let text = String(decoding: bytes, as: UTF8.self)
        return statuses.indices.map { _ in text.hasPrefix("HEAD ") || text.contains("\r\n\r\nHEAD ") }
    }
}
