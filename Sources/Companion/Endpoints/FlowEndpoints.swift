internal import Crypto
internal import HTTP
internal import JSON
internal import Providers

/// Sign-ins: by code, by approval, by redirect, by entered credentials.
extension Companion {
    func beginPin(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let (provider, method) = try call.method(of: [.device, .approval])
        let flow = try await engine.begin(provider, method, call.id)
        var answer = await engine.pollingStart(flow).objectValue ?? [:]
        answer["ok"] = true
        return .json(200, .object(answer))
    }

    func readPin(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let key = try call.key()
        let status = await engine.flowStatus(key)
        guard var answer = status?.objectValue else {
            throw Problem(404, "no_sign_in", "No sign-in is going on.", hint: "Begin one with POST to 'pin/new'.")
        }
        answer["ok"] = true
        return .json(200, .object(answer))
    }

    func cancelPin(_ call: Endpoint.Call) async throws(Problem) -> Response {
        guard await engine.cancel(try call.key()) else {
            throw Problem(409, "no_sign_in", "No sign-in is going on that could be cancelled.")
        }
        return .json(200, ["ok": true, "status": "cancelled"])
    }

    func authorize(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let (provider, method) = try call.method(of: [.redirect, .key])
        if method.kind == .key {
            try await engine.check(provider, method, call.id)
            return .json(200, ["ok": true, "status": "ok"])
        }
        let cookie = try flowCookie(call.request, provider)
        let flow = try await engine.beginRedirect(provider, method, call.id, cookie: cookie)
        let answer: JSON = [
            "ok": true, "authorization_url": .string(flow.authorizationURL), "redirect_uri": .string(flow.redirectURI),
            "expiresIn": .int(await engine.remaining(flow.expiresAt)),
        ]
        return .json(200, answer, headers: ["Set-Cookie": setCookie(cookie, provider)])
    }

    /// The browser came back from the provider. The answer leads to a clean address: neither code nor state stay in
    /// the address bar, the history or a `Referer` (RFC 9700 section 4.2).
    func finishAuthorization(_ call: Endpoint.Call) async throws(Problem) -> Response {
        guard let provider = call.provider else { throw Problem(404, "not_found", "There is no such provider.") }
        // A browser that only looks ahead, or asks whether the page is there, must not spend the code.
        let purpose = ["Sec-Purpose", "Purpose", "X-Moz"].compactMap { call.request.headers[$0]?.lowercased() }
        if call.request.method == "HEAD" || purpose.contains(where: { $0.contains("prefetch") }) {
            return Response(status: 204)
        }
        let parameters = call.request.queryItems.map { Parameter($0.name, $0.value) }
        let cookie = call.request.cookies[cookieName(provider)] ?? ""
        switch await engine.callback(provider, parameters, cookie: cookie) {
        case .taken:
            return Response(
                status: 303, headers: ["Location": parts.cardURL(provider), "Referrer-Policy": "no-referrer"])
        case .refused:
            return Response(
                status: 400, headers: ["Content-Type": "text/html; charset=utf-8", "Referrer-Policy": "no-referrer"],
                body: .bytes(settings.refusedPage))
        }
    }

    // MARK: The flow cookie

    private func cookieName(_ provider: Provider) -> String { "latchkey_flow_\(provider.name)" }

    /// What the browser holds to be known by when it comes back: what it has already, or a new random value.
    private func flowCookie(_ request: Request, _ provider: Provider) throws(Problem) -> String {
        if let held = request.cookies[cookieName(provider)], Self.isFlowCookie(held) { return held }
        do {
            return try Crypto.randomToken(bytes: 32)
        } catch {
            throw Problem(internal: "\(error)")
        }
    }

    /// Whether a value has the form of those that are given out: what a browser sends goes back in a header.
    private static func isFlowCookie(_ value: String) -> Bool {
        value.utf8.count == 43
            && value.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// `SameSite=Lax`: the cookie must come along when the provider sends the browser back.
    private func setCookie(_ value: String, _ provider: Provider) -> String {
        let callback = parts.redirectURI(provider)
        let path = callback.dropFirst(callback.hasPrefix("https://") ? 8 : 7).drop { $0 != "/" }
        // The page asks for the authorization address with the same cookie, so it must reach the API, too.
        let root = path.dropLast("\(provider.name)/oauth-callback/".count)
        let secure = callback.hasPrefix("https://") ? "; Secure" : ""
        return "\(cookieName(provider))=\(value); Path=\(root); Max-Age=\(Int(RedirectFlow.life)); HttpOnly; "
            + "SameSite=Lax\(secure)"
    }
}

extension Endpoint.Call {
    /// The provider of the path.
    func named() throws(Problem) -> Provider {
        guard let provider else { throw Problem(404, "unknown_provider", "The path names no provider.") }
        return provider
    }

    func key() throws(Problem) -> FlowEngine.Key {
        FlowEngine.Key(provider: try named().name, id: id)
    }

    /// The method that the body names, or the provider's first one of these kinds.
    func method(of kinds: Set<SignInMethod.Kind>) throws(Problem) -> (Provider, SignInMethod) {
        let provider = try named()
        let fitting = provider.methods.filter { kinds.contains($0.kind) }
        guard let wanted = try body()?["method"] else {
            guard let first = fitting.first else {
                throw Problem(
                    409, "no_such_method", "\(provider.label) has no sign-in of this kind.",
                    hint: "It has: \(provider.methods.map(\.id).joined(separator: ", ")).")
            }
            return (provider, first)
        }
        guard let id = wanted.stringValue, let method = fitting.first(where: { $0.id == id }) else {
            throw Problem(
                422, "unknown_method", "\(provider.label) has no such sign-in here.",
                hint: "Use one of: \(fitting.map(\.id).joined(separator: ", ")).")
        }
        return (provider, method)
    }
}
