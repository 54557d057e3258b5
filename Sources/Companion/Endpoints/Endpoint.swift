internal import HTTP
internal import Providers

/// One row of the table of endpoints: every path that Latchkey answers besides the built files.
struct Endpoint: Sendable {
    /// What a handler is given.
    struct Call: Sendable {
        let request: Request
        /// The provider that the path names; nil where the path names none.
        let provider: Provider?
        let id: AccountID
    }

    /// `GET` or `POST`. `HEAD` is answered where `GET` is. Only `POST` changes state.
    let method: String
    /// The path; `{p}` stands for the name of a provider.
    let path: String
    let handle: @Sendable (Companion, Call) async throws -> Response
    /// The path before and after the slot; one part when there is no slot.
    private let parts: [String]

    init(
        _ method: String, _ path: String,
        _ handle: @Sendable @escaping (Companion, Call) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.handle = handle
        parts = Self.parts(of: path)
    }

    private static func parts(of path: String) -> [String] {
        let slot = "{p}"
        guard let start = path.indices.first(where: { path[$0...].hasPrefix(slot) }) else { return [path] }
        return [String(path[..<start]), String(path[start...].dropFirst(slot.count))]
    }

    /// The provider's name when a path fits a pattern with `{p}`, an empty text when it fits one without, else nil.
    func fit(_ path: String) -> Substring? {
        guard parts.count == 2 else { return path == self.path ? "" : nil }
        let (before, after) = (parts[0], parts[1])
        guard path.hasPrefix(before), path.hasSuffix(after), path.utf8.count > before.utf8.count + after.utf8.count
        else {
            return nil
        }
        let name = path.dropFirst(before.count).dropLast(after.count)
        return name.contains("/") ? nil : name
    }
}

extension Endpoint {
    /// All endpoints. What is not here does not exist.
    static let table: [Endpoint] = [
        Endpoint("GET", "/healthz") { _, _ in .json(200, ["ok": true]) },
        Endpoint("GET", "/api/config") { try await $0.readConfig($1) },
        Endpoint("POST", "/api/config") { try await $0.changeConfig($1) },
        Endpoint("GET", "/api/status") { try await $0.readAllStatus($1) },
        Endpoint("GET", "/api/events") { try await $0.openEvents($1) },
        Endpoint("GET", "/api/{p}/status") { try await $0.readStatus($1) },
        Endpoint("POST", "/api/{p}/pin/new") { try await $0.beginPin($1) },
        Endpoint("GET", "/api/{p}/pin/status") { try await $0.readPin($1) },
        Endpoint("POST", "/api/{p}/pin/cancel") { try await $0.cancelPin($1) },
        Endpoint("POST", "/api/{p}/authorize") { try await $0.authorize($1) },
        Endpoint("GET", "/{p}/oauth-callback/") { try await $0.finishAuthorization($1) },
        Endpoint("POST", "/api/{p}/refresh") { try await $0.refresh($1) },
        Endpoint("POST", "/api/{p}/disconnect") { try await $0.disconnect($1) },
        Endpoint("POST", "/api/{p}/token/reveal") { try await $0.reveal($1) },
    ]
}
