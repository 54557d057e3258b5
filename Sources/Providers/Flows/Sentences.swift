/// What people are told. All sentences of the flows are here, so that they sound alike; rules of a description may
/// replace them. SECURITY: nothing of an answer gets in but what `quoted` makes of it.
struct Sentences {
    /// What is known at this moment. Answers may repeat what is secret of it.
    private let scope: Scope

    var provider: Provider { scope.context.provider }
    var kind: SignInMethod.Kind { scope.context.method.kind }

    init(_ scope: Scope) { self.scope = scope }

    /// For where nothing was sent, or what was sent has no token and nothing of a sign-in.
    init(_ context: FlowContext) { self.init(Scope(context: context)) }

    private var label: String { provider.label }

    /// A state that ends a sign-in, as the rule puts it or else in our words.
    func problem(_ status: FlowStatus, rule: Rule? = nil, error: String? = nil) -> FlowProblem {
        let own = standard(status, error: error)
        return FlowProblem(status, rule?.message ?? own.message, hint: rule?.hint ?? own.hint)
    }

    private func standard(_ status: FlowStatus, error: String?) -> (message: String, hint: String) {
        let again = kind == .device ? "Get a new code and try again." : "Start again."
        switch status {
        case .authorizationPending, .slowDown: return (waiting, "")
        case .ok: return ("\(label) is linked.", "")
        case .accessDenied: return ("The request was declined at \(label).", again)
        case .expiredToken:
            let what = kind == .device ? "The code" : "The sign-in"
            return ("\(what) was not approved at \(label) in time.", again)
        case .alreadyUsed: return ("\(label) says that this code was used before.", again)
        case .invalidCode: return ("\(label) does not know this code.", again)
        case .appRejected:
            let word = error.map { " (\(quoted($0, limit: 60)))" } ?? ""
            let where_ = provider.console.map { " with those at \($0)" } ?? ""
            return ("\(label) does not accept this app\(word).", "Compare the values entered here\(where_).")
        case .unreachable: return ("\(label) could not be reached.", "Try again in a moment.")
        case .tlsUntrusted:
            return (
                "The certificate of this \(label) is not trusted.",
                "Choose a CA file in its settings, or, in a network that you trust, not to check the certificate."
            )
        case .wrongProduct:
            let problem = wrongProduct(nil, redirected: false)
            return (problem.message, problem.hint)
        case .tooOld: return ("This \(label) is too old.", "Update it.")
        case .featureDisabled: return ("This way to sign in is switched off there.", "Choose another one.")
        case .unauthorized: return ("\(label) does not accept what was entered.", "Compare it, and enter it again.")
        case .cancelled: return ("The sign-in was cancelled.", again)
        }
    }

    private var waiting: String {
        switch kind {
        case .device: "Enter the code at \(label) and approve."
        case .approval, .redirect: "Approve at \(label)."
        case .key: "Checking with \(label)."
        }
    }

    /// What the rule of an answer means where nothing is asked twice; `nil` when there is none, or it says `ok`.
    func ending(_ reading: Reading) -> FlowProblem? {
        guard let rule = reading.rule, rule.then != .ok else { return nil }
        return with(reason: reading, ending(reading, rule))
    }

    /// The provider's own reason, where the description says where it is.
    private func with(reason reading: Reading, _ problem: FlowProblem) -> FlowProblem {
        guard let reason = reading.values["reason"], !reason.isEmpty else { return problem }
        var problem = problem
        problem.message += " It says: '\(quoted(reason))'."
        return problem
    }

    /// What an answer says, in a sentence: cut, without control characters.
    ///
    /// SECURITY: some say which key, password, code or token they do not accept. It is taken out before the text is cut, so
    /// that no part of it stays.
    func quoted(_ text: String, limit: Int = 200) -> String {
        Encoding.excerpt(scope.hiddenTexts.hide(in: text) { _ in Explanation.mask }, limit: limit)
    }

    private func ending(_ reading: Reading, _ rule: Rule) -> FlowProblem {
        switch rule.then {
        case .slowDown:
            let wait = reading.retryAfter.map { "for \(Int(min($0, 86_400).rounded(.up))) seconds" } ?? "for a while"
            return FlowProblem(
                .unreachable, rule.message ?? "\(label) asks to wait \(wait).", hint: rule.hint ?? "Try again then.")
        case .unreachable:
            let status = reading.httpStatus.map { " (HTTP \($0))" } ?? ""
            return FlowProblem(
                .unreachable, rule.message ?? "\(label) has a problem of its own\(status).", hint: rule.hint ?? retry)
        case .authorizationPending: return unexplained(reading)
        default: return problem(rule.then, rule: rule, error: reading.error)
        }
    }

    /// No answer, or one that nothing explains.
    func unexplained(_ reading: Reading) -> FlowProblem {
        if provider.instance != nil {
            if case .tls? = reading.failure { return noTLS() }
            if case .certificate(let doubt)? = reading.failure { return problem(doubt) }
        }
        guard let status = reading.httpStatus else {
            return FlowProblem(.unreachable, noAnswer(reading), hint: reading.failure?.hint ?? retry)
        }
        return with(reason: reading, unexplained(reading, status))
    }

