internal import Crypto
internal import HTTP

/// The page of an authorization endpoint: the person approves or denies, and the browser goes back to the client
/// with a code or an error (RFC 6749 section 4.1.2).
enum ConsentPage {
    static func respond(
        _ call: Call, _ state: inout ProviderState, requiresPKCE: Bool,
        proof: AuthorizationRequest.ProofKey = .s256, scope: String
    ) throws(Crypto.Failure) -> Response {
        let read = AuthorizationRequest.read(
            call, behaviour: state.behaviour, requiresPKCE: requiresPKCE, proof: proof, scope: scope)
        let request: AuthorizationRequest
        switch read {
        case .success(let valid): request = valid
        case .failure(.page(let text)):
            return Page.message(400, "This request is not valid", text, provider: state.provider)
        case .failure(.redirect(let error, let description)):
            return back(call, state, [("error", error), ("error_description", description)])
        }
        guard call.request.method == "POST" else { return ask(request, state) }
        guard call.form("decision") == "approve" else { return back(call, state, [("error", "access_denied")]) }
        let code = try state.server.authorize(
            request, account: Page.account(call, state), now: call.now, lifetime: state.behaviour.codeExpiresIn)
        return back(call, state, [("code", code.code)])
    }

    private static func ask(_ request: AuthorizationRequest, _ state: ProviderState) -> Response {
        let fields: HTML = """
            <p>The application <code>\(request.clientID)</code> wants to use your account. Afterwards this page goes to
            <code>\(request.redirectURI)</code>.</p>
            """
        let form = Page.form(fields, account: state.behaviour.account)
        return .page(200, Page.whole("Connect an application", provider: state.provider, form))
    }

    /// Sends the browser to the redirect URI with the state as it came, and the issuer where the provider has one.
    private static func back(_ call: Call, _ state: ProviderState, _ answer: [(String, String)]) -> Response {
        var pairs = answer
        if let value = call.query("state") { pairs.append(("state", value)) }
        if let issuer = state.behaviour.issuer { pairs.append(("iss", issuer)) }
        return go(to: call.query("redirect_uri") ?? "", adding: pairs, provider: state.provider)
    }

    /// SECURITY: only web addresses get a `Location`, and nothing that could end the header field.
    static func go(to url: String, adding pairs: [(String, String)], provider: SimulatedProvider) -> Response {
        let isWeb = url.hasPrefix("https://") || url.hasPrefix("http://")
        guard isWeb, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            let text = "\(provider.label) cannot send a browser to \(url), and it has no page that shows the code."
            return Page.message(404, "There is no such page", text, provider: provider)
        }
        return .redirect(to: pairs.isEmpty ? url : Form.adding(pairs, to: url))
    }
}
