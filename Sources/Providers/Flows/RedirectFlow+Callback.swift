extension RedirectFlow {
    /// SECURITY: in this order: the state (else anyone could end or hijack the flow), the issuer (else the code of one
    /// provider could be sent to another), the error, the code. Nothing is sent anywhere before all of them hold.
    mutating func callback(_ parameters: [Parameter], at now: Double, in context: FlowContext) -> Step {
        let sentences = Sentences(scope(context))
        guard isWaiting else { return .refused(sentences.notWaiting()) }
        if let problem = sentences.stateProblem(parameters, expected: state) { return .refused(problem) }
        if let problem = lifeProblem(at: now, in: context)
            ?? issuerProblem(parameters, in: context)
            ?? sentences.errorProblem(parameters, callback: context.method.callback)
        {
            end(problem)
            return .none
        }
        let codes = parameters.filter { $0.name == context.method.callback.code }.map(\.value)
        guard codes.count == 1, 1...4096 ~= codes[0].utf8.count, Encoding.isPlain(codes[0]) else {
            end(sentences.noCode(codes.count))
            return .none
        }
        values["code"] = codes[0]
        stage = 0
        return send(in: context)
    }

    private func lifeProblem(at now: Double, in context: FlowContext) -> FlowProblem? {
        if now >= expiresAt { return Sentences(context).problem(.expiredToken) }
        // SECURITY: a state is bound to the redirect URI with which it was begun.
        return context.redirectURI == redirectURI
            ? nil
            : FlowProblem(
                .expiredToken, "The public address of this server changed during the sign-in.", hint: "Start again.")
    }

    private func issuerProblem(_ parameters: [Parameter], in context: FlowContext) -> FlowProblem? {
        guard let issuer = context.method.callback.issuer else {
            // A server that says its addresses says, too, whether it names itself; when it does, it must be the one
            // (RFC 9207 section 2.4).
            let names = parameters.filter { $0.name == "iss" }.map(\.value)
            guard context.provider.discovery != nil,
                !names.isEmpty || context.values[Discovery.namesIssuer] == "true"
            else { return nil }
            if let issuer = context.values[Discovery.issuerName], !issuer.isEmpty {
                return Sentences(scope(context)).issuerProblem(parameters, expected: issuer)
            }
            // Where addresses were entered and no issuer, it must be at one of them at least: one dishonest server could
            // have sent the browser on to another, honest one, to be given the code of that.
            return names.count == 1 && context.isOwnServer(names[0])
                ? nil : Sentences(scope(context)).issuerProblem(parameters, expected: "one of the addresses entered")
        }
        do throws(FlowProblem) {
            return Sentences(scope(context)).issuerProblem(parameters, expected: try issuer.text(in: scope(context)))
        } catch {
            return error
        }
    }

    private func call(in context: FlowContext) -> Call? {
        if stage == 0 { return context.method.exchange }
        let steps = context.method.then
        return steps.indices.contains(stage - 1) ? steps[stage - 1] : nil
    }

    private mutating func send(in context: FlowContext) -> Step {
        guard let call = call(in: context) else { return .none }
        do throws(FlowProblem) {
            return .send(try call.request.request(in: scope(context)))
        } catch {
            end(error)
            return .none
        }
    }

    /// The outcome of the exchange. A code works once, so nothing is tried again.
    mutating func answered(_ exchange: Exchange, at now: Double, in context: FlowContext) -> Step {
        guard status.isPending, let reading = call(in: context)?.read(exchange, at: now) else { return .none }
        let sentences = Sentences(scope(context))
        if let problem = sentences.ending(reading) {
            end(problem)
            return .none
        }
        if stage < context.method.then.count, reading.isSuccess {
            values.merge(reading.values) { $1 }
            stage += 1
            return send(in: context)
        }
        do throws(FlowProblem) {
            let extras = context.kept(values)
            guard let tokens = try reading.tokens(at: now, in: context, extras: extras, earlier: values) else {
                throw sentences.unexplained(reading)
            }
            let notice = try tokens.notice(in: context)
            end(sentences.problem(.ok))
            message = notice ?? message
            self.tokens = tokens
        } catch {
            end(error)
        }
        return .none
    }
}

extension Sentences {
    /// SECURITY: compared byte by byte. Where the provider names an issuer, an answer that brings a code must name it,
    /// too; an error may come without it, because ending a flow harms nobody (RFC 9207 section 2.4).
    func issuerProblem(_ parameters: [Parameter], expected: String) -> FlowProblem? {
        let issuers = parameters.filter { $0.name == "iss" }.map(\.value)
        if issuers == [expected] { return nil }
        let isError = parameters.contains { $0.name == "error" }
        if issuers.isEmpty, isError { return nil }
        let what =
            switch issuers.count {
            case 0: "does not say who sent it"
            case 1: "came from '\(quoted(issuers[0], limit: 80))'"
            default: "names more than one sender"
            }
        return FlowProblem(
            code: "invalid_issuer", message: "The answer for \(provider.label) \(what), so it was refused.",
            hint: "It must come from \(expected). Start again.")
    }

    /// `error=…`, or the query items by which this provider says no.
    func errorProblem(_ parameters: [Parameter], callback: Callback) -> FlowProblem? {
        if callback.denied.contains(where: parameters.contains) { return problem(.accessDenied) }
        guard let error = parameters.first(where: { $0.name == "error" })?.value else { return nil }
        let said = parameters.first { $0.name == "error_description" }?.value ?? ""
        let detail = said.isEmpty ? "" : " It says: \(quoted(said))"
        switch error {
        case "access_denied": return problem(.accessDenied)
        case "server_error", "temporarily_unavailable":
            return FlowProblem(
                .unreachable, "\(provider.label) has a problem of its own.\(detail)", hint: "Try again in a moment.")
        default:
            var rejected = problem(.appRejected, error: error)
            rejected.message += detail
            return rejected
        }
    }

    func noCode(_ count: Int) -> FlowProblem {
        let what = count == 0 ? "no code" : count == 1 ? "a code that cannot be one" : "more than one code"
        return FlowProblem(
            .invalidCode, "\(provider.label) came back with \(what), so the sign-in was ended.", hint: "Start again.")
    }
}
