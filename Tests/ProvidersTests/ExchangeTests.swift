import FoundationEssentials
import JSON
import Testing

@testable import Providers

/// For each provider a table of exchanges as its documentation has them: what is sent (`>`), what may be answered (`<`), and
/// what that means (`=`). The tables are in `Exchanges`; `RECORD_EXCHANGES=1` writes what is sent and meant anew.
@Suite struct ExchangeTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Exchanges")
    static let templates = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Templates/providers")

    static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".txt") }
        .map { String($0.dropLast(4)) }.sorted()

    @Test(arguments: names) func `What is sent, and what its answers mean, is as in the table of`(name: String) throws {
        let file = Self.folder.appending(path: "\(name).txt")
        let table = String(decoding: try Data(contentsOf: file), as: UTF8.self)
        let description = Array(try Data(contentsOf: Self.templates.appending(path: "\(name).json5")))
        let provider = try #require(try Catalogue(files: [("\(name).json5", description)])[name])
        var script = try ExchangeScript(table, provider)
        let told = try script.play()
        if ProcessInfo.processInfo.environment["RECORD_EXCHANGES"] != nil {
            try Data(told.utf8).write(to: file)
        }
        #expect(told == table)
    }
}

/// A table of exchanges, played.
struct ExchangeScript {
    /// A part of the table: a step of a method.
    struct Part {
        let heading: String
        var answers: [String] = []

        /// The words after `==`: the method, the step.
        var words: [String] { heading.dropFirst(3).split(separator: " ").map(String.init) }
    }

    /// The lines before the first part: what the account has entered.
    private var preface: [String] = []
    private var parts: [Part] = []
    private let provider: Provider
    private var values: [String: String] = [:]
    /// The first good answer to a start, by method.
    private var starts: [String: String] = [:]
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
            let context = try context(provider, part.words[0], values: values)
            let step = part.words[part.words.count - 1]
            told += try request(step, context).split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.isEmpty ? ">" : "> \($0)" }
            for answer in part.answers {
                told += [answer, "= " + (try outcome(step, context, answer))]
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

    private func callback(_ context: FlowContext) -> RedirectFlow.Event {
        .callback([
            Parameter("state", RedirectFlowTests.state), Parameter(context.method.codeParameter, "code-1"),
        ])
    }

    // MARK: What it means

    private mutating func outcome(_ step: String, _ context: FlowContext, _ line: String) throws -> String {
        let parts = line.dropFirst(2).split(separator: " ", maxSplits: 1).map(String.init)
        let exchange: Exchange =
            Int(parts[0]).map { answer($0, parts.count > 1 ? parts[1] : "") } ?? .failure(.timedOut)
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
            // The next request follows at once, and its answer is the standard one.
            let token =
                #"{"access_token":"access-1","refresh_token":"refresh-1","token_type":"Bearer","expires_in":3600}"#
            _ = flow.handle(.answer(answer(200, token)), at: start, in: context)
            let then = text(request).replacing("\n", with: " | ")
            return "then \(then) => " + told(flow.status, flow.message, flow.hint, flow.tokens, id)
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

extension Step {
    fileprivate init(_ request: () throws(FlowProblem) -> OutgoingRequest) {
        do throws(FlowProblem) { self = .send(try request()) } catch { self = .refused(error) }
    }
}
