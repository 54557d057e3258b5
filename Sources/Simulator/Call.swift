internal import HTTP
internal import JSON

/// One request as a dialect sees it: parameters by name, wherever the provider says that they are.
struct Call: Sendable {
    let request: Request
    /// The URL of the provider's hosts, without the host name: `http://127.0.0.1:4000/trakt`.
    let base: String
    /// What stands in the path where the route has `{}`.
    var captured: [String] = []
    /// Seconds of the Unix epoch, by the clock of the provider.
    let now: Int
    private let queryPairs: [(name: String, value: String)]
    private let formPairs: [(name: String, value: String)]
    private let json: JSON?

    init(request: Request, base: String, now: Int) {
        self.request = request
        self.base = base
        self.now = now
        let type = (request.headers["Content-Type"] ?? "").lowercased()
        queryPairs = request.queryItems
        formPairs =
            type.hasPrefix("application/x-www-form-urlencoded")
            ? FormDecoder.items(String(decoding: request.body, as: UTF8.self)) : []
        json = type.hasPrefix("application/json") ? try? JSON.parse(request.body) : nil
    }

    /// The URL of a page or endpoint on one of the provider's hosts.
    func url(_ host: String, _ path: String) -> String { "\(base)/\(host)\(path)" }

    func query(_ name: String) -> String? { queryPairs.first { $0.name == name }?.value }

    func form(_ name: String) -> String? { formPairs.first { $0.name == name }?.value }

    func json(_ name: String) -> String? { json?[name]?.stringValue }

    /// What is at a dotted path of the body.
    func json(path: String) -> JSON? { json?[path: path] }

    func header(_ name: String) -> String? { request.headers[name] }

    /// Whether the body is an object of JSON and says so.
    var isJSON: Bool { json?.objectValue != nil }

    /// Whether the body is a form and says so.
    var isForm: Bool {
        (header("Content-Type") ?? "").lowercased().hasPrefix("application/x-www-form-urlencoded")
    }

    /// The token of `Authorization: Bearer` (RFC 6750 section 2.1).
    var bearer: String? {
        guard let value = header("Authorization"), value.lowercased().hasPrefix("bearer ") else { return nil }
        return String(value.dropFirst(7))
    }

    /// The first thing captured from the path.
    var firstCaptured: String { captured.first ?? "" }
}
