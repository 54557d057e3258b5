internal import JSON

/// What a description makes Latchkey send, request by request, with example values: for whoever writes one.
public struct Explanation: Sendable {
    /// One thing that is sent or opened.
    public struct Step: Sendable, Equatable {
        /// What it is for: `poll, every 5 s`.
        public let title: String
        /// The request with its header fields and body, or the address of a page; then what is read from the answer.
        public let lines: [String]
    }

    private let provider: Provider
    private let app: AppIdentity
    private let redirectURI: String
    /// What stands for every secret.
    static let mask = "********"

    /// An explanation.
    ///
    /// - Parameter redirectURI: where the provider sends browsers back.
    public init(_ provider: Provider, app: AppIdentity, redirectURI: String) {
        self.provider = provider
        self.app = app
        self.redirectURI = redirectURI
    }

    /// The steps of a method, from the first request to the last.
    public func steps(_ method: SignInMethod) -> [Step] {
        before(method) + signIn(method) + afterwards(method)
    }

    /// What is asked before anything is entrusted to a server of the person's own.
    private func before(_ method: SignInMethod) -> [Step] {
        var steps: [Step] = []
        if let probe = provider.instance?.probe { steps.append(step("look what is at the address", probe, method)) }
        if let discovery = provider.discovery {
            let issuer = scope(method, names: [discovery.issuer]).value(discovery.issuer)
            let requests = discovery.requests(issuer).map { "GET \(Self.readable($0.url))" }
            steps.append(
                Step(
                    title: "ask the server what it offers, until one of these answers",
                    lines: requests + ["reads issuer, \(discovery.fields.joined(separator: ", "))"]))
        }
        return steps
    }

    private func signIn(_ method: SignInMethod) -> [Step] {
        var steps: [Step] = []
        if let check = method.check {
            steps.append(step("check what was entered", check, method, withToken: method.credential != nil))
        }
        if let start = method.start { steps.append(step("begin", start, method)) }
        if let authorize = method.authorize { steps.append(page("the browser is sent to", authorize, method)) }
        if let page = method.verificationComplete ?? method.verification {
            steps.append(self.page("the person opens, unless the answer names a page", page, method))
        }
        steps += wayBack(method)
        if let poll = method.poll {
            let pause =
                method.interval.map { ", every \(Int(exactly: $0.rounded()) ?? 5) s unless the answer says otherwise" }
                ?? ""
            steps.append(step("ask whether it is approved" + pause, poll, method))
        }
        if let exchange = method.exchange { steps.append(step("exchange the code", exchange, method)) }
        return steps + method.then.map { step("then", $0, method) }
    }

