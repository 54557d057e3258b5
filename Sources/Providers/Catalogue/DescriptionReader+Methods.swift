internal import Diagnostics
internal import JSON

extension DescriptionReader {
    private static let methodKeys = ["id", "kind", "label", "button", "needs", "scope"] + lifecycleKeys
    static let lifecycleKeys = ["refresh", "revoke", "identity", "token"]

    private static func keys(of kind: SignInMethod.Kind) -> [String] {
        switch kind {
        case .device, .approval:
            methodKeys + ["start", "verification", "poll", "then", "interval", "expires_in", "callback"]
        case .redirect: methodKeys + ["authorize", "callback", "exchange", "then", "pkce"]
        case .key: methodKeys + ["check", "credential", "then"]
        }
    }

    mutating func readMethods(_ object: Object) -> [SignInMethod] {
        guard object["methods"] != nil else {
            missing("methods", in: object)
            return []
        }
        let nodes = list(object, "methods")
        if nodes.isEmpty, let node = object["methods"], case .array = node.value {
            report(node, "'methods' must have at least one method")
        }
        var methods: [SignInMethod] = []
        for node in nodes {
            guard let method = method(node) else { continue }
            if methods.contains(where: { $0.id == method.id }) {
                report(
                    node["id"] ?? node["kind"] ?? node, "there is another method '\(method.id)'",
                    help: "give each of them an 'id' of its own")
            }
            methods.append(method)
        }
        return methods
    }

    private mutating func method(_ node: SourcedJSON) -> SignInMethod? {
        // The kind decides which keys there are, so it is read first.
        guard let members = members(node, "a method") else { return nil }
        let all = Object(
            node: node, what: "a method", members: Dictionary(members.map { ($0.key, $0) }, uniquingKeysWith: { $1 }))
        guard let kind = word(all, "kind", SignInMethod.Kind.self, required: true),
            let object = object(node, "a method of kind '\(kind.rawValue)'", keys: Self.keys(of: kind))
        else { return nil }
        let id = string(object, "id") ?? kind.rawValue
        if !Self.isName(id), let node = object["id"] { report(node, "'\(id)' cannot be the id of a method") }
        let draft = MethodDraft(
            id: id, kind: kind, label: string(object, "label") ?? kind.standardLabel,
            button: string(object, "button") ?? "Connect \(label)", needs: needs(object), scope: scope(object),
            proofKey: kind == .redirect ? word(object, "pkce", SignInMethod.ProofKey.self) ?? .s256 : .none)
        return method(object, draft)
    }

    private mutating func method(_ object: Object, _ draft: MethodDraft) -> SignInMethod {
        var names = baseNames.union(["redirect_uri"])
        if draft.scope != nil { names.insert("scope") }
        switch draft.kind {
        case .device, .approval: return polling(object, draft, names)
        case .redirect: return redirect(object, draft, names)
        case .key: return key(object, draft, names)
        }
    }

    private mutating func polling(_ object: Object, _ draft: MethodDraft, _ names: Set<String>) -> SignInMethod {
        var draft = draft
        let isDevice = draft.kind == .device
        known = names.union(["return_url", "state"])
        draft.start = required(
            "start", object,
            Defaults(request: isDevice ? .deviceAuthorization : nil, map: Standard.startMap, scope: draft.scope))
        known.formUnion(draft.start?.map.map(\.name) ?? [])
        readVerification(object, &draft)
        draft.poll = required("poll", object, Defaults(request: isDevice ? .deviceToken : nil, map: Standard.tokenMap))
        known.formUnion(draft.poll?.map.map(\.name) ?? [])
        draft.then = steps(object)
        draft.interval = seconds(object, "interval")
        draft.expiresIn = seconds(object, "expires_in")
        draft.callback = callback(object)
        draft.lifecycle = lifecycle(object, draft)
        return draft.method
    }

    private mutating func redirect(_ object: Object, _ draft: MethodDraft, _ names: Set<String>) -> SignInMethod {
        var draft = draft
        known = names.union(["return_url", "state"])
        let proof = draft.proofKey == .none ? [] : ["code_challenge", "code_challenge_method"]
        known.formUnion(proof)
        draft.authorize = authorize(object, draft)
        draft.callback = callback(object)
        known.subtract(proof)
        known.formUnion(draft.proofKey == .none ? ["code"] : ["code", "code_verifier"])
        draft.exchange = required(
            "exchange", object,
            Defaults(request: .authorizationCode, map: Standard.tokenMap, proofKey: draft.proofKey))
        known.formUnion(draft.exchange?.map.map(\.name) ?? [])
        draft.then = steps(object)
        draft.lifecycle = lifecycle(object, draft)
        return draft.method
    }

