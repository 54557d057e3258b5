internal import Crypto
internal import HTTP

/// How one provider speaks: its routes, and the words for what the shared authorization server finds out.
struct Dialect: Sendable {
    let style: AuthorizationServer.Style
    let routes: [Route]
    /// What the provider answers on a path that it does not have.
    let notFound: @Sendable (Call) -> Response

    /// The route for a request, with what its path captures.
    func route(host: String, method: String, path: [Substring], slash: Bool) -> (route: Route, captured: [String])? {
        for route in routes where route.host == host && route.method == method {
            guard route.isPage || route.endsInSlash == slash else { continue }
            if let captured = route.match(path) { return (route, captured) }
        }
        return nil
    }
}

/// One endpoint or page of a provider.
struct Route: Sendable {
    typealias Handler = @Sendable (Call, inout ProviderState) throws(Crypto.Failure) -> Response

    let host: String
    let method: String
    /// The path; `{}` stands for one segment.
    let path: String
    /// Whether it is a page for people, which no fault touches.
    let isPage: Bool
    let handler: Handler

    static func endpoint(_ host: String, _ method: String, _ path: String, _ handler: @escaping Handler) -> Route {
        Route(host: host, method: method, path: path, isPage: false, handler: handler)
    }

    /// A page that is read by GET and answered by POST to the same address.
    static func page(_ host: String, _ path: String, _ handler: @escaping Handler) -> [Route] {
        ["GET", "POST"].map { Route(host: host, method: $0, path: path, isPage: true, handler: handler) }
    }

    /// Whether the path has a slash at its end, which then must be there.
    var endsInSlash: Bool { path.utf8.count > 1 && path.hasSuffix("/") }

    /// The name under which requests are counted: `POST /oauth/token`.
    var name: String { "\(method) \(path)" }

    /// What the path captures; `nil` when it is not this path.
    func match(_ segments: [Substring]) -> [String]? {
        let pattern = path.split(separator: "/")
        guard pattern.count == segments.count else { return nil }
        var captured: [String] = []
        for (wanted, segment) in zip(pattern, segments) {
            if wanted == "{}" { captured.append(String(segment)) } else if wanted != segment { return nil }
        }
        return captured
    }
}