    private func afterwards(_ method: SignInMethod) -> [Step] {
        var steps: [Step] = []
        if let identity = provider.identity(for: method) {
            steps.append(step("ask whose account it is", identity, method, withToken: true))
        }
        if let avatar = provider.avatar(for: method) { steps.append(page("the account's picture", avatar, method)) }
        if let refresh = provider.refresh(for: method) {
            steps.append(step("refresh", refresh, method))
            steps += provider.refreshSteps(for: method).map { step("then", $0, method) }
        }
        if let revoke = provider.revoke(for: method) { steps.append(step("disconnect", revoke, method)) }
        for (kind, history) in provider.history.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            steps.append(step("fetch what was watched: \(kind.rawValue)", history.call, method, withToken: true))
        }
        return steps + [Step(title: "apps send", lines: sentByApps(method))]
    }

    private func sentByApps(_ method: SignInMethod) -> [String] {
        do throws(FlowProblem) {
            let sent = try AppCredentials(in: scope(method, names: common(provider.placement(for: method))))
            let query = sent.query.map { "\($0.name)=\($0.value) in the query" }
            let lines = sent.headers.map(Self.line) + query
            return lines.isEmpty ? ["the token where the provider wants it: no description can say it"] : lines
        } catch {
            return [error.message]
        }
    }

    /// The names in what goes with every request, and with the token.
    private func common(_ placement: Placement?) -> [String] {
        let entries = provider.headers + provider.query + (placement?.headers ?? []) + (placement?.query ?? [])
        return entries.flatMap(\.template.names) + (placement?.basic.map { $0.user.names + $0.password.names } ?? [])
    }

    // MARK: The way back

    /// How the browser brings the answer, and what it means.
    private func wayBack(_ method: SignInMethod) -> [Step] {
        guard method.usesCallback else { return [] }
        let callback = method.callback
        let isRedirect = method.kind == .redirect
        let scope = scope(method, names: ["state"] + (callback.issuer?.names ?? []))
        let hasAddress = method.links.contains { $0.names.contains("return_url") } || !isRedirect
        let address = hasAddress ? scope.value("return_url") : "\(redirectURI)?state=\(scope.value("state"))"
        var lines = ["GET \(address)" + (isRedirect ? "&\(callback.code)=\(Self.mask)" : "")]
        if isRedirect { lines.append("reads '\(callback.code)' as the code; 'state' must be that of this sign-in") }
        if let issuer = callback.issuer, let text = try? issuer.text(in: scope) {
            lines.append("'iss' must be '\(text)'")
        } else if isRedirect, provider.discovery != nil {
            lines.append("'iss' must be the issuer where it is there, and where the server says that it names itself")
        }
        lines += callback.denied.map { "'\($0.name)' is \"\($0.value)\" means access_denied" }
        if isRedirect { lines.append("'error' ends it: \"access_denied\" means access_denied") }
        return [Step(title: "the browser comes back", lines: lines)]
    }

    // MARK: One step

    private func step(_ title: String, _ call: Call, _ method: SignInMethod, withToken: Bool = false) -> Step {
        let placement = withToken ? provider.placement(for: method) : nil
        let scope = scope(method, names: call.request.names + common(placement))
        var lines: [String]
        do throws(FlowProblem) {
            lines = Self.lines(try call.request.request(in: scope, placement: placement))
        } catch {
            lines = [error.message]
        }
        let names = call.map.map { mapping in
            mapping.paths.first == mapping.name
                ? mapping.name : "\(mapping.name) from \(mapping.paths.joined(separator: " or "))"
        }
        if !names.isEmpty { lines.append("reads \(names.joined(separator: ", "))") }
        // Those of the standards go for all.
        let own = call.rules.dropLast([Rule].standard.count)
        return Step(title: title, lines: lines + Self.sentences(Array(own)))
    }

    private func page(_ title: String, _ link: Link, _ method: SignInMethod) -> Step {
        do throws(FlowProblem) {
            return Step(title: title, lines: [Self.readable(try link.text(in: scope(method, names: link.names)))])
        } catch {
            return Step(title: title, lines: [error.message])
        }
    }

    private static func lines(_ request: OutgoingRequest) -> [String] {
        let fields = request.headers.map(line)
        let body = String(decoding: request.body, as: UTF8.self)
        return ["\(request.method) \(readable(request.url))"] + fields + (body.isEmpty ? [] : [readable(body)])
    }

    /// A header field. Credentials in base 64 look like no secret, and are one.
    private static func line(_ field: Parameter) -> String {
        "\(field.name): " + (field.value.hasPrefix("Basic ") ? "Basic \(mask)" : field.value)
    }

    /// The mask as it was before it was encoded.
    private static func readable(_ text: String) -> String { text.replacing(Encoding.percent(mask), with: mask) }

    /// A sentence for each rule; rules in a row that differ by one value alone share one.
    private static func sentences(_ rules: [Rule]) -> [String] {
        var groups: [[Rule]] = []
        for rule in rules {
            if let last = groups.last?.last, isAlike(last, rule) {
                groups[groups.count - 1].append(rule)
            } else {
                groups.append([rule])
            }
        }
        return groups.compactMap { group in group.first.map { sentence($0, words: group.map { words($0.test) }) } }
    }

    private static func isAlike(_ rule: Rule, _ other: Rule) -> Bool {
        guard case .equals = rule.test, case .equals = other.test else { return false }
        return rule.path != nil && rule.path == other.path && rule.statuses == other.statuses && rule.then == other.then
    }

    private static func sentence(_ rule: Rule, words: [String]) -> String {
        var parts = rule.statuses.isEmpty ? [] : ["status " + rule.statuses.map(String.init).joined(separator: " or ")]
        if let path = rule.path { parts.append("'\(path)' " + words.joined(separator: " or ")) }
        return "\(parts.isEmpty ? "anything" : parts.joined(separator: ", and ")) means \(rule.then.rawValue)"
    }

    private static func words(_ test: Rule.Test) -> String {
        switch test {
        case .present(true): "is there"
        case .present(false): "is not there"
        case .equals(let json): "is \(String(decoding: json.encoded(), as: UTF8.self))"
        case .contains(let text): "contains '\(text)'"
        }
    }

    // MARK: Values

    /// An example for each value: fields by their options or names, secrets masked.
    private func scope(_ method: SignInMethod, names: [String]) -> Scope {
        var values: [String: String] = [:]
        for field in provider.fields { values[field.key] = example(field) }
        for value in provider.generated { values[value.key] = "example-\(value.key)" }
        let context = FlowContext(
            provider: provider, method: method, values: values, app: app, redirectURI: redirectURI)
        var flow = [
            "return_url": context.returnURL(state: "example-state"),
            "code_challenge_method": method.proofKey.rawValue,
        ]
        let plain = Scope(context: context)
        for name in names where flow[name] == nil && plain.value(name).isEmpty {
            flow[name] = Self.isShown(name) ? "example-\(name)" : Self.mask
        }
        return Scope(context: context, flow: flow)
    }

    private func example(_ field: Field) -> String {
        if field.isSecret { return Self.mask }
        if field.kind == .url {
            let isEndpoint = provider.discovery?.fields.contains(field.key) ?? false
            return field.defaultValue ?? "https://\(provider.name).example\(isEndpoint ? "/\(field.key)" : "")"
        }
        return field.options.first ?? field.defaultValue ?? "example-\(field.key)"
    }

    /// What is learned on the way is a secret, but for what stands in the address bar anyway.
    private static func isShown(_ name: String) -> Bool {
        ["user_code", "state", "code_challenge"].contains(name)
    }
}
