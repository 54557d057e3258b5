internal import Crypto

extension PollingFlow {
    mutating func due(at now: Double, in context: FlowContext) -> Step {
        guard isWaiting, !isInFlight else { return .none }
        guard now < expiresAt else {
            end(Sentences(context).problem(.expiredToken))
            return .none
        }
        return now < nextPollAt ? .none : ask(in: context)
    }

    /// Sends the request of this stage.
    private mutating func ask(in context: FlowContext) -> Step {
        guard let call = call(in: context) else { return .none }
        do throws(FlowProblem) {
            let request = try call.request.request(in: scope(context))
            isInFlight = true
            return .send(request)
        } catch {
            // The settings changed under the flow: it cannot go on.
            end(error)
            return .none
        }
    }

    private func call(in context: FlowContext) -> Call? {
        if stage == 0 { return context.method.poll }
        let steps = context.method.then
        return steps.indices.contains(stage - 1) ? steps[stage - 1] : nil
    }

    mutating func polled(_ exchange: Exchange, at now: Double, in context: FlowContext) -> Step {
        guard let reading = call(in: context)?.read(exchange, at: now) else { return .none }
        let isLast = stage == context.method.then.count
        do throws(FlowProblem) {
            switch reading.rule?.then {
            case .authorizationPending?: wait(reading, at: now, in: context)
            case .slowDown?: slowDown(reading, at: now, in: context)
            case let status? where status != .ok && status != .unreachable:
                end(Sentences(scope(context)).problem(status, rule: reading.rule, error: reading.error))
            case _ where reading.isTransient: backOff(reading, at: now, in: context)
            case let status where !isLast && reading.isSuccess && (stage > 0 || status == .ok):
                return advance(reading, at: now, in: context)
            default: try finish(reading, at: now, in: context)
            }
        } catch {
            end(error)
        }
        return .none
    }

    /// Not decided yet.
    private mutating func wait(_ reading: Reading, at now: Double, in context: FlowContext) {
        failures = 0
        status = .authorizationPending
        message = reading.rule?.message ?? Sentences(context).problem(.authorizationPending).message
        pause(reading, at: now, in: context)
    }

    /// Five seconds more between all further polls (RFC 8628 section 3.5).
    private mutating func slowDown(_ reading: Reading, at now: Double, in context: FlowContext) {
        failures = 0
        status = .slowDown
        message = reading.rule?.message ?? Sentences(context).slower()
        interval = min(interval + 5, Bounds.interval.upperBound)
        pause(reading, at: now, in: context)
    }

    /// No answer or the provider's own trouble: twice the pause each time, up to a minute (or one interval).
    private mutating func backOff(_ reading: Reading, at now: Double, in context: FlowContext) {
        failures = min(failures + 1, 16)
        message = Sentences(context).stillTrying(reading)
        pause(reading, at: now, in: context)
    }

    private mutating func pause(_ reading: Reading, at now: Double, in context: FlowContext) {
        var doubled = interval
        for _ in 0..<failures { doubled = min(doubled * 2, max(60, interval)) }
        nextPollAt = now + min(max(doubled, reading.retryAfter ?? 0), Bounds.life.upperBound)
        if now >= expiresAt { end(Sentences(context).problem(.expiredToken)) }
    }

    /// Approved, and there is more to fetch: at once.
    private mutating func advance(_ reading: Reading, at now: Double, in context: FlowContext) -> Step {
        values.merge(reading.values) { $1 }
        stage += 1
        failures = 0
        nextPollAt = now
        return ask(in: context)
    }

    private mutating func finish(_ reading: Reading, at now: Double, in context: FlowContext) throws(FlowProblem) {
        let extras = context.kept(values)
        guard let tokens = try reading.tokens(at: now, in: context, extras: extras, earlier: values) else {
            throw Sentences(scope(context)).unexplained(reading)
        }
        let notice = try tokens.notice(in: context)
        end(Sentences(context).problem(.ok))
        message = notice ?? message
        self.tokens = tokens
    }

    /// The page came back. The state decides whether it is believed; then the provider is asked at once.
    mutating func returned(_ parameters: [Parameter], at now: Double, in context: FlowContext) -> Step {
        guard status.isPending, stage >= 0 else { return .refused(Sentences(context).notWaiting()) }
        if let problem = Sentences(context).stateProblem(parameters, expected: state) { return .refused(problem) }
        guard now < expiresAt else { return due(at: now, in: context) }
        if context.method.callback.denied.contains(where: parameters.contains) {
            end(Sentences(context).problem(.accessDenied))
            return .none
        }
        guard stage == 0, !isInFlight else { return .none }
        nextPollAt = now
        return ask(in: context)
    }
}

extension SignInMethod {
    /// The values that requests after the sign-in may use: all that the answers after the approval are mapped to.
    var keptNames: Set<String> {
        Set(([poll, exchange, check].compactMap { $0 } + then).flatMap { $0.map.map(\.name) })
            .subtracting(Standard.flowNames)
    }
}

extension Sentences {
    func notWaiting() -> FlowProblem {
        FlowProblem(
            code: "invalid_state", message: "No sign-in to \(provider.label) is waiting for this answer.",
            hint: "Start again from the settings page.")
    }

    /// SECURITY: the return is believed only with exactly one `state`, the one of this flow. A missing, empty or
    /// doubled one is refused like a foreign one (RFC 9700 section 4.7).
    func stateProblem(_ parameters: [Parameter], expected: String) -> FlowProblem? {
        let states = parameters.filter { $0.name == "state" }.map(\.value)
        let what: String
        switch states.count {
        case 0: what = "without a state"
        case 1 where states[0].isEmpty: what = "with an empty state"
        case 1 where !expected.isEmpty && Crypto.equalInConstantTime(Array(states[0].utf8), Array(expected.utf8)):
            return nil
        case 1: what = "with the state of another sign-in"
        default: what = "with more than one state"
        }
        return FlowProblem(
            code: "invalid_state", message: "The answer for \(provider.label) came \(what), so it was refused.",
            hint: "Start again from the settings page, in the same browser.")
    }
}
