internal import HTTP
internal import JSON
internal import Providers

/// Signing in to Latchkey itself, and out.
extension Companion {
    /// The page that asks who it is; for an identity provider the way there.
    func openSignIn(_ call: Endpoint.Call) async throws(Problem) -> Response {
        guard let signIn else { return .seeOther("../") }
        let query = call.request.queryItems
        let next = query.first { $0.name == "next" }.flatMap { NextPath($0.value) }
        if call.visitor != nil { return Self.onward("../", next) }
        // After a sign-out people are not sent to the provider at once: it would let them in again.
        let isOut = query.contains { $0.name == "out" }
        guard case .openID = signIn.mode, !isOut, let openID else {
            return try page(call.request, isOut ? "You are signed out." : "", next: next)
        }
        if call.request.isPrefetch { return Response(status: 204) }
        let wait = signIn.starts.take(call.request.limitedClient)
        if wait > 0 { return try tooMany(call.request, wait, next: next) }
        let (url, cookie): (String, FlowCookie)
        do throws(Problem) {
            (url, cookie) = try await openID.begin(next: next.map { "/" + $0.text } ?? "")
        } catch {
            parts.log.warning("sign-in not begun", ["reason": error.message])
            return try page(call.request, "\(error.message) \(error.hint)", status: error.status, next: next)
        }
        var response = Response.seeOther(url)
        response.headers.append("Set-Cookie", openID.field(cookie.name, cookie.value, life: Int(RedirectFlow.life)))
        for name in flowCookies(call.request).surplus(besides: cookie.name) {
            response.headers.append("Set-Cookie", openID.field(name, "", life: 0))
        }
        return response
    }

    /// The form: the password, or the first one from whoever knows the code that was printed at start.
    func signIn(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let (signIn, form) = try passwordForm(call.request)
        let next = NextPath(form["next"] ?? "")
        guard FormToken.fits(form["form_token"] ?? "", call.request, signIn.formCookie, signIn.formKey) else {
            return try page(call.request, "The form is too old. Please try again.", status: 403, next: next)
        }
        let (password, isSetup) = (form["password"] ?? "", signIn.setupCode != nil)
        if isSetup, let problem = Self.problem(of: password) {
            return try page(call.request, problem, status: 422, next: next)
        }
        let attempt =
            isSetup
            ? await signIn.setUp(password, code: form["code"] ?? "", client: call.request.limitedClient)
            : await signIn.check(password, client: call.request.limitedClient)
        if isSetup, attempt == .right { audit(.passwordSet, .owner, call.request) }
        switch attempt {
        case .right: return try await enter(.owner, call.request, signIn, "../", next)
        case .wait(let seconds): return try tooMany(call.request, seconds, next: next)
        case .wrong:
            tellRefused("sign-in refused", reason: isSetup ? "wrong_code" : "wrong_password", nil, from: call.request)
            let sentence =
                isSetup ? "This is not the code. Latchkey prints it when it starts." : "This is not the password."
            return try page(call.request, sentence, status: 401, next: next)
        }
    }

    /// The browser came back from the identity provider.
    func finishSignIn(_ call: Endpoint.Call) async throws(Problem) -> Response {
        guard let signIn, let openID else { throw Problem(404, "not_found", "Nobody signs in here.") }
        if call.request.method == "HEAD" || call.request.isPrefetch { return Response(status: 204) }
        let parameters = call.request.queryItems.map { Parameter($0.name, $0.value) }
        switch await openID.finish(parameters, flowCookies(call.request)) {
        case .entered(let visitor, let next):
            return try await enter(visitor, call.request, signIn, "../../", NextPath(next))
        case .again: return .seeOther("../../")
        case .foreign(let refusal):
            tellRefused("sign-in refused", reason: refusal.rawValue, nil, from: call.request)
            return try page(call.request, "This sign-in was not begun in this browser, or too long ago.", status: 400)
        case .refused(let problem):
            tellRefused("sign-in refused", reason: problem.code, nil, from: call.request)
            return try page(call.request, "\(problem.message) \(problem.hint)", status: 403)
        }
    }

    /// Ends the session of this browser, or with `everywhere` all sessions of the person.
    func signOut(_ call: Endpoint.Call) async throws(Problem) -> Response {
        guard let signIn else { throw Problem(409, "no_sign_in_here", "Nobody signs in here.") }
        let everywhere = try call.body()?["everywhere"]?.boolValue ?? false
        let ended = await signIn.leave(call.request, everywhere: everywhere)
        parts.events.end(sessions: ended)
        if !ended.isEmpty, let visitor = call.visitor {
            parts.log.info(
                "signed out",
                ["owner": visitor.owner, "client": call.request.client, "sessions": "\(ended.count)"])
            audit(.signedOut, visitor, call.request, ["sessions": "\(ended.count)"])
        }
        var response = Response.json(200, ["ok": true, "ended": .int(ended.count)])
        response.headers.append("Set-Cookie", signIn.cookie.field("", life: 0))
        return response
    }