    private func unexplained(_ reading: Reading, _ status: Int) -> FlowProblem {
        if status == 401 || status == 403 { return problem(.appRejected, error: reading.error) }
        if status >= 500 || status == 408 {
            return FlowProblem(.unreachable, "\(label) has a problem of its own (HTTP \(status)).", hint: retry)
        }
        return FlowProblem(
            .unreachable, "\(label) answered \(status)\(what(of: reading, status)).",
            hint: "Try again; if it stays so, the description of \(label) needs a look.")
    }

    private func what(of reading: Reading, _ status: Int) -> String {
        if reading.isSuccess { return ", but not with what was asked for" }
        // SECURITY: requests hold secrets, and an answer must not choose who gets them.
        if 300...399 ~= status { return ", which leads elsewhere and is not followed" }
        let word = reading.error.map { ": " + quoted($0, limit: 60) } ?? ""
        return "\(word), which nothing in its description explains"
    }

    private var retry: String { "Try again in a moment." }

    private func noAnswer(_ reading: Reading) -> String {
        switch reading.failure {
        case .timedOut: "\(label) did not answer in time."
        case .tooLarge: "\(label) answered with more than could be an answer."
        case .tls, .certificate: "The connection to \(label) is not secure: its certificate was not accepted."
        case .refused(let reason): "\(label) is not asked at this address: \(reason)."
        case .unreachable, nil: "\(label) could not be reached."
        }
    }

    /// A poll that failed, while the flow goes on.
    func stillTrying(_ reading: Reading) -> String {
        if let message = reading.rule?.message, message.hasSuffix(".") { return message.dropLast() + "; still trying." }
        if let status = reading.httpStatus {
            return "\(label) has a problem of its own (HTTP \(status)); still trying."
        }
        return noAnswer(reading).dropLast() + "; still trying."
    }

    func slower() -> String { "\(label) asked for patience; still waiting." }

    /// Why a code or a page was not taken from an answer.
    func unusable(_ what: String) -> FlowProblem {
        FlowProblem(
            .unreachable, "\(label) answered with \(what), so the sign-in was not begun.",
            hint: "Try again; if it stays so, the description of \(label) needs a look.")
    }

    func badTokenType(_ type: String) -> FlowProblem {
        FlowProblem(
            .unreachable, "\(label) gave a token of the kind '\(quoted(type, limit: 40))', not 'bearer'.",
            hint: "Such tokens cannot be used.")
    }

    func badToken() -> FlowProblem {
        FlowProblem(.unreachable, "\(label) gave a token that cannot be one.", hint: "Try again.")
    }

    func missingScope(_ scope: String) -> FlowProblem {
        FlowProblem(
            .appRejected, "\(label) did not grant '\(scope)', which is needed.",
            hint: "Sign in again and allow everything that is asked for.")
    }

    /// What a grant that is smaller than what was asked for means.
    static func smallerGrant(_ scopes: [String], _ purposes: [String: String], _ label: String) -> String {
        let lost = scopes.compactMap { purposes[$0] }
        let names = scopes.map { "'\($0)'" }.joined(separator: ", ")
        let linked = "\(label) is linked, but did not grant \(names)"
        return lost.isEmpty ? linked + "." : linked + ": \(lost.joined(separator: ", ")) will not work."
    }
}

/// What is said of the certificates of people's own servers.
extension Sentences {
    /// A hint to check nothing is given only where nothing else helps.
    func problem(_ doubt: CertificateDoubt) -> FlowProblem {
        let label = provider.label
        let (message, hint) =
            switch doubt {
            case .unknownAuthority: (problem(.tlsUntrusted).message, problem(.tlsUntrusted).hint)
            case .expired: ("The certificate of this \(label) has expired.", "Renew it at the server.")
            case .notYetValid:
                (
                    "The certificate of this \(label) is not valid yet.",
                    "Look at the clocks of the server and of this machine."
                )
            case .otherName:
                (
                    "The certificate of this \(label) is for another name than the one in its address.",
                    "Enter the address with the name for which the certificate was made."
                )
            case .noFile(let name):
                (
                    "\(label) was not asked: there is no CA file '\(Encoding.excerpt(name, limit: 100))'.",
                    "Put it into the folder 'certificates' of Latchkey's data folder."
                )
            case .noCertificate:
                (
                    "\(label) was not asked: the CA file holds no certificate.",
                    "It must be a PEM file, with lines that say BEGIN CERTIFICATE."
                )
            }
        return FlowProblem(.tlsUntrusted, message, hint: hint)
    }

    func noTLS() -> FlowProblem {
        FlowProblem(
            .tlsUntrusted, "There is no secure connection to this \(provider.label).",
            hint: "Look whether its address should begin with http:// instead of https://, and at its port.")
    }
}
