internal import HTTP
internal import JSON
internal import Providers
internal import Vault

/// Addresses of people's own servers are tidied and looked at when they are entered.
extension Companion {
    /// The changes with addresses as they are kept.
    func normalized(_ changes: [VaultChange]) -> [VaultChange] {
        changes.map { change in
            guard change.path.count == 2, let provider = parts.catalogue[change.path[0]],
                let text = change.value?.stringValue
            else { return change }
            return VaultChange(path: change.path, value: .string(provider.normalized(text, change.path[1])))
        }
    }

    /// What answers at each address that is entered, by its path: `{"ok": true, "url", "product", "version", "name"}`, or
    /// `{"ok": false, "url", "error", "message", "hint"}` where it may be right all the same, for the server may be off.
    ///
    /// - Throws: 422 when it cannot be right: a metadata service, another product, a version that is too old.
    func look(at changes: [VaultChange], _ id: AccountID) async throws(Problem) -> JSONObject {
        var found: JSONObject = [:]
        for change in changes {
            guard change.path.count == 2, let provider = parts.catalogue[change.path[0]],
                let field = provider.fields.first(where: { $0.key == change.path[1] }), field.kind == .url,
                let url = change.value?.stringValue
            else { continue }
            let path = change.path.joined(separator: ".")
            try Self.checkReach(url, path)
            if provider.instance?.field != field.key { continue }
            var values = try await parts.values(provider, id)
            for other in changes where other.path.first == provider.name && other.path.count == 2 {
                values[other.path[1]] = other.value?.stringValue
            }
            // What is made once for each account is made when it is needed first.
            for generated in provider.generated where values[generated.key] == nil { values[generated.key] = "none" }
            found[path] = try await look(provider, values, id, path)
        }
        return found
    }

    private static func checkReach(_ url: String, _ path: String) throws(Problem) {
        do throws(ClientError) {
            try Client.check(url, Reach(allowsPrivateHTTP: true, trust: .system))
        } catch {
            var problem = Problem(
                422, "invalid_config", "This address cannot be used: \(error).", hint: "Nothing was changed.")
            problem.fields = [.init(key: path, message: problem.message)]
            throw problem
        }
    }

    private func look(
        _ provider: Provider, _ values: [String: String], _ id: AccountID, _ path: String
    ) async throws(Problem) -> JSON? {
        guard let method = provider.methods.first else { return nil }
        let url = provider.instance.flatMap { values[$0.field] } ?? ""
        let context = FlowContext(
            provider: provider, method: method, values: values, app: parts.app,
            redirectURI: parts.redirectURI(provider))
        do throws(Problem) {
            guard let finding = try await parts.finding(context, id) else { return nil }
            var answer: JSONObject = ["ok": true, "url": .string(url)]
            answer["product"] = finding.product.map(JSON.string)
            answer["version"] = finding.version.map(JSON.string)
            answer["name"] = finding.name.map(JSON.string)
            return .object(answer)
        } catch {
            let final = [FlowStatus.wrongProduct.rawValue, FlowStatus.tooOld.rawValue]
            guard !final.contains(error.code) else {
                var problem = Problem(422, error.code, error.message, hint: error.hint)
                problem.fields = [.init(key: path, message: "\(error.message) \(error.hint)")]
                throw problem
            }
            return [
                "ok": false, "url": .string(url), "error": .string(error.code), "message": .string(error.message),
                "hint": .string(error.hint),
            ]
        }
    }
}

extension Provider {
    /// A value as it is kept.
    func normalized(_ text: String, _ key: String) -> String {
        guard let field = fields.first(where: { $0.key == key }), field.kind == .url else { return text }
        let normal = key == instance?.field ? instance?.normalized(text) : InstanceAddress.endpoint(text)
        return normal ?? text
    }
}
