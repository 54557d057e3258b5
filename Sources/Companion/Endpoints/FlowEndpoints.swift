internal import HTTP
internal import JSON
internal import Providers

/// Sign-ins: by code, by approval, by redirect, by entered credentials.
extension Companion {
    func beginPin(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let (provider, method) = try call.method(of: [.device, .approval])
        let cookies = flowCookies(call.request)
        let (flow, cookie) = try await engine.begin(provider, method, call.id, cookies)
        var answer = await engine.pollingStart(flow).objectValue ?? [:]
        answer["ok"] = true
        var response = Response.json(200, .object(answer))
        if let cookie {
            set(cookie, for: await engine.remaining(flow.expiresAt), cookies, in: &response)
        }
        return response
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
            try await engine.check(provider, method, call.id, try entered(call, provider))
            return .json(200, ["ok": true, "status": "ok"])
        }
        let cookies = flowCookies(call.request)
        let (flow, cookie) = try await engine.beginRedirect(provider, method, call.id, cookies)
        let answer: JSON = [
            "ok": true, "authorization_url": .string(flow.authorizationURL), "redirect_uri": .string(flow.redirectURI),
            "expiresIn": .int(await engine.remaining(flow.expiresAt)),
        ]
        var response = Response.json(200, answer)
        set(cookie, for: Int(RedirectFlow.life), cookies, in: &response)
        return response
    }

    /// What the request brings for a sign-in by entered values.
    ///
    /// SECURITY: the values are not stored, not logged and not told to anybody but the provider, but for those of fields
    /// that are kept, which are stored with the token once they were found to be good.
    private func entered(_ call: Endpoint.Call, _ provider: Provider) throws(Problem) -> FlowEngine.Entered {
        let body = try call.body()
        var entered = try FlowEngine.Entered(body?["values"]?.objectValue ?? [:], provider)
        entered.mayBeUnchecked = body?["unchecked"]?.boolValue ?? false
        return entered
    }

    /// The browser came back from the provider. The answer leads to a clean address: neither code nor state stay in
    /// the address bar, the history or a `Referer` (RFC 9700 section 4.2).
    func finishAuthorization(_ call: Endpoint.Call) async throws(Problem) -> Response {
        guard let provider = call.provider else { throw Problem(404, "not_found", "There is no such provider.") }
        // A browser that only looks ahead, or asks whether the page is there, must not spend the code.
        if call.request.method == "HEAD" || call.request.isPrefetch {
            return Response(status: 204)
        }
        let parameters = call.request.queryItems.map { Parameter($0.name, $0.value) }
        switch await engine.callback(provider, parameters, flowCookies(call.request)) {
        case .taken(let account):
            var response = Response.seeOther(parts.cardURL(provider, account: account))
            response.headers["Referrer-Policy"] = "no-referrer"
            return response
        case .refused(let refusal):
            tellRefused("callback refused", reason: refusal.rawValue, provider, from: call.request)
            return Response(
                status: 400, headers: ["Content-Type": "text/html; charset=utf-8", "Referrer-Policy": "no-referrer"],
                body: .bytes(settings.refusedPage))
        }
    }

    // MARK: The flow cookie

    /// The cookies of sign-ins that a browser holds.
    func flowCookies(_ request: Request) -> FlowCookies {
        FlowCookies(request, hostPrefix: CookieScope(publicURL: parts.publicURL).prefix)
    }

    /// Gives the browser a cookie, for so many seconds, and takes the oldest from one that holds many.
    func set(
        _ cookie: FlowCookie, for seconds: Int, _ cookies: FlowCookies, in response: inout Response
    ) {
        // The page begins sign-ins with the same cookies, so they are for the API, too.
        let scope = CookieScope(publicURL: parts.publicURL)
        response.headers.append("Set-Cookie", scope.field(cookie.name, cookie.value, life: seconds))
        for name in cookies.surplus(besides: cookie.name) {
            response.headers.append("Set-Cookie", scope.field(name, "", life: 0))
        }
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

extension FlowEngine.Entered {
    /// What somebody has entered, by the key of its field.
    ///
    /// - Throws: 422 with all that is wrong with it.
    init(_ given: JSONObject, _ provider: Provider) throws(Problem) {
        var problems: [Problem.FieldProblem] = []
        for (key, value) in given.members {
            let path = "\(provider.name).\(key)"
            guard let field = provider.fields.first(where: { $0.key == key }), let text = value.stringValue else {
                problems.append(.init(key: path, message: "'\(key.prefix(60))' is not a field with a text."))
                continue
            }
            if let message = field.problem(with: text) { problems.append(.init(key: path, message: message)) }
            if !text.isEmpty { values[key] = field.isKept ? provider.normalized(text, key) : text }
        }
        guard problems.isEmpty else {
            var problem = Problem(422, "invalid_values", problems[0].message, hint: "Nothing was sent.")
            problem.fields = problems
            throw problem
        }
    }
}
