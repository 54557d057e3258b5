internal import Crypto
internal import JSON
internal import Providers
internal import Vault

/// What the engine and the endpoints work with.
struct EngineParts: Sendable {
    let catalogue: Catalogue
    let vault: any Vault
    let transport: Transport
    let events: EventHub
    let clock: EngineClock
    let log: Log
    let app: AppIdentity
    /// Where people reach this server, with a final slash: `http://127.0.0.1:8787/`.
    let publicURL: String

    /// The callback of a provider. It depends on the configuration alone, so both legs of a sign-in use the same bytes.
    func redirectURI(_ provider: Provider) -> String { "\(publicURL)\(provider.name)/oauth-callback/" }

    /// Where people go after a callback: the provider's card.
    func cardURL(_ provider: Provider) -> String { "\(publicURL)#sec-\(provider.name)" }

    /// What is known of an account.
    func snapshot(_ id: AccountID) async throws(Problem) -> AccountSnapshot {
        do {
            return try await vault.read(owner: id.owner, account: id.account)
        } catch {
            throw Problem(error)
        }
    }

    /// Changes the account durably.
    @discardableResult
    func apply(_ changes: [VaultChange], _ id: AccountID, ifRevision: Int? = nil) async throws(Problem)
        -> AccountSnapshot
    {
        do {
            return try await vault.apply(changes, owner: id.owner, account: id.account, ifRevision: ifRevision)
        } catch {
            throw Problem(error)
        }
    }

    /// The app keys and generated values of a provider, with the defaults of the description. Another account's own
    /// app keys come first; where it has none, the default account's are used. Tokens are never taken from elsewhere.
    func values(_ provider: Provider, _ id: AccountID) async throws(Problem) -> [String: String] {
        var values: [String: String] = [:]
        for field in provider.fields { values[field.key] = field.defaultValue }
        if id.account != VaultName.default {
            let common = try await snapshot(AccountID(owner: id.owner, account: VaultName.default)).document
            for field in provider.fields { Self.take(field.key, from: common[provider.name], into: &values) }
        }
        let own = try await snapshot(id).document[provider.name]
        for key in provider.fields.map(\.key) + provider.generated.map(\.key) {
            Self.take(key, from: own, into: &values)
        }
        return values
    }

    private static func take(_ key: String, from object: JSON?, into values: inout [String: String]) {
        if let value = object?[key]?.stringValue, !value.isEmpty { values[key] = value }
    }

    /// What a flow needs with each event; nil when the vault cannot be read or the method is gone from the description.
    func context(_ provider: Provider, _ method: String?, _ id: AccountID) async -> FlowContext? {
        guard let method = provider.method(method), let values = try? await values(provider, id) else { return nil }
        return FlowContext(
            provider: provider, method: method, values: values, app: app, redirectURI: redirectURI(provider))
    }

    /// As `context`, for a sign-in that begins: everything that the method needs is there, and the values that are made
    /// once for each account have been made and stored.
    func readyContext(
        _ provider: Provider, _ method: SignInMethod, _ id: AccountID
    ) async throws(Problem) -> FlowContext {
        var values = try await values(provider, id)
        let missing = method.missing(in: values)
        if !missing.isEmpty { throw Self.missingKeys(missing, provider) }
        var changes: [VaultChange] = []
        for generated in provider.generated where values[generated.key] == nil {
            let value: String
            do {
                value = try generated.kind == .uuid ? Crypto.randomUUID() : Crypto.randomToken()
            } catch {
                throw Problem(internal: "\(error)")
            }
            values[generated.key] = value
            changes.append(.set(provider.name, generated.key, to: .string(value)))
        }
        if !changes.isEmpty { try await apply(changes, id) }
        return FlowContext(
            provider: provider, method: method, values: values, app: app, redirectURI: redirectURI(provider))
    }

    private static func missingKeys(_ keys: [String], _ provider: Provider) -> Problem {
        let labels = keys.map { key in provider.fields.first { $0.key == key }?.label ?? key }
        var problem = Problem(
            422, "missing_keys", "\(provider.label) needs \(labels.joined(separator: " and ")) first.",
            hint: provider.console.map { "Get it at \($0), then enter it and save." } ?? "Enter it and save.")
        problem.fields = zip(keys, labels).map { .init(key: "\(provider.name).\($0)", message: "Enter the \($1).") }
        return problem
    }
}

extension Problem {
    init(_ error: VaultError) {
        switch error {
        case .staleRevision:
            self.init(
                412, "stale", "The config was changed by somebody else meanwhile.",
                hint: "Load it again, then repeat the change.")
        case .badName: self.init(400, "bad_account", "\(error.description).")
        case .notWritten:
            self.init(507, "not_saved", "\(error.description).", hint: "Nothing was changed. Check the data folder.")
        case .unreadable, .inUse: self.init(500, "vault_unreadable", "\(error.description).")
        }
    }

    /// What a flow says of a sign-in that did not begin or did not end well.
    init(_ problem: FlowProblem) {
        let status =
            switch problem.code {
            case FlowStatus.unreachable.rawValue: 502
            case "misconfigured": 422
            default: 409
            }
        self.init(status, problem.code, problem.message, hint: problem.hint)
    }

    init(internal message: String) {
        self.init(500, "internal", "\(message).")
    }
}
