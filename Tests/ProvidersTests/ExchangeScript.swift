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
    /// The first answer to a poll with which the requests after it begin, by method.
    private var approvals: [String: String] = [:]
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
            var flow = waiting(context, starts[id] ?? "")
            let sent = text(flow.handle(.due, at: flow.nextPollAt, in: context))
            return "open \(flow.verificationURL)\n\(sent)"
        case "then":
            var flow = waiting(context, starts[id] ?? "")
            return text(approve(&flow, context))
        case "probe": return text(try #require(InstanceProbe(context)).requestStep)
        case "discovery":
            let requests = context.provider.discovery?.requests(issuer) ?? []
            return requests.map { text($0) }.joined(separator: "\n\n")
        case "exchange":
            var flow = RedirectFlow(method: context.method)
            _ = flow.handle(.begin(RedirectFlowTests.secrets), at: start, in: context)
            return "open \(flow.authorizationURL)\n\(text(flow.handle(callback(context), at: start, in: context)))"
        case "check":
            var flow = KeyCheck(method: context.method)
            return text(flow.handle(.begin, at: start, in: context))
        case "refresh": return text(try #require(Refresh(tokens, in: context)).requestStep)
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
        case "then": method.then.first
        case "exchange": method.exchange
        case "check": method.check
        case "refresh": provider.refresh(for: method)
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
        default: return answer(Int(parts[0]) ?? 0, parts.count > 1 ? parts[1] : "")
        }
    }

    /// Polls and gives the answer by which the person has approved.
    private func approve(_ flow: inout PollingFlow, _ context: FlowContext) -> Step {
        _ = flow.handle(.due, at: flow.nextPollAt, in: context)
        return flow.handle(.answer(answer(200, approvals[context.method.id] ?? "")), at: start, in: context)
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
        case "poll":
            var flow = waiting(context, starts[id] ?? "")
            _ = flow.handle(.due, at: flow.nextPollAt, in: context)
            let step = flow.handle(.answer(exchange), at: start, in: context)
            guard case .send(let request) = step else {
                return told(flow.status, flow.message, flow.hint, flow.tokens, id)
            }
            if approvals[id] == nil { approvals[id] = parts.count > 1 ? parts[1] : "" }
            return "then \(request.method) \(request.url)"
        case "then":
            var flow = waiting(context, starts[id] ?? "")
            _ = approve(&flow, context)
            _ = flow.handle(.answer(exchange), at: start, in: context)
            return told(flow.status, flow.message, flow.hint, flow.tokens, id)
        case "probe": return Self.tell(try #require(InstanceProbe(context)), exchange)
        case "discovery": return Self.tell(try #require(context.provider.discovery), issuer, context.provider, exchange)
        case "exchange":
            var flow = RedirectFlow(method: context.method)
            _ = flow.handle(.begin(RedirectFlowTests.secrets), at: start, in: context)
            _ = flow.handle(callback(context), at: start, in: context)
            _ = flow.handle(.answer(exchange), at: start, in: context)
            return told(flow.status, flow.message, flow.hint, flow.tokens, id)
        case "check":
            var flow = KeyCheck(method: context.method)
            _ = flow.handle(.begin, at: start, in: context)
            _ = flow.handle(.answer(exchange), at: start, in: context)
            return told(flow.status, flow.message, flow.hint, flow.tokens, id)
        case "refresh":
            var refresh = try #require(Refresh(old, in: context))
            return Self.tell(refresh.outcome(of: exchange, at: start))
        case "revoke": return Self.tell(try #require(Revoke(old, in: context)).outcome(of: exchange, at: start))
        default: return Self.tell(try #require(Identity(old, in: context)).outcome(of: exchange, at: start))
        }
    }

    private mutating func told(
        _ status: FlowStatus, _ message: String, _ hint: String, _ tokens: TokenSet?, _ method: String
    ) -> String {
        if let tokens, self.tokens[method] == nil { self.tokens[method] = tokens }
        let sentence = "\(status.rawValue): \([message, hint].filter { !$0.isEmpty }.joined(separator: " "))"
        return sentence + (tokens.map { " " + Self.tell($0) } ?? "")
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
