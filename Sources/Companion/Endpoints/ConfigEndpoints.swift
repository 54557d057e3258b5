internal import HTTP
internal import JSON
internal import Providers
internal import Vault

/// The config: `GET` shows it with secrets masked, `POST` changes parts of it.
extension Companion {
    func readConfig(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let snapshot = try await parts.snapshot(try configured(call))
        return .json(200, masked(snapshot.document), headers: ["ETag": Self.tag(snapshot)])
    }

    /// SECURITY: built from what the catalogue knows, so that nothing is shown because somebody forgot to hide it.
    private func masked(_ document: JSON) -> JSON {
        var result: JSONObject = [:]
        for provider in parts.catalogue.providers {
            let stored = document[provider.name]
            var shown: JSONObject = [:]
            for key in provider.fields.map(\.key) + provider.generated.map(\.key) {
                shown[key] = show(stored?[key], at: "\(provider.name).\(key)")
            }
            if !shown.isEmpty { result[provider.name] = .object(shown) }
        }
        var auth: JSONObject = [:]
        for provider in parts.catalogue.providers {
            let stored = document["auth"]?[provider.name]
            var shown: JSONObject = [:]
            for key in Self.tokenKeys { shown[key] = show(stored?[key], at: "auth.\(provider.name).\(key)") }
            if !shown.isEmpty { auth[provider.name] = .object(shown) }
        }
        if !auth.isEmpty { result["auth"] = .object(auth) }
        return .object(result)
    }

    /// What is shown below `auth.<provider>`: that there are tokens, and what is known of them.
    private static let tokenKeys = ["access_token", "refresh_token"] + ConfigSchema.publicTokenKeys.sorted()

    private func show(_ value: JSON?, at path: String) -> JSON? {
        switch value {
        case nil, .null?, .array?, .object?: nil
        case let value?: schema.isSecret(path) ? .string(ConfigSchema.mask) : value
        }
    }

    /// Whether a path may be shown as the mask, so that getting the mask back changes nothing.
    private func isMasked(_ path: [String]) -> Bool {
        let key = path.joined(separator: ".")
        guard path.first == "auth" else { return schema[key]?.isSecret == true }
        return path.count == 3 && parts.catalogue[path[1]] != nil && Self.tokenKeys.contains(path[2])
            && schema.isSecret(key)
    }

    private static func tag(_ snapshot: AccountSnapshot) -> String { "\"\(snapshot.revision)\"" }

    func changeConfig(_ call: Endpoint.Call) async throws(Problem) -> Response {
        guard let body = try call.body()?.objectValue else {
            throw Problem(422, "not_an_object", "The body should be a JSON object with the keys to change.")
        }
        let id = try configured(call)
        if call.isForEveryone, body["auth"] != nil {
            throw Problem(422, "keys_alone", "Only app keys are for everyone.", hint: "Leave 'auth' out.")
        }
        let before = try await parts.snapshot(id)
        let revision = try Self.precondition(call.request, current: before)
        let changes = normalized(try self.changes(body, before: masked(before.document)))
        if changes.isEmpty { return .json(200, ["ok": true], headers: ["ETag": Self.tag(before)]) }
        let instances = try await look(at: changes, id)
        let (after, removed) = try await parts.enter(changes, id, ifRevision: revision)
        let cleared = removed.map { $0.joined(separator: ".") }
        let names = (changes.map { $0.path.joined(separator: ".") } + cleared).joined(separator: " ")
        parts.log.info("config changed", ["owner": id.owner, "account": id.account, "keys": names])
        audit(call, id, names)
        await followers.configChanged()
        parts.events.publishConfig(revision: after.revision, id: id)
        for provider in parts.catalogue.providers where changes.contains(where: { $0.path.first == provider.name }) {
            let key = FlowEngine.Key(provider: provider.name, id: id)
            await engine.forgetOutcome(key)
            Task { await engine.reconsiderBorrowers(of: key) }
            for other in call.isForEveryone ? parts.events.heardOfVisitors : [] {
                await engine.publish(FlowEngine.Key(provider: provider.name, id: other))
            }
        }
        var answer: JSONObject = ["ok": true]
        if !instances.isEmpty { answer["instances"] = .object(instances) }
        if !cleared.isEmpty { answer["cleared"] = .array(cleared.map(JSON.string)) }
        return .json(200, .object(answer), headers: ["ETag": Self.tag(after)])
    }

