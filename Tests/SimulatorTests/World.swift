import HTTP
import JSON

@testable import Simulator

/// A simulator that listens, with a clock that stands still until a test moves it, and a client for it.
final class World: Sendable {
    let server: SimulatorServer
    private let client = Client(userAgent: "latchkey-tests/1.0")

    var simulator: Simulator { server.simulator }
    var base: String { server.url }

    struct Answer {
        let status: Int
        let headers: HeaderFields
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var json: JSON { (try? JSON.parse(body)) ?? .null }
        /// Status and content, as the documentation says them.
        var summary: String { "\(status) \(text)" }
    }

    init() throws { server = try SimulatorServer(simulator: Simulator(clock: { 1_800_000_000 })) }

    func send(_ method: String, _ path: String, _ headers: HeaderFields = [:], body: [UInt8] = []) async throws
        -> Answer
    {
        let response = try await client.send(
            ClientRequest(
                method: method, url: base + path, headers: headers, body: body, timeout: .seconds(60)))
        return Answer(status: response.status, headers: response.headers, body: response.body)
    }

    func get(_ path: String, _ headers: HeaderFields = [:]) async throws -> Answer {
        try await send("GET", path, headers)
    }

    func post(_ path: String, json: JSON, _ headers: HeaderFields = [:]) async throws -> Answer {
        var headers = headers
        headers["Content-Type"] = "application/json"
        return try await send("POST", path, headers, body: json.encoded())
    }

    func post(_ path: String, form: [(String, String)], _ headers: HeaderFields = [:]) async throws -> Answer {
        var headers = headers
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return try await send("POST", path, headers, body: Array(Form.encode(form).utf8))
    }
}

/// The example of RFC 7636, appendix B.
enum PKCE {
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
}
