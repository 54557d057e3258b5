internal import Crypto
public import HTTP

extension Simulator {
    /// What is decided about a request when it comes in.
    private struct Admission: Sendable {
        let pause: Fault?
        let answer: Fault?
    }

    /// Answers a request to any provider, to the index page or to the controls.
    public func respond(to request: Request) async -> Response {
        let path = request.path.split(separator: "/")
        guard let first = path.first else { return IndexPage.respond(request, self) }
        switch (request.method, request.path) {
        case ("GET", Stylesheet.path): return Stylesheet.response
        case ("POST", "/decide"):
            return SameSite.allows(request) ? IndexPage.decide(request, self) : Self.foreign(provider: nil)
        default: break
        }
        if first == "control" { return await Control.respond(request, Array(path.dropFirst()), self) }
        // RFC 8414 section 3.1: the well-known path stands before that of the issuer.
        if first == ".well-known", path.count == 4, let provider = SimulatedProvider(rawValue: String(path[2])) {
            return await respond(to: request, provider, host: String(path[3]), path: Array(path[..<2]))
        }
        guard let provider = SimulatedProvider(rawValue: String(first)), path.count > 1 else {
            return Page.message(404, "There is no such page", "Begin at the list of what waits: /", provider: nil)
        }
        return await respond(to: request, provider, host: String(path[1]), path: Array(path.dropFirst(2)))
    }

    private func respond(to request: Request, _ provider: SimulatedProvider, host: String, path: [Substring]) async
        -> Response
    {
        let dialect = provider.dialect
        let base = Self.base(of: request) + "/\(provider.rawValue)"
        // HEAD is GET without content; the server leaves the content out.
        let method = request.method == "HEAD" ? "GET" : request.method
        let found =
            dialect.route(host: host, method: method, path: path, slash: request.path.hasSuffix("/"))
            ?? Picture.route(host: host, method: method).map { ($0, []) }
        guard let (route, captured) = found else {
            let endpoint = "\(request.method) /\(path.joined(separator: "/"))"
            update(provider) { $0.countUnknown(endpoint, host: host) }
            return dialect.notFound(Call(request: request, base: base, now: 0))
        }
        if route.isPage, method != "GET", !SameSite.allows(request) { return Self.foreign(provider: provider) }
        // Before it is counted: whoever has seen it counted may let it go at once.
        let released = releases(provider)
        let admission = admit(route, provider)
        await pause(admission.pause, provider, since: released)
        var call = Call(request: request, base: base, now: now(provider))
        if let fault = admission.answer, let answer = fault.answer(call) { return answer }
        call.captured = captured
        let response = answer(call, route, provider)
        return admission.answer?.kind == .lostAnswer ? .lost : response
    }

    private static func foreign(provider: SimulatedProvider?) -> Response {
        Page.message(403, "Refused", SameSite.refusal, provider: provider)
    }

    private func admit(_ route: Route, _ provider: SimulatedProvider) -> Admission {
        update(provider) { state in
            state.counts[route.name, default: 0] += 1
            if route.isPage { return Admission(pause: nil, answer: nil) }
            return Admission(
                pause: state.faults.take(for: route.name, where: \.isPause),
                answer: state.faults.take(for: route.name, where: \.isAnswer))
        }
    }

    private func pause(_ fault: Fault?, _ provider: SimulatedProvider, since released: Int) async {
        switch fault?.kind {
        case .delay(let milliseconds): try? await Task.sleep(for: .milliseconds(min(max(0, milliseconds), 600_000)))
        case .hold: await wait { $0.releases[provider, default: 0] > released }
        default: break
        }
    }

    private func answer(_ call: Call, _ route: Route, _ provider: SimulatedProvider) -> Response {
        update(provider) { state in
            state.endpoint = route.name
            state.retryAfter = nil
            do throws(Crypto.Failure) {
                var response = try route.handler(call, &state)
                if let seconds = state.retryAfter { response.headers["Retry-After"] = String(seconds) }
                return response
            } catch {
                return Page.message(500, "The simulator is broken", error.description, provider: provider)
            }
        }
    }

    /// The address by which the client reached the simulator.
    static func base(of request: Request) -> String {
        let host = request.headers["Host"] ?? ""
        let isPlain =
            host.utf8.allSatisfy { $0 < 0x80 } && host.allSatisfy { $0.isLetter || $0.isNumber || ".:-[]".contains($0) }
        return "http://" + (host.isEmpty || !isPlain ? "127.0.0.1" : host)
    }
}

extension ProviderState {
    /// Counts a request to something that the provider does not have.
    mutating func countUnknown(_ endpoint: String, host: String) {
        // The names come from outside: only so many are kept.
        if counts[endpoint] != nil || counts.count < 1000 { counts[endpoint, default: 0] += 1 }
        self.endpoint = String(endpoint.prefix(200))
        complain("is not an endpoint of \(host)")
    }
}

extension Fault {
    /// The answer of a fault that needs no processing of the request.
    fileprivate func answer(_ call: Call) -> Response? {
        switch kind {
        case .status(let status):
            var response = Response(
                status: min(max(200, status), 599), headers: ["Content-Type": "text/html; charset=utf-8"],
                body: .bytes(Array("<!doctype html><title>Simulated failure</title><p>Simulated failure\n".utf8)))
            if let retryAfter { response.headers["Retry-After"] = String(retryAfter) }
            return response
        case .emptyBody: return .empty(200)
        case .notJSON:
            return Response(
                status: 200, headers: ["Content-Type": "text/html; charset=utf-8"],
                body: .bytes(Array("<!doctype html><title>Simulated</title><p>Not what you asked for\n".utf8)))
        case .answer(let status, let headers, let body):
            return Response(status: min(max(200, status), 599), headers: headers, body: .bytes(body))
        case .echo(let name, let status):
            let value = call.form(name) ?? call.json(name) ?? call.query(name) ?? call.header(name) ?? ""
            return .json(min(max(200, status), 599), ["error": .string("unknown \(value)")])
        default: return nil
        }
    }
}
