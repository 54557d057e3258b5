import HTTP
import JSON

@testable import Simulator

/// A simulator that listens, with a clock that stands still until a test moves it, and a client for it.
final class World: Sendable {
    let simulator = Simulator(clock: { 1_800_000_000 })
    let base = "http://127.0.0.1:4000"

    struct Answer {
        let status: Int
        let headers: HeaderFields
        let body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        var json: JSON { (try? JSON.parse(body)) ?? .null }
        /// Status and content, as the documentation says them.
        var summary: String { "\(status) \(text)" }
    }

    init() async throws {}

    func send(_ method: String, _ address: String, _ headers: HeaderFields = [:], body: [UInt8] = []) async throws
        -> Answer
    {
        let parts = address.split(separator: "?", maxSplits: 1).map(String.init)
        var headers = headers
        headers["Host"] = "127.0.0.1:4000"
        var path = parts[0]
        if path.hasPrefix("http") { path = String(path.dropFirst(base.count)) }
        let r = await simulator.respond(
            to: Request(method: method, path: path, query: parts.count > 1 ? parts[1] : "", headers: headers, body: body))
        guard case .bytes(let bytes) = r.body else { return Answer(status: 0, headers: [:], body: []) }
        return Answer(status: r.status, headers: r.headers, body: bytes)
    }

    func get(_ address: String, _ headers: HeaderFields = [:]) async throws -> Answer {
        try await send("GET", address, headers)
    }

    func post(_ address: String, json: JSON, _ headers: HeaderFields = [:]) async throws -> Answer {
        var headers = headers
        headers["Content-Type"] = "application/json"
        return try await send("POST", address, headers, body: json.encoded())
    }

    func post(_ address: String, form: [(String, String)], _ headers: HeaderFields = [:]) async throws -> Answer {
        var headers = headers
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return try await send("POST", address, headers, body: Array(Form.encode(form).utf8))
    }
}

/// The example of RFC 7636, appendix B.
enum PKCE {
    static let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    static let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
}