    private mutating func key(_ object: Object, _ draft: MethodDraft, _ names: Set<String>) -> SignInMethod {
        var draft = draft
        draft.credential = string(object, "credential")
        if let key = draft.credential, let node = object["credential"], !fields.contains(where: { $0.key == key }) {
            report(node, "there is no field '\(key)'", help: Suggestion.help(for: key, among: fields.map(\.key)))
        }
        known = draft.credential == nil ? names : names.union(["access_token"])
        // With a credential, the answer is not expected to hold a token.
        draft.check = required(
            "check", object, Defaults(map: draft.credential == nil ? Standard.tokenMap : []))
        known.formUnion(draft.check?.map.map(\.name) ?? [])
        draft.then = steps(object)
        if draft.credential != nil, let node = object["then"] {
            report(node, "'then' is for what yields a token, and here the token is the 'credential'")
        }
        draft.lifecycle = lifecycle(object, draft)
        return draft.method
    }

    private mutating func required(_ key: String, _ object: Object, _ defaults: Defaults) -> Call? {
        guard let node = object[key] else {
            missing(key, in: object)
            return nil
        }
        return call(node, "'\(key)'", defaults)
    }

    /// The requests after the approval; each may use what those before it were mapped to.
    private mutating func steps(_ object: Object) -> [Call] {
        var calls: [Call] = []
        for node in list(object, "then") {
            guard let call = call(node, "'then'", Defaults(map: Standard.tokenMap)) else { continue }
            known.formUnion(call.map.map(\.name))
            calls.append(call)
        }
        return calls
    }

    private mutating func readVerification(_ object: Object, _ draft: inout MethodDraft) {
        guard let node = object["verification"] else {
            if draft.kind == .approval { missing("verification", in: object) }
            return
        }
        if case .string = node.value {
            draft.verification = link(node, "verification")
            return
        }
        guard let inner = self.object(node, "'verification'", keys: ["url", "complete"]) else { return }
        draft.verification = inner["url"].flatMap { link($0, "url") }
        draft.verificationComplete = inner["complete"].flatMap { link($0, "complete") }
        if draft.kind == .approval, inner["url"] == nil { missing("url", in: inner) }
    }

    private mutating func authorize(_ object: Object, _ draft: MethodDraft) -> Link? {
        guard let node = object["authorize"] else {
            missing("authorize", in: object)
            return nil
        }
        let standard = Standard.authorization(scope: draft.scope, proofKey: draft.proofKey, known: known)
        if case .string = node.value {
            return link(node, "authorize").map { Link(url: $0.url, query: standard) }
        }
        let keys = ["url", "query", "fragment", "standard"]
        guard let inner = self.object(node, "'authorize'", keys: keys) else { return nil }
        let isStandard = bool(inner, "standard") ?? true
        guard var link = link(inner) else { return nil }
        if isStandard { link.query = standard.overridden(by: link.query) }
        // SECURITY: without the state in it, any callback could be anybody's.
        if link.names.allSatisfy({ $0 != "state" && $0 != "return_url" }) {
            report(node, "the address must carry '{{state}}', or '{{return_url}}', which has it in its query")
        }
        return link
    }

    private mutating func callback(_ object: Object) -> Callback {
        guard let node = object["callback"],
            let inner = self.object(node, "'callback'", keys: ["code", "issuer", "denied"])
        else { return Callback() }
        var callback = Callback()
        if let code = string(inner, "code") { callback.code = code }
        if let node = inner["issuer"] { callback.issuer = template(node, "issuer") }
        if let node = inner["denied"] {
            for member in members(node, "'denied'") ?? [] {
                if let value = string(member.value, member.key) { callback.denied.append(Parameter(member.key, value)) }
            }
        }
        return callback
    }

    private mutating func scope(_ object: Object) -> ScopeRequest? {
        guard let node = object["scope"] else { return nil }
        if case .string = node.value {
            return scopes(node).map {
                ScopeRequest(request: $0, required: [], parameter: "scope", unlisted: [], purposes: [:])
            }
        }
        guard let inner = self.object(node, "'scope'", keys: ["request", "require", "param", "unlisted", "for"])
        else { return nil }
        let required = strings(inner, "require")
        guard let node = inner["request"] else {
            missing("request", in: inner)
            return nil
        }
        guard let request = scopes(node) else { return nil }
        let plain = ScopeRequest(request: request, required: [], parameter: "", unlisted: [], purposes: [:])
        let asked = ScopeRequest.words(plain.text([:], fields))
        if let node = inner["require"], let word = required.first(where: { !asked.contains($0) }) {
            report(node, "'\(word)' is required but not requested", help: Suggestion.help(for: word, among: asked))
        }
        return ScopeRequest(
            request: request, required: required, parameter: string(inner, "param") ?? "scope",
            unlisted: words(inner, "unlisted", of: asked),
            purposes: purposes(inner, of: asked))
    }

    /// The scopes that are asked for, in which fields may stand.
    private mutating func scopes(_ node: SourcedJSON) -> Template? {
        let before = known
        defer { known = before }
        // SECURITY: they go to the provider in the address of a page.
        known = Set(fields.filter { $0.isKept && !$0.isSecret }.map(\.key))
        return template(node, "scope")
    }