    private static func problem(of password: String) -> String? {
        if password.count < StoredPassword.shortest {
            return "The password needs \(StoredPassword.shortest) characters at least."
        }
        return password.utf8.count > StoredPassword.longest
            ? "The password has more than \(StoredPassword.longest) bytes." : nil
    }

    // MARK: Answers

    /// A new session, whatever the browser held before, and the way to where the person wanted to go.
    private func enter(
        _ visitor: Visitor, _ request: Request, _ signIn: SignIn, _ root: String, _ next: NextPath?
    ) async throws(Problem) -> Response {
        let token = try await signIn.enter(visitor)
        // The owner tells two people apart who have chosen one name.
        var details = ["owner": visitor.owner, "client": request.client]
        if !visitor.name.isEmpty { details["name"] = visitor.name }
        parts.log.info("signed in", details)
        audit(.signedIn, visitor, request)
        var response = Self.onward(root, next)
        response.headers.append("Set-Cookie", signIn.cookie.field(token, life: signIn.sessions.cookieLife))
        return response
    }

    /// SECURITY: a reference that is relative to the root of the site: it cannot leave it.
    private static func onward(_ root: String, _ next: NextPath?) -> Response { .seeOther(root + (next?.text ?? "")) }

    private func tooMany(_ request: Request, _ seconds: Int, next: NextPath? = nil) throws(Problem) -> Response {
        tellRefused("sign-in refused", reason: "too_many", nil, from: request)
        let sentence = "There were too many attempts. Try again in \(seconds) second\(seconds == 1 ? "" : "s")."
        var response = try page(request, sentence, status: 429, next: next)
        response.headers["Retry-After"] = "\(seconds)"
        return response
    }

    /// The page that fits the mode, with a sentence about what went wrong.
    private func page(
        _ request: Request, _ message: String, status: Int = 200, next: NextPath? = nil
    ) throws(Problem) -> Response {
        guard let signIn else { throw Problem(404, "not_found", "Nobody signs in here.") }
        let token = try FormToken(request, signIn.formCookie)
        let values = [
            "message": message, "next": next.map { "/" + $0.text } ?? "", "form_token": token.text(signIn.formKey),
            // The callback is a folder deeper.
            "root": request.path == "/sign-in/" ? "../" : "../../",
        ]
        let pages = settings.signInPages
        let built =
            switch signIn.mode {
            case .openID: pages.elsewhere
            case .password where signIn.setupCode != nil: pages.setup
            case .password: pages.password
            }
        var response = Response(
            status: status,
            headers: [
                "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store",
                // With no-referrer browsers would send `Origin: null` with the form. A callback's page has none.
                "Referrer-Policy": signIn.mode == .password ? "same-origin" : "no-referrer",
            ], body: .bytes(SignInPages.fill(built, values)))
        if token.isNew {
            response.headers.append("Set-Cookie", signIn.formCookie.field(token.value, life: 86_400))
        }
        return response
    }

    private func passwordForm(_ request: Request) throws(Problem) -> (SignIn, [String: String]) {
        guard let signIn, signIn.mode == .password else {
            throw Problem(409, "no_sign_in_here", "Nobody signs in with a password here.")
        }
        let type = request.headers["Content-Type"]?.lowercased() ?? ""
        guard type.hasPrefix("application/x-www-form-urlencoded") else {
            throw Problem(415, "not_a_form", "The sign-in is a form.", hint: "Send application/x-www-form-urlencoded.")
        }
        let items = FormDecoder.items(String(decoding: request.body, as: UTF8.self))
        return (signIn, Dictionary(items.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }))
    }
}

extension Request {
    /// What counts as one client: an address, or of IPv6 a /64 network, within which a client has any number of them.
    var limitedClient: String {
        guard let address = ClientAddress(client), !address.isIPv4 else { return client }
        return "network \(address.network)"
    }

    /// Whether a browser only looks ahead: nothing may be spent for it.
    var isPrefetch: Bool {
        ["Sec-Purpose", "Purpose", "X-Moz"].contains { headers[$0]?.lowercased().contains("prefetch") == true }
    }
}
