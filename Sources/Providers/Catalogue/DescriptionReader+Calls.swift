internal import Diagnostics
internal import JSON

extension DescriptionReader {
    static let callKeys = ["method", "url", "query", "headers", "json", "form", "basic", "signed", "map", "rules"]

    /// What a call has when its description does not say it.
    struct Defaults {
        var request: Standard.Request?
        var map: [Call.Mapping] = []
        var scope: ScopeRequest?
        var proofKey = SignInMethod.ProofKey.none
    }

    /// A request with its map and rules.
    mutating func call(_ node: SourcedJSON, _ what: String, extra: [String] = [], _ defaults: Defaults) -> Call? {
        guard let object = object(node, what, keys: Self.callKeys + extra) else { return nil }
        let link = link(object)
        let headers = entries(object, "headers", isHeader: true)
        let basic = basic(object)
        let given = body(object)
        let verb = verb(object)
        var body = given ?? .none
        var basicTakes: [String]?
        if given == nil, verb == nil || verb == "POST", let request = defaults.request {
            body = .form(
                request.form(
                    scope: defaults.scope, proofKey: defaults.proofKey, known: known, basic: basic != nil))
            if basic == nil, known.contains(ClientAuthentication.field) { basicTakes = request.basicTakes }
        }
        let map = map(object, defaults.map)
        let rules = rules(object)
        // A wrong address is reported already; the rest is kept, so that nothing that follows from it is reported, too.
        let request = RequestTemplate(
            method: verb ?? (body == .none ? "GET" : "POST"), link: link ?? Link(url: Template(parts: [])),
            headers: headers, body: body, basic: basic, signature: signature(of: object), basicTakes: basicTakes)
        return Call(request: request, map: map, rules: rules + self.rules + .standard)
    }

    private mutating func verb(_ object: Object) -> String? {
        guard let text = string(object, "method"), let node = object["method"] else { return nil }
        let verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        if verbs.contains(text) { return text }
        report(node, "'\(text)' is not a method of a request", help: Suggestion.help(for: text, among: verbs))
        return nil
    }

    private mutating func body(_ object: Object) -> RequestTemplate.Body? {
        if let form = object.members["form"], object["json"] != nil {
            report(form, "a request has one body: either 'json' or 'form'")
        }
        if let node = object["json"] { return json(node).map { .json($0) } }
        guard let node = object["form"] else { return nil }
        let entries = entries(node, "form")
        return entries.isEmpty ? RequestTemplate.Body.none : .form(entries)
    }

    mutating func basic(_ object: Object, isClient: Bool = true) -> RequestTemplate.Basic? {
        guard let node = object["basic"] else { return nil }
        guard case .array(let parts) = node.value, parts.count == 2 else {
            report(node, "'basic' must be a list of two: the user name and the password")
            return nil
        }
        guard let user = template(parts[0], "basic"), let password = template(parts[1], "basic") else { return nil }
        return RequestTemplate.Basic(user: user, password: password, isClient: isClient)
    }

    /// The mappings: those of the description take the places of the standard ones, and `null` takes one away.
    private mutating func map(_ object: Object, _ standard: [Call.Mapping]) -> [Call.Mapping] {
        guard let node = object["map"] else { return standard }
        var result = standard
        for member in members(node, "'map'") ?? [] {
            if !Self.isName(member.key) { report(member, "'\(member.key)' cannot be the name of a value") }
            result.removeAll { $0.name == member.key }
            if case .null = member.value.value { continue }
            let paths = paths(member.value, member.key)
            if !paths.isEmpty { result.append(Call.Mapping(name: member.key, paths: paths)) }
        }
        return result
    }

    mutating func paths(_ node: SourcedJSON, _ key: String) -> [String] {
        var paths: [String] = []
        let nodes = if case .array(let elements) = node.value { elements } else { [node] }
        for node in nodes {
            guard let path = string(node, key) else { continue }
            if isPath(path, node) { paths.append(path) }
        }
        return paths
    }

    mutating func isPath(_ path: String, _ node: SourcedJSON) -> Bool {
        let steps = path.split(separator: ".", omittingEmptySubsequences: false)
        if steps.allSatisfy({ !$0.isEmpty && $0 != "$" }) { return true }
        report(node, "'\(path)' is not a path", help: "join member names by dots, such as 'user.ids.slug'")
        return false
    }

    // MARK: Rules

    /// The signature of a request that is `signed`.
    private mutating func signature(of object: Object) -> Signature? {
        guard bool(object, "signed") ?? false, let node = object["signed"] else { return nil }
        if signature == nil { report(node, "'signed' needs a 'signature' of the provider") }
        return signature
    }

    mutating func rules(_ object: Object) -> [Rule] {
        var rules: [(number: Int, rule: Rule)] = []
        for (index, node) in list(object, "rules").enumerated() {
            guard let rule = rule(node) else { continue }
            if let earlier = rules.first(where: { $0.rule.covers(rule) }) {
                report(node, "this rule is never asked: rule \(earlier.number) fits every answer that it fits")
            }
            rules.append((index + 1, rule))
        }
        return rules.map(\.rule)
    }

    private mutating func rule(_ node: SourcedJSON) -> Rule? {
        let keys = ["status", "at", "equals", "contains", "present", "then", "message", "hint"]
        guard let object = object(node, "a rule", keys: keys) else { return nil }
        let statuses = statuses(object)
        let path = string(object, "at")
        if let path, let node = object["at"] { _ = isPath(path, node) }
        let test = test(object, hasPath: path != nil)
        let then = word(object, "then", FlowStatus.self, except: ["cancelled"], required: true)
        if object["status"] == nil, object["at"] == nil {
            report(at: node.offset, length: 1, "a rule needs 'status' or 'at'")
            return nil
        }
        let message = string(object, "message")
        let hint = string(object, "hint")
        return then.map {
            Rule(statuses: statuses, path: path, test: test, then: $0, message: message, hint: hint)
        }
    }

    private mutating func statuses(_ object: Object) -> [Int] {
        guard let node = object["status"] else { return [] }
        let nodes = if case .array(let elements) = node.value { elements } else { [node] }
        var statuses: [Int] = []
        for node in nodes {
            if case .int(let status) = node.value, 100...599 ~= status {
                statuses.append(status)
            } else {
                report(node, "'status' must be an HTTP status from 100 to 599, or a list of them")
            }
        }
        return statuses
    }

    private mutating func test(_ object: Object, hasPath: Bool) -> Rule.Test {
        let tests = ["equals", "contains", "present"].compactMap { object.members[$0] }
        if !hasPath, let test = tests.first { report(test, "'\(test.key)' needs 'at'") }
        if tests.count > 1 { report(tests[1], "a rule has one of 'equals', 'contains' and 'present'") }
        if let node = object["equals"] {
            switch node.json {
            case .array, .object: report(node, "'equals' must be a string, a number, true, false or null")
            case let value: return .equals(value)
            }
        }
        if let text = string(object, "contains") { return .contains(text) }
        return .present(bool(object, "present") ?? true)
    }
}
