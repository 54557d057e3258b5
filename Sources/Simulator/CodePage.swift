internal import HTTP

/// The page where a person types a code: Trakt's /activate, Plex's /link, SIMKL's /pin (RFC 8628 section 3.3).
enum CodePage {
    /// Shows the form, or takes the answer of it.
    @Sendable static func respond(_ call: Call, _ state: inout ProviderState) -> Response {
        let typed = call.form("user_code") ?? call.captured.first ?? prefill(call)
        guard call.request.method == "POST" else {
            return form(code: typed ?? onlyPending(state, call.now), problem: nil, state: state)
        }
        guard let grant = state.server.grant(userCode: typed ?? "", at: call.now) else {
            return form(code: typed ?? "", problem: "No sign-in has this code.", state: state)
        }
        return decide(grant, call, &state)
    }

    /// Writes down a decision and says so.
    static func decide(_ grant: DeviceGrant, _ call: Call, _ state: inout ProviderState) -> Response {
        let approves = call.form("decision") == "approve"
        let account = Page.account(call, state)
        guard state.server.decide(grant.id, approves ? .approved(account: account) : .denied, now: call.now) else {
            let problem = call.now >= grant.expiresAt ? "This code has expired." : "This code was used already."
            return form(code: grant.userCode, problem: problem, state: state)
        }
        return done(approves: approves, grant.clientName, state.provider)
    }

    /// The page after a decision when there is no address to go back to.
    static func done(approves: Bool, _ client: String, _ provider: SimulatedProvider) -> Response {
        approves
            ? Page.message(
                200, "Approved", "\(client) may use the account. You can close this page.", provider: provider)
            : Page.message(
                200, "Denied", "\(client) may not use the account. You can close this page.", provider: provider)
    }

    private static func prefill(_ call: Call) -> String? {
        for name in ["user_code", "code", "pin"] { if let code = call.query(name) { return code } }
        return nil
    }

    private static func onlyPending(_ state: ProviderState, _ now: Int) -> String {
        let pending = state.server.pending(at: now)
        return pending.count == 1 ? pending.first?.userCode ?? "" : ""
    }

    private static func form(code: String, problem: String?, state: ProviderState) -> Response {
        let warning: HTML = problem.map { "<p class=\"problem\" id=\"message\" role=\"alert\">\($0)</p>" } ?? ""
        let fields: HTML = """
            \(warning)
            <p>An application wants to use your account. Type the code that it shows.</p>
            <label for="user_code">Code</label>
            <input id="user_code" name="user_code" value="\(code)" required autocomplete="off" autocapitalize="characters">
            """
        let page = Page.whole(
            "Connect an application", provider: state.provider, Page.form(fields, account: state.behaviour.account))
        return .page(problem == nil ? 200 : 400, page)
    }
}
