import FoundationEssentials
import JSON
import Testing

@testable import Providers

/// A table of exchanges, played.
struct ExchangeScript {
    /// A part of the table: a step of a method.
    struct Part {
        let heading: String
        var answers: [String] = []

        private var words: [String] { heading.dropFirst(3).split(separator: " ").map(String.init) }
        /// The method; `probe` and `discovery` belong to none.
        var method: String? { words.count > 1 ? words[0] : nil }
        var step: String { words.last ?? "" }
    }

    /// The lines before the first part: what the account has entered.
    private var preface: [String] = []
    private(set) var parts: [Part] = []
    /// The rules by which the answers were judged.
    private(set) var rules: [Rule] = []
    let provider: Provider
    private var values: [String: String] = [:]
    /// The first good answer to a start, by method.
    private var starts: [String: String] = [:]
    /// The first answers after which another request of a sign-in, or of a refresh, is sent, by method.
    private var good: [String: [Exchange]] = [:]
    private var goodRefreshes: [String: [Exchange]] = [:]
    private var tokens: [String: TokenSet] = [:]

    init(_ table: String, _ provider: Provider) throws {
        self.provider = provider
        for line in table.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("== ") {
                parts.append(Part(heading: line))
            } else if line.hasPrefix("< ") {
                parts[parts.count - 1].answers.append(line)
            } else if parts.isEmpty {
                preface.append(line)
                let pair = line.split(separator: ":", maxSplits: 1).map { String($0).trimming() }
                if pair.count == 2, !line.hasPrefix("#") { values[pair[0]] = pair[1] }
            }
        }
    }

    mutating func play() throws -> String {
        var told = preface
        for part in parts {
            told.append(part.heading)
            let context = try context(provider, part.method, values: values)
            let step = part.step
            told += try request(step, context).split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.isEmpty ? ">" : "> \($0)" }
            for answer in part.answers {
                told += [answer, "= " + (try outcome(step, context, answer))]
                let rule = call(step, of: context.method)?.read(Self.exchange(answer), at: start).rule
                if let rule { rules.append(rule) }
            }
            told.append("")
        }
        return told.joined(separator: "\n")
    }

    // MARK: What is sent

    private func request(_ step: String, _ context: FlowContext) throws -> String {
        let id = context.method.id
        let tokens = tokens[id] ?? TokenSet(accessToken: "access-1", refreshToken: "refresh-1")
        switch step {
        case "start":
            var flow = PollingFlow(method: context.method)
            return text(flow.handle(.begin(state: "state-1"), at: start, in: context))
        case "poll":
            let flow = waiting(context, starts[id] ?? "")
            return "open \(flow.verificationURL)\n\(text(signIn(context, after: 0).step))"
        case "then", "then-2": return text(signIn(context, after: number(step)).step)
        case "probe": return text(try #require(InstanceProbe(context)).requestStep)
        case "discovery":
            let requests = context.provider.discovery?.requests(issuer) ?? []
            return requests.map { text($0) }.joined(separator: "\n\n")
        case "exchange":
            var flow = RedirectFlow(method: context.method)
            _ = flow.handle(.begin(RedirectFlowTests.secrets), at: start, in: context)
            return "open \(flow.authorizationURL)\n\(text(signIn(context, after: 0).step))"
        case "check": return text(signIn(context, after: 0).step)
        case "refresh", "refresh-2", "refresh-3":
            return text(try refresh(tokens, context, after: number(step) - 1).requestStep)
        case "revoke": return text(try #require(Revoke(tokens, in: context)).requestStep)
        case "identity": return text(try #require(Identity(tokens, in: context)).requestStep)
        default: return "there is no step '\(step)'"
        }
    }

    /// The return of the browser, with the issuer where the table says what it is.
    private func callback(_ context: FlowContext) -> RedirectFlow.Event {
        .callback(
            [Parameter("state", RedirectFlowTests.state), Parameter(context.method.codeParameter, "code-1")]
                + (values["iss"].map { [Parameter("iss", $0)] } ?? []))
    }

    // MARK: What it means

    /// The call of a step, where it is described.
    func call(_ step: String, of method: SignInMethod) -> Call? {
        switch step {
        case "start": method.start
        case "poll": method.poll
        case "then", "then-2": method.then.dropFirst(number(step) - 1).first
        case "exchange": method.exchange
        case "check": method.check
        case "refresh": provider.refresh(for: method)
        case "refresh-2", "refresh-3": provider.refreshSteps(for: method).dropFirst(number(step) - 2).first
        case "revoke": provider.revoke(for: method)
        case "identity": provider.identity(for: method)
        case "probe": provider.instance?.probe
        default: nil
        }
    }

    private var issuer: String { provider.discovery.flatMap { values[$0.issuer] } ?? "" }

    private static func words(_ line: String) -> [String] {
        line.dropFirst(2).split(separator: " ", maxSplits: 1).map(String.init)
    }

    private static func exchange(_ line: String) -> Exchange {
        let parts = words(line)
        switch parts[0] {
        case "timeout": return .failure(.timedOut)
        case "unreachable": return .failure(.unreachable("connection refused"))
        case "tls": return .failure(.tls("wrong version number"))
        case "certificate": return .failure(.certificate(.unknownAuthority))
        default: break
        }
        let (status, body) = (Int(parts[0]) ?? 0, parts.count > 1 ? parts[1] : "")
        guard body.hasPrefix("?") else { return answer(status, body) }
        // Where a redirect leads.
        let items = body.dropFirst().split(separator: "&").map {
            $0.split(separator: "=", maxSplits: 1).map(String.init)
        }
        return .response(
            ProviderResponse(status: status, location: items.map { Parameter($0[0], $0.count > 1 ? $0[1] : "") }))
    }

    /// The number of a step: 2 of `then-2`, 1 of `then`.
    private func number(_ step: String) -> Int { step.last.flatMap(\.wholeNumberValue) ?? 1 }

    /// A sign-in that is at the request after so many good answers, and that request.
    private func signIn(_ context: FlowContext, after count: Int) -> (flow: ExchangeSignIn, step: Step) {
        var (flow, step) = ExchangeSignIn.begin(
            context, start: starts[context.method.id] ?? "", callback: callback(context))
        for exchange in (good[context.method.id] ?? []).prefix(count) { step = flow.answer(exchange, context) }
        return (flow, step)
    }

    private func refresh(_ tokens: TokenSet, _ context: FlowContext, after count: Int) throws -> Refresh {
        var refresh = try #require(Refresh(tokens, in: context))
        for exchange in (goodRefreshes[context.method.id] ?? []).prefix(count) {
            _ = refresh.outcome(of: exchange, at: start)
        }
        return refresh
    }

    private mutating func outcome(_ step: String, _ context: FlowContext, _ line: String) throws -> String {
        let parts = Self.words(line)
        let exchange = Self.exchange(line)
        let id = context.method.id
        let old = tokens[id] ?? TokenSet(accessToken: "access-1", refreshToken: "refresh-1")
        switch step {
        case "start":
            var flow = PollingFlow(method: context.method)
            _ = flow.handle(.begin(state: "state-1"), at: start, in: context)
            _ = flow.handle(.answer(exchange), at: start, in: context)
            if starts[id] == nil, flow.nextEventAt != nil { starts[id] = parts.count > 1 ? parts[1] : "" }
            return Self.tell(flow)
        case "poll", "exchange", "check", "then", "then-2":
            let count = step.hasPrefix("then") ? number(step) : 0
            var flow = signIn(context, after: count).flow
            guard case .send(let request) = flow.answer(exchange, context) else { return told(flow, id) }
            if good[id, default: []].count == count { good[id, default: []].append(exchange) }
            return "then \(request.method) \(request.url)"
        case "probe": return Self.tell(try #require(InstanceProbe(context)), exchange)
        case "discovery": return Self.tell(try #require(context.provider.discovery), issuer, context.provider, exchange)
        case "refresh", "refresh-2", "refresh-3":
            let count = number(step) - 1
            var refresh = try refresh(old, context, after: count)
            let outcome = refresh.outcome(of: exchange, at: start)
            if case .step = outcome, goodRefreshes[id, default: []].count == count {
                goodRefreshes[id, default: []].append(exchange)
            }
            return Self.tell(outcome)
        case "revoke": return Self.tell(try #require(Revoke(old, in: context)).outcome(of: exchange, at: start))
        default: return Self.tell(try #require(Identity(old, in: context)).outcome(of: exchange, at: start))
        }
    }

    private mutating func told(_ flow: ExchangeSignIn, _ method: String) -> String {
        if let tokens = flow.tokens, self.tokens[method] == nil { self.tokens[method] = tokens }
        return flow.sentence + (flow.tokens.map { " " + Self.tell($0) } ?? "")
    }

    private static func tell(_ flow: PollingFlow) -> String {
        guard flow.nextEventAt != nil else {
            return "\(flow.status.rawValue): \([flow.message, flow.hint].filter { !$0.isEmpty }.joined(separator: " "))"
        }
        let code = flow.userCode.isEmpty ? "" : "code \(flow.userCode), "
        let complete = flow.verificationURLComplete.map { ", or \($0)" } ?? ""
        return "waits: \(code)\(flow.verificationURL)\(complete), every \(Int(flow.interval)) s for "
            + "\(Int(flow.expiresAt - start)) s"
    }

    private static func tell(_ tokens: TokenSet) -> String {
        var parts = ["access \(tokens.accessToken)"]
        if let token = tokens.refreshToken { parts.append("refresh \(token)") }
        if let end = tokens.expiresAt { parts.append("for \(Int(end - start)) s") }
        if let scope = tokens.scope { parts.append("scope '\(scope)'") }
        parts += tokens.extras.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return "[\(parts.joined(separator: ", "))]"
    }

    private static func tell(_ probe: InstanceProbe, _ exchange: Exchange) -> String {
        do throws(FlowProblem) {
            let found = try probe.finding(of: exchange, at: start)
            let told = [("product", found.product), ("version", found.version), ("name", found.name)]
            return (["it is one"] + told.compactMap { name, value in value.map { "\(name) \($0)" } })
                .joined(separator: ", ")
        } catch {
            return tell(error)
        }
    }

    private static func tell(
        _ discovery: Discovery, _ issuer: String, _ provider: Provider, _ exchange: Exchange
    ) -> String {
        do throws(FlowProblem) {
            let found = try discovery.endpoints(in: exchange, issuer: issuer, of: provider)
            return discovery.fields.map { "\($0) \(found[$0].flatMap { $0.isEmpty ? nil : $0 } ?? "none")" }.joined(
                separator: ", ")
        } catch {
            return tell(error)
        }
    }

    private static func tell(_ problem: FlowProblem) -> String {
        "\(problem.code): " + [problem.message, problem.hint].filter { !$0.isEmpty }.joined(separator: " ")
    }

    private static func tell(_ outcome: Refresh.Outcome) -> String {
        switch outcome {
        case .step(let tokens): "goes on with \(tell(tokens))"
        case .refreshed(let tokens): "refreshed \(tell(tokens))"
        case .reconnect(let problem): "reconnect: \(problem)"
        case .misconfigured(let problem): "misconfigured: \(problem)"
        case .retry(_, let problem): "retry: \(problem)"
        }
    }

    private static func tell(_ outcome: Revoke.Outcome) -> String {
        switch outcome {
        case .revoked: "revoked"
        case .failed(let problem): "failed: \(problem)"
        }
    }

    private static func tell(_ outcome: Identity.Outcome) -> String {
        switch outcome {
        case .account(let name, let id, let more):
            "account \(name ?? "without a name"), id \(id ?? "unknown")"
                + more.sorted { $0.key < $1.key }.map { ", \($0.key) \($0.value)" }.joined()
        case .refused(let problem): "refused: \(problem)"
        case .failed(let problem): "failed: \(problem)"
        }
    }
}

extension String {
    fileprivate func trimming() -> String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}

extension Refresh {
    fileprivate var requestStep: Step { Step { () throws(FlowProblem) in try request() } }
}

extension Revoke {
    fileprivate var requestStep: Step { Step { () throws(FlowProblem) in try request() } }
}

extension Identity {
    fileprivate var requestStep: Step { Step { () throws(FlowProblem) in try request() } }
}

extension InstanceProbe {
    fileprivate var requestStep: Step { Step { () throws(FlowProblem) in try request() } }
}

extension Step {
    fileprivate init(_ request: () throws(FlowProblem) -> OutgoingRequest) {
        do throws(FlowProblem) { self = .send(try request()) } catch { self = .refused(error) }
    }
}
