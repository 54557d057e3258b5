internal import Crypto
internal import JSON
internal import Providers
internal import Vault

/// What the engine and the endpoints work with.
struct EngineParts: Sendable {
    private(set) var catalogue: Catalogue
    let vault: any Vault
    let transport: Transport
    let events: EventHub
    let clock: EngineClock
    private(set) var log: Log
    private(set) var app: AppIdentity
    /// Where people reach this server, with a final slash: `http://127.0.0.1:8787/`.
    private(set) var publicURL: String
    /// Whether those who have no app keys of their own use the ones of the default document.
    private(set) var sharesKeys = false
    let accounts: AccountBook
    let answers = StatusAnswers()
    let tokens = TokenAnswers()
    let looks = LookPace()
    /// Who hears of linked, refreshed, broken and forgotten connections.
    let changes = ChangeHub()

    /// The same vault, events and accounts with other descriptions.
    func replacing(
        catalogue: Catalogue, publicURL: String, app: AppIdentity, log: Log, sharesKeys: Bool
    ) -> EngineParts {
        var parts = self
        (parts.catalogue, parts.publicURL, parts.app, parts.log) = (catalogue, publicURL, app, log)
        parts.sharesKeys = sharesKeys
        return parts
    }

    /// The callback of a provider. It depends on the configuration alone, so both legs of a sign-in use the same bytes.
    func redirectURI(_ provider: Provider) -> String {
        Companion.redirectAddress(provider.name, publicURL: publicURL)
    }

    /// Where people go after a callback: the provider's card, which shows the account that it was about.
    func cardURL(_ provider: Provider, account: String? = nil) -> String {
        let named = account == VaultName.default ? nil : account
        return "\(publicURL)#sec-\(provider.name)" + (named.map { "@\($0)" } ?? "")
    }

    /// What is known of an account.
    func snapshot(_ id: AccountID) async throws(Problem) -> AccountSnapshot {
        do {
            return try await vault.read(owner: id.owner, account: id.account)
        } catch {
            throw problem(error)
        }
    }

    /// Changes the account durably; one that is new begins with that.
    @discardableResult
    func apply(
        _ changes: [VaultChange], _ id: AccountID, ifRevision: Int? = nil, spare: Int = 0
    ) async throws(Problem) -> AccountSnapshot {
        let isNew = try await accounts.admit(id)
        do {
            let snapshot = try await vault.apply(
                changes, owner: id.owner, account: id.account, ifRevision: ifRevision, spare: spare)
            answers.changed()
            if id.account != VaultName.default { await note(snapshot, id) }
            return snapshot
        } catch {
            if isNew { await accounts.forget(id) }
            throw problem(error)
        }
    }

    /// Keeps whether an account is there still. One that was emptied may hold something again by now; whoever has put it there
    /// says so after this, or before it was looked at.
    private func note(_ snapshot: AccountSnapshot, _ id: AccountID) async {
        let isEmpty = snapshot.document == [:]
        await accounts.note(id, isEmpty: isEmpty)
        guard isEmpty else { return }
        let now = try? await vault.read(owner: id.owner, account: id.account).document
        if now != [:] { await accounts.note(id, isEmpty: false) }
    }

    /// The sole right to something, among all processes; waits for it.
    func lease(_ name: String) async throws(Problem) -> any Sendable {
        do { return try await vault.lease(name) } catch { throw problem(error) }
    }

    /// What a page is told of the vault's trouble. Paths and reasons of the machine are for the log.
    private func problem(_ error: VaultError) -> Problem {
        let problem = Problem(error)
        if problem.status >= 500 { log.warning(problem.code, ["reason": error.description]) }
        return problem
    }

    /// The app keys and generated values of a provider, with the defaults of the description. An account without any
    /// app key of its own uses those of the default account, and when that has none either, those that administrators
    /// share. Tokens are never taken from elsewhere.
    ///
    /// SECURITY: keys of two accounts, or of two people, are not mixed: else one account could name a server and have
    /// the other's secret sent there.
    func values(_ provider: Provider, _ id: AccountID) async throws(Problem) -> [String: String] {
        let own = try await snapshot(id).document
        var values = Self.texts(provider.generated.map(\.key), of: provider, in: own)
        for field in provider.fields { values[field.key] = field.defaultValue }
        values.merge(try await entered(provider, id).values) { $1 }
        values.merge(Self.discovered(provider, values, in: own)) { $1 }
        return values
    }

    /// As above, for a sign-in that begins.
    ///
    /// SECURITY: what comes with the request is not put together with what is borrowed, either: else it could name a server, or
    /// switch the check of its certificate off, and another's secret would be sent there. And a credential is a token, which
    /// nobody lends: a method that takes one as it was entered borrows nothing. Nor does a stored secret go to a server that
    /// comes with the request and is another one.
    ///
    /// - Parameter given: values that came with the request.
    func values(
        _ provider: Provider, _ id: AccountID, for method: SignInMethod, given: [String: String] = [:]
    ) async throws(Problem) -> [String: String] {
        var values = try await values(provider, id)
        let kept = provider.keptFields
        if method.credential != nil || kept.contains(where: { given[$0.key] != nil }),
            try await entered(provider, id).place != id
        {
            for field in kept { values[field.key] = field.defaultValue }
        }
        for key in provider.secretsOfOthers(before: values, after: values.merging(given) { $1 }) { values[key] = nil }
        return values.merging(given) { $1 }
    }

