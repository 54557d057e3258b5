import HTTP
import JSON

/// What the settings page asks of the server that is measured.
struct Page: Sendable {
    private let address: String
    private let client = Client(userAgent: "bench")

    init(port: Int) { address = "http://127.0.0.1:\(port)" }

    /// The content of an answer.
    ///
    /// - Throws: `Problem` when its status is not 200.
    @discardableResult
    func read(_ method: String, _ path: String, _ body: String = "") async throws -> [UInt8] {
        let response = try await client.send(
            ClientRequest(
                method: method, url: address + path,
                headers: ["Origin": address, "Content-Type": "application/json"], body: Array(body.utf8),
                timeout: .seconds(120)))
        guard response.status == 200 else {
            throw Problem("\(method) \(path): \(response.status) \(String(decoding: response.body, as: UTF8.self))")
        }
        return response.body
    }

    /// The same as JSON; null when it is none.
    @discardableResult
    func send(_ method: String, _ path: String, _ body: String = "") async throws -> JSON {
        (try? JSON.parse(try await read(method, path, body))) ?? .null
    }
}
