internal import JSON
public import Providers

/// Signing in from a terminal.
extension Accounts {
    /// What the person has to do now.
    public enum Invitation: Sendable, Equatable {
        /// Approve at an address, with a code where the provider gives one.
        case approval(Approval)
        /// Sign in at an address, and bring back the one to which the browser is sent then.
        case redirect(Redirect)
        /// Nothing: the values that were entered are good, and the account is linked.
        case none
    }

    /// A sign-in that is approved elsewhere.
    public struct Approval: Sendable, Equatable {
        /// What is typed there; empty when nothing is.
        public let code: String
        /// The page.
        public let url: String
        /// The page with the code in it already, where the provider has such.
        public let complete: String?
        /// For how many seconds it can be approved.
        public let seconds: Int
    }

    /// A sign-in whose browser comes back.
    public struct Redirect: Sendable, Equatable {
        /// The page.
        public let url: String
        /// What the address begins with to which the browser is sent.
        public let redirectURI: String
        let cookie: FlowCookie
    }

    /// How a sign-in stands.
    public enum Progress: Sendable, Equatable {
        /// It goes on.
        case waiting
        /// The provider gave tokens that the disk does not take. It is tried again.
        case unsaved(Problem)
        case linked
        case failed(Problem)
    }

    /// Begins a sign-in. What it needs has been entered.
    ///
    /// - Parameters:
    ///   - entered: what a person has entered for it, by the key of its field: values that are used once and not stored, and
    ///     those that are stored when they are found to be good.
    ///   - mayBeUnchecked: whether they are stored, too, when the service does not answer.
    public func begin(
        _ method: SignInMethod, _ id: ID, entered: [String: String] = [:], mayBeUnchecked: Bool = false
    ) async throws(Problem) -> Invitation {
        let provider = try provider(id)
        switch method.kind {
        case .device, .approval:
            let (flow, _) = try await engine.begin(provider, method, id.place, FlowCookies())
            return .approval(
                Approval(
                    code: flow.userCode, url: flow.verificationURL, complete: flow.verificationURLComplete,
                    seconds: await engine.remaining(flow.expiresAt)))
        case .redirect:
            let (flow, cookie) = try await engine.beginRedirect(provider, method, id.place, FlowCookies())
            return .redirect(
                Redirect(url: flow.authorizationURL, redirectURI: flow.redirectURI, cookie: cookie))
        case .key:
            var values = try FlowEngine.Entered(JSONObject(entered.map { ($0.key, .string($0.value)) }), provider)
            values.mayBeUnchecked = mayBeUnchecked
            try await engine.check(provider, method, id.place, values)
            return .none
        }
    }

    /// The browser was sent to this address, or to one with this query.
    ///
    /// SECURITY: it is believed as a callback is: with the state of this sign-in, and the issuer where there is one.
    ///
    /// - Throws: 422 when it is the address of no such sign-in, after which another one may be brought.
    public func comeBack(to address: String, _ redirect: Redirect, _ id: ID) async throws(Problem) {
        let text = address.filter { !$0.isWhitespace }
        // The query alone will do.
        let parameters = [Parameter](queryOf: text.contains("?") ? text : "?" + text)
        let cookies = FlowCookies(holding: redirect.cookie)
        // The page at which it was begun has the state in its address, too.
        let isOurs = text.hasPrefix(redirect.redirectURI) || !text.contains("://")
        guard isOurs, case .taken = await engine.callback(try provider(id), parameters, cookies) else {
            throw Problem(
                422, "invalid_state", "This is not the address to which the browser was sent for this sign-in.",
                hint: "It begins with \(redirect.redirectURI)?")
        }
    }

    /// How the sign-in stands that was begun here.
    public func progress(_ id: ID) async -> Progress { await engine.progress(id.key) }

    /// Waits until the sign-in has ended.
    ///
    /// - Parameter told: hears of tokens that cannot be saved, once for each reason.
    public func wait(_ id: ID, telling told: (Problem) -> Void) async throws(Problem) {
        var last: Problem?
        while true {
            switch await progress(id) {
            case .linked: return
            case .failed(let problem): throw problem
            case .unsaved(let problem):
                if problem != last { told(problem) }
                last = problem
            case .waiting: break
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Ends the sign-in, as the person has given up.
    public func cancel(_ id: ID) async { _ = await engine.cancel(id.key) }

    /// Whose account it is, once the provider has said that; it is asked when that is not known.
    public func name(_ id: ID) async -> String? {
        guard let auth = await stored(id), let provider = catalogue[id.provider],
            let method = provider.method(auth["method"]?.stringValue), provider.canIdentify(method)
        else { return nil }
        if auth["account_name"] == nil { await engine.probe(id.key) }
        return await stored(id)?["account_name"]?.stringValue
    }

    private func stored(_ id: ID) async -> JSON? {
        try? await parts.snapshot(id.place).document["auth"]?[id.provider]
    }
}

extension FlowEngine {
    /// How a sign-in stands that this process has begun.
    func progress(_ key: Key) async -> Accounts.Progress {
        if starts[key] != nil || live[key] != nil || redirects.pending(key) != nil { return .waiting }
        if let entry = unsaved[key] { return entry.problem.map { .unsaved($0) } ?? .waiting }
        if let outcome = outcomes[key] {
            return .failed(
                Problem(FlowProblem(code: outcome.status, message: outcome.message, hint: outcome.hint)))
        }
        do throws(Problem) {
            guard try await linked(key) == nil else { return .linked }
            return .failed(Problem(409, "not_linked", "The sign-in was ended elsewhere."))
        } catch {
            return .failed(error)
        }
    }
}