    /// What each scope is for, in words that end the sentence that it will not work.
    private mutating func purposes(_ object: Object, of asked: [String]) -> [String: String] {
        guard let node = object["for"] else { return [:] }
        var purposes: [String: String] = [:]
        for member in members(node, "'for'") ?? [] {
            if !asked.contains(member.key) {
                report(
                    member, "'\(member.key)' is not requested", help: Suggestion.help(for: member.key, among: asked))
            }
            purposes[member.key] = string(member.value, member.key)
        }
        return purposes
    }

    private mutating func words(_ object: Object, _ key: String, of asked: [String]) -> [String] {
        let words = strings(object, key)
        if let node = object[key], let word = words.first(where: { !asked.contains($0) }) {
            report(node, "'\(word)' is not requested", help: Suggestion.help(for: word, among: asked))
        }
        return words
    }

    private mutating func needs(_ object: Object) -> [String] {
        guard object["needs"] != nil else { return fields.filter { $0.isRequired && $0.isKept }.map(\.key) }
        var needs: [String] = []
        for node in list(object, "needs") {
            guard let key = string(node, "needs") else { continue }
            if !fields.contains(where: { $0.key == key }) {
                report(node, "there is no field '\(key)'", help: Suggestion.help(for: key, among: fields.map(\.key)))
            }
            needs.append(key)
        }
        return needs
    }

    // MARK: Lifecycle

    private mutating func lifecycle(_ object: Object, _ draft: MethodDraft) -> Lifecycle {
        lifecycle(object, kept: draft.method.keptNames, hasSteps: !draft.then.isEmpty)
    }

    /// What happens after the sign-in; `kept` are the values that the sign-in leaves for it, `hasSteps` is whether it has
    /// requests that could be sent again.
    mutating func lifecycle(_ object: Object, kept: Set<String>, hasSteps: Bool) -> Lifecycle {
        var lifecycle = Lifecycle()
        known = baseNames.union(kept).union(["access_token", "refresh_token", "redirect_uri"])
        lifecycle.refresh = part(
            object, "refresh", Defaults(request: .refresh, map: Standard.tokenMap), extra: ["then"])
        lifecycle.refreshRepeats = repeats(object, hasSteps: hasSteps)
        lifecycle.revoke = part(object, "revoke", Defaults(request: .revocation), more: "revocable_token")
        lifecycle.identity = part(object, "identity", Defaults(map: Standard.identityMap), extra: ["avatar"])
        lifecycle.avatar = avatar(object, lifecycle.identity)
        lifecycle.token = token(object)
        return lifecycle
    }

    private mutating func part(
        _ object: Object, _ key: String, _ defaults: Defaults, more: String? = nil,
        extra: [String] = []
    ) -> Lifecycle.Part<Call> {
        guard let node = object[key] else { return .unsaid }
        if case .string("none") = node.value { return .off }
        if let more { known.insert(more) }
        defer { if let more { known.remove(more) } }
        return call(node, "'\(key)'", extra: extra, defaults).map { .on($0) } ?? .unsaid
    }

    /// `then: "again"` of a refresh.
    private mutating func repeats(_ object: Object, hasSteps: Bool) -> Bool {
        guard let then = Self.member("then", of: object["refresh"]) else { return false }
        guard case .string("again") = then.value else {
            report(
                then, "'then' of a refresh can only be \"again\": what follows the sign-in follows the refresh")
            return false
        }
        if !hasSteps { report(then, "there is no 'then' of a way to connect that could be sent again") }
        return true
    }

    /// The address of the account's picture, made of what the identity request is answered with.
    private mutating func avatar(_ object: Object, _ identity: Lifecycle.Part<Call>) -> Link? {
        guard case .on(let call) = identity, let node = Self.member("avatar", of: object["identity"]) else {
            return nil
        }
        let before = known
        defer { known = before }
        known = baseNames.union(call.map.map(\.name))
        return link(node, "avatar")
    }

    /// What a request has besides what all requests may have.
    private static func member(_ key: String, of node: SourcedJSON?) -> SourcedJSON? {
        guard case .object(let members)? = node?.value else { return nil }
        return members.first { $0.key == key }?.value
    }

    private mutating func token(_ object: Object) -> Lifecycle.Part<Placement> {
        guard let node = object["token"],
            let inner = self.object(node, "'token'", keys: ["headers", "query", "basic"])
        else { return .unsaid }
        return .on(
            Placement(
                headers: entries(inner, "headers", isHeader: true), query: entries(inner, "query"),
                basic: basic(inner, isClient: false)))
    }
}

extension SignInMethod.Kind {
    fileprivate var standardLabel: String {
        switch self {
        case .device: "With a code"
        case .approval: "By approval"
        case .redirect: "By signing in"
        case .key: "With a key"
        }
    }
}