    /// Whose config it is about: the caller's, or with `?for=everyone` the app keys that all share.
    ///
    /// SECURITY: those are for administrators alone, to see and to change.
    private func configured(_ call: Endpoint.Call) throws(Problem) -> AccountID {
        guard call.isForEveryone else { return call.id }
        guard call.visitor?.isAdministrator == true else {
            throw Problem(
                403, "not_allowed", "The app keys for everyone are for administrators.",
                hint: "Enter app keys of your own, or ask whoever runs Latchkey.")
        }
        guard settings.sharesKeys else {
            throw Problem(
                409, "keys_not_shared", "App keys are not shared here.",
                hint: "With --sign-in proxy or oidc, --shared-keys shares them.")
        }
        return .everyone
    }

    /// The revision that `If-Match` asks for; nil when it asks for none (RFC 9110 section 13.1.1).
    private static func precondition(_ request: Request, current: AccountSnapshot) throws(Problem) -> Int? {
        let tags = request.headers.values(of: "If-Match").flatMap { $0.split(separator: ",") }
            .map { $0.drop(while: \.isWhitespace) }.map { String($0.prefix { !$0.isWhitespace }) }
        if tags.isEmpty || tags == ["*"] { return nil }
        guard tags.contains(tag(current)) else { throw Problem(VaultError.staleRevision(current: current.revision)) }
        return current.revision
    }

    /// The changes that a body asks for, or all that is wrong with it.
    private func changes(_ body: JSONObject, before: JSON) throws(Problem) -> [VaultChange] {
        var changes: [VaultChange] = []
        var problems: [Problem.FieldProblem] = []
        for (path, value) in Self.leaves(body) {
            let key = path.joined(separator: ".")
            // What is handed back as it was shown is no change: pages may send the whole config.
            if value == before.value(at: path) || value == .string(ConfigSchema.mask) && isMasked(path) { continue }
            if let message = schema.problem(with: value, at: key) {
                problems.append(.init(key: key, message: message))
            } else {
                let text = value.stringValue.flatMap { $0.isEmpty ? nil : $0 }
                if text == nil, before.value(at: path) == nil { continue }
                changes.append(VaultChange(path: path, value: text.map(JSON.string)))
            }
        }
        guard problems.isEmpty else {
            var problem = Problem(
                422, "invalid_config",
                problems.count == 1 ? problems[0].message : "\(problems.count) values are not valid.",
                hint: "Nothing was changed.")
            problem.fields = problems
            throw problem
        }
        return changes
    }

    /// Every value that is no object, with its path; an empty object counts as a value, so that it is not ignored.
    private static func leaves(_ object: JSONObject, below path: [String] = []) -> [([String], JSON)] {
        object.members.flatMap { key, value in
            let here = path + [key]
            if let inner = value.objectValue, !inner.isEmpty { return leaves(inner, below: here) }
            return [(here, value)]
        }
    }
}

extension JSON {
    /// The value at a path of member names.
    fileprivate func value(at path: [String]) -> JSON? {
        path.reduce(self as JSON?) { $0?[$1] }
    }
}

extension Endpoint.Call {
    /// Whether the query says that it is about all visitors. Whatever else it says is not understood as the caller's own.
    var isForEveryone: Bool { request.queryItems.contains { $0.name == "for" } }

    /// The body as JSON; nil when there is none.
    ///
    /// SECURITY: it must be declared as JSON, which a form of another site cannot do without a preflight.
    func body() throws(Problem) -> JSON? {
        if request.body.isEmpty { return nil }
        let type = request.headers["Content-Type"]?.prefix { $0 != ";" }.lowercased() ?? ""
        guard type.filter({ !$0.isWhitespace }) == "application/json" else {
            throw Problem(
                415, "not_json", "The body is declared as '\(type.prefix(64))'.",
                hint: "Send JSON with 'Content-Type: application/json'.")
        }
        do {
            return try JSON.parse(request.body, file: "body")
        } catch {
            throw Problem(
                400, "bad_json",
                "The body is not JSON, at line \(error.line), column \(error.column): \(error.message).")
        }
    }
}