    /// The app keys that an account uses, and whose they are: nil when there are none.
    func entered(
        _ provider: Provider, _ id: AccountID
    ) async throws(Problem) -> (values: [String: String], place: AccountID?) {
        var places = [id]
        if id.account != VaultName.default { places.append(AccountID(owner: id.owner, account: VaultName.default)) }
        if sharesKeys, id.owner != VaultName.default { places.append(.everyone) }
        for place in places {
            let document = try await snapshot(place).document
            let texts = Self.texts(provider.fields.map(\.key), of: provider, in: document)
            if !texts.isEmpty { return (texts, place) }
        }
        return ([:], nil)
    }

    static func texts(_ keys: [String], of provider: Provider, in document: JSON) -> [String: String] {
        keys.reduce(into: [:]) { texts, key in
            if let text = document[provider.name]?[key]?.stringValue, !text.isEmpty { texts[key] = text }
        }
    }

    /// What a flow needs with each event.
    ///
    /// - Throws: when the vault cannot be read, or the method is gone from the description.
    func context(_ provider: Provider, _ method: String, _ id: AccountID) async throws(Problem) -> FlowContext {
        guard let method = provider.method(method) else {
            throw Problem(
                409, "method_gone", "The description of \(provider.label) no longer has the sign-in '\(method)'.",
                hint: "Connect again.")
        }
        return FlowContext(
            provider: provider, method: method, values: try await values(provider, id), app: app,
            redirectURI: redirectURI(provider))
    }

    /// As above, for what was linked.
    ///
    /// SECURITY: without it nothing is sent with tokens, and it is not given for another server than the one that gave them.
    ///
    /// - Throws: when another server is entered now (`Problem.isMoved`), too.
    func context(_ provider: Provider, _ linked: Linked, _ id: AccountID) async throws(Problem) -> FlowContext {
        let context = try await context(provider, linked.method, id)
        guard linked.servers.isNamed(by: context.values, provider) else {
            throw Problem(linked.servers.moved(provider))
        }
        return context
    }

    /// As `context`, for a sign-in that begins: everything that the method needs is there, and the values that are made
    /// once for each account have been made and stored.
    ///
    /// - Parameters:
    ///   - given: values that came with the request and are not stored.
    ///   - mayBeAway: whether it does not matter that a server of the person's own is away.
    /// - Returns: the context, and whether its server is there; if not, nothing may be sent to it.
    func readyContext(
        _ provider: Provider, _ method: SignInMethod, _ id: AccountID, given: [String: String] = [:],
        mayBeAway: Bool = false
    ) async throws(Problem) -> (context: FlowContext, isThere: Bool) {
        try await accounts.check(id)
        try await makeGenerated(provider, id)
        try await discover(provider, id)
        var context = try await context(provider, method.id, id)
        context.values = try await values(provider, id, for: method, given: given)
        let missing = method.missing(in: context.values)
        if !missing.isEmpty { throw Self.missingKeys(missing, provider) }
        if context.isUnverified {
            log.warning(
                "certificate not checked", ["provider": provider.name, "owner": id.owner, "account": id.account])
        }
        // A server of the person's own is looked at before anything is entrusted to it.
        return (context, try await isThere(context, id, mayBeAway: mayBeAway))
    }

    /// Makes the values that are not there yet. Of two who make the same at once only one stores it.
    private func makeGenerated(_ provider: Provider, _ id: AccountID) async throws(Problem) {
        while true {
            let snapshot = try await snapshot(id)
            let absent = provider.generated.filter { snapshot.document[provider.name]?[$0.key] == nil }
            if absent.isEmpty { return }
            var changes: [VaultChange] = []
            for generated in absent {
                changes.append(.set(provider.name, generated.key, to: .string(try Self.random(generated.kind))))
            }
            do throws(Problem) {
                try await apply(changes, id, ifRevision: snapshot.revision)
                return
            } catch {
                guard error.isStale else { throw error }
            }
        }
    }

    private static func random(_ kind: GeneratedValue.Kind) throws(Problem) -> String {
        try Problem.orInternal {
            try kind == .uuid ? Crypto.randomUUID() : Crypto.randomToken()
        }
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
            self.init(
                507, "not_saved", "The state could not be saved.",
                hint: "Nothing was changed. Latchkey's log says why; look at the data folder.")
        case .busy:
            self.init(
                503, "busy", "Another process has been renewing this connection for a minute.",
                hint: "Look for a latchkey that was suspended, and end it.")
        case .unreadable, .inUse, .notPrivate, .unknownKey, .badKey:
            self.init(500, "vault_unreadable", "The saved state cannot be read.", hint: "Latchkey's log says why.")
        }
    }

    /// Whether something was entrusted to another server than the one that is entered now.
    var isMoved: Bool { code == FlowEngine.State.reconnectNeeded.rawValue }

    /// Whether the account has changed since it was read.
    var isStale: Bool { status == 412 }

    /// What a flow says of a sign-in that did not begin or did not end well.
    init(_ problem: FlowProblem) {
        let status =
            switch problem.code {
            case FlowStatus.unreachable.rawValue, FlowStatus.tlsUntrusted.rawValue: 502
            case "misconfigured": 422
            default: 409
            }
        self.init(status, problem.code, problem.message, hint: problem.hint)
    }

    init(internal message: String) {
        self.init(500, "internal", "\(message).")
    }

    /// What is made. What keeps that from being made is a failure of the server's own, such as that there are no random
    /// bytes.
    static func orInternal<Value>(_ make: () throws -> Value) throws(Problem) -> Value {
        do { return try make() } catch { throw Problem(internal: "\(error)") }
    }
}

extension FlowProblem {
    init(_ problem: Problem) {
        self.init(code: problem.code, message: problem.message, hint: problem.hint)
    }
}
