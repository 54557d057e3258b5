internal import Diagnostics
public import HTTP
internal import JSON
public import Providers
public import Vault

/// Everything that answers a request for something other than a built file.
public struct Companion: Responder {
    private(set) var parts: EngineParts
    let engine: FlowEngine
    let history: HistorySync
    private(set) var schema: ConfigSchema
    private(set) var origins: OriginGuard
    private(set) var doorkeeper: any Doorkeeper
    let openID: OpenIDSignIn?
    let addresses: AddressChecks
    let followers: ChangeFollowers
    private var refusals: RefusalLog
    private(set) var settings: Settings

    /// What a companion needs to know.
    public struct Settings: Sendable {
        /// Where people reach this server, with a final slash: `http://127.0.0.1:8787/`.
        public var publicURL: String
        /// The origins from which the page may come, such as `http://127.0.0.1:8787`.
        public var origins: Set<String>
        /// How this program presents itself to providers.
        public var app: AppIdentity
        /// The page that tells why a callback was refused.
        public var refusedPage: [UInt8]
        /// The pages of the sign-in.
        public var signInPages: SignInPages
        /// What a demonstration tells the page; nil when this is none.
        public var demonstration: Demonstration?
        /// How many sign-ins may go on at once, of all accounts; more are answered 429. With one provider a tenth of them,
        /// but at least 60, may begin at once, and as many in each minute.
        public var pendingLimit: Int
        /// How many accounts there may be besides the default one; more are answered 409.
        public var accountLimit: Int
        /// How visitors are known.
        public var door = Door.open
        /// Whether those who have no app keys of their own for a provider use the ones that administrators have entered
        /// for everyone.
        public var sharesKeys = false
        /// The folder in which watched history is kept; nil when it is not, and its endpoints answer 404.
        public var historyFolder: String?
        /// The folder with the files of certificates that people may choose for their own servers; nil when there is none.
        public var certificatesFolder: String?
        /// Whom changes of connections are told, besides the pages.
        public var telling = Telling()
        /// The keys of apps; nil where apps get nothing.
        public var apiKeys: ApiKeyBook?
        /// Hears of each exchange with a provider.
        ///
        /// SECURITY: as it is, with all secrets: show it by `Redaction` alone.
        public var trace: (@Sendable (OutgoingRequest, Exchange) -> Void)?

        /// Settings.
        public init(
            publicURL: String, origins: Set<String>, app: AppIdentity, refusedPage: [UInt8],
            demonstration: Demonstration? = nil, pendingLimit: Int = 1000, accountLimit: Int = 1000,
            signInPages: SignInPages = SignInPages(password: [], setup: [], elsewhere: [])
        ) {
            self.publicURL = publicURL
            self.origins = origins
            self.app = app
            self.refusedPage = refusedPage
            self.demonstration = demonstration
            self.pendingLimit = pendingLimit
            self.accountLimit = accountLimit
            self.signInPages = signInPages
        }
    }

    /// Simulated providers that stand in for the real ones.
    public struct Demonstration: Sendable, Equatable {
        /// Where all that waits for approval can be approved.
        public var approveURL: String
        /// What the simulated providers know, by provider and the key of the field: app keys, and what is entered once.
        public var values: [String: String]

        /// A demonstration.
        public init(approveURL: String, values: [String: String]) {
            self.approveURL = approveURL
            self.values = values
        }
    }

    /// Where people sign in here.
    var signIn: SignIn? { settings.door.signIn }

    /// A companion; `resume()` it before the server starts.
    public init(
        catalogue: Catalogue, vault: any Vault, client: Client, settings: Settings, probe: AddressProbe, log: Log
    ) {
        let events = settings.door.signIn.map { signIn in EventHub { signIn.isLive($0) } } ?? EventHub()
        parts = EngineParts(
            catalogue: catalogue, vault: vault,
            transport: Transport(client: client, trace: settings.trace, certificates: settings.certificatesFolder),
            events: events,
            clock: EngineClock(), log: log, app: settings.app, publicURL: settings.publicURL,
            sharesKeys: settings.sharesKeys, accounts: AccountBook(vault, limit: settings.accountLimit))
        engine = FlowEngine(parts, pendingLimit: settings.pendingLimit)
        history = HistorySync(parts, engine, root: settings.historyFolder)
        schema = ConfigSchema(catalogue)
        origins = OriginGuard(origins: settings.origins, publicURL: settings.publicURL)
        doorkeeper = settings.door.doorkeeper
        if let signIn = settings.door.signIn, case .openID(let settings) = signIn.mode {
            openID = OpenIDSignIn(settings, parts, signIn.people)
        } else {
            openID = nil
        }
        refusals = RefusalLog(log, at: parts.clock.now)
        self.settings = settings
        addresses = AddressChecks(probe, at: parts.clock.now)
        followers = ChangeFollowers(parts, settings.telling, client)
    }

    /// Begins no refresh and no poll any more, and waits for so many seconds at most until all tokens that providers give
    /// are stored.
    ///
    /// - Returns: whether they are.
    public func settle(within seconds: Double) async -> Bool { await engine.stop(within: seconds) }

    /// What was to be told is written or kept for the next process. A disk that does not answer is not waited for.
    public func stop() async {
        let (ends, end) = AsyncStream<Void>.makeStream()
        Task { [followers] in
            await followers.stop()
            end.yield()
        }
        Task {
            try? await Task.sleep(for: .seconds(2))
            end.yield()
        }
        for await _ in ends { return }
    }

    /// Goes on with the sign-ins that were under way when the last process ended.
    ///
    /// - Throws: when the default document cannot be read. Another one that cannot is told of in the log: whose it is
    ///   gets an error, and nobody else.
    public func resume() async throws(VaultError) {
        await followers.adopt(settings.telling, parts)
        Task { [engine, changes = parts.vault.changesByOthers()] in await engine.follow(changes) }
        try await engine.resume(owner: VaultName.default)
        for owner in try await parts.vault.owners() where owner != VaultName.default && Visitor.isOwner(owner) {
            do throws(VaultError) {
                try await engine.resume(owner: owner)
            } catch {
                parts.log.warning("sign-ins not resumed", ["owner": owner, "reason": error.description])
            }
        }
        await history.resume()
    }

    /// The same companion with other descriptions, settings and another log. Sign-ins go on, pages that listen keep
    /// listening; requests that have begun are answered as they began. A sign-in whose provider or method is described no
    /// longer is not asked about any more.
    public func replacing(catalogue: Catalogue, settings: Settings, log: Log) async -> Companion {
        var next = self
        next.parts = parts.replacing(
            catalogue: catalogue, publicURL: settings.publicURL, app: settings.app, log: log,
            sharesKeys: settings.sharesKeys)
        next.doorkeeper = settings.door.doorkeeper
        next.schema = ConfigSchema(catalogue)
        next.origins = OriginGuard(origins: settings.origins, publicURL: settings.publicURL)
        next.refusals = RefusalLog(log, at: parts.clock.now)
        next.settings = settings
        await parts.accounts.setLimit(settings.accountLimit)
        await engine.adopt(next.parts, pendingLimit: settings.pendingLimit)
        Task { [engine] in await engine.planEverything() }
        await history.adopt(next.parts)
        await followers.adopt(settings.telling, next.parts)
        return next
    }

    /// Status and tokens are asked for all the time, and mostly nothing has changed: then the answer is the one before.
    public func readyResponse(to request: Request) -> Response? {
        if let token = readyToken(to: request) { return token }
        guard request.method == "GET", request.path == "/api/status", request.query.isEmpty, settings.door.isOpen,
            let bytes = parts.answers.answer(for: .owner, at: parts.clock.now)
        else { return nil }
        return Response(status: 200, headers: ["Content-Type": "application/json"], body: .bytes(bytes))
    }

    /// Answers one request.
    public func respond(to request: Request) async -> Response {
        do {
            return try await route(request)
        } catch {
            return error.response
        }
    }

    private func route(_ request: Request) async throws(Problem) -> Response {
        let method = request.method == "HEAD" ? "GET" : request.method
        var allowed: [String] = []
        for endpoint in Endpoint.table {
            guard let name = endpoint.fit(request.path) else { continue }
            let provider = parts.catalogue[String(name)]
            if !name.isEmpty, provider == nil { continue }
            guard endpoint.method == method else {
                allowed.append(endpoint.method)
                continue
            }
            let key = endpoint.takesKeys ? try apiKey(of: request) : nil
            // SECURITY: a key is sent on purpose, and never by a browser alone. Without one it has to be known whose page it
            // was.
            if endpoint.method == "POST", key == nil, endpoint.access != .app { try checkOrigin(request, provider) }
            let call = try await admit(request, to: endpoint, provider, key)
            if endpoint.changes, method == "GET", key == nil || request.method == "HEAD" {
                try origins.checkRead(request, isOpen: settings.door.isOpen)
            }
            let response = try await endpoint.handle(self)(call)
            audit(endpoint, call)
            if endpoint.method == "POST", key == nil, let visitor = call.visitor {
                await parts.rememberName(of: visitor)
            }
            return response
        }
        // Strangers are not told what there is.
        if request.path.hasPrefix("/api/"), !isForEveryone(request), try await doorkeeper.visitor(of: request) == nil {
            throw .notSignedIn
        }
        return allowed.isEmpty ? notFound(request) : Self.notAllowed(request, allowed)
    }

    /// Lets a request through to an endpoint that its maker may call.
    private func admit(
        _ request: Request, to endpoint: Endpoint, _ provider: Provider?, _ key: ApiKey?
    ) async throws(Problem) -> Endpoint.Call {
        if let key, let provider {
            let account = try Self.account(request)
            try check(key, provider, account, request)
            return Endpoint.Call(
                request: request, provider: provider,
                visitor: Visitor(owner: key.owner, name: key.name, isAdministrator: false),
                id: AccountID(owner: key.owner, account: account))
        }
        let visitor = try await visitor(of: request, for: endpoint, provider)
        switch endpoint.access {
        case .everyone, .app: break
        case .signedIn where visitor == nil: throw .notSignedIn
        case .signedIn: break
        }
        let id = AccountID(owner: visitor?.owner ?? VaultName.default, account: try Self.account(request))
        return Endpoint.Call(request: request, provider: provider, visitor: visitor, id: id)
    }

    /// Who calls; what is for everyone is for those, too, whom the doorkeeper refuses.
    private func visitor(
        of request: Request, for endpoint: Endpoint, _ provider: Provider?
    ) async throws(Problem) -> Visitor? {
        do throws(Problem) {
            return try await doorkeeper.visitor(of: request)
        } catch {
            if endpoint.access == .everyone || endpoint.access == .app { return nil }
            tellRefused("visitor refused", reason: error.code, provider, from: request)
            throw error
        }
    }

    private func checkOrigin(_ request: Request, _ provider: Provider?) throws(Problem) {
        do throws(Problem) {
            try origins.check(request)
        } catch {
            tellRefused("request refused", reason: error.code, provider, from: request)
            throw error
        }
    }

    /// Tells the log of a request that was refused for what somebody should look at.
    func tellRefused(_ event: String, reason: String, _ provider: Provider?, from request: Request) {
        let isTold = refusals.tell(
            event, reason: reason, provider: provider?.name, client: request.client, at: parts.clock.now)
        if isTold { auditRefusal(event, reason: reason, provider, from: request) }
    }

    func readHealth(_ call: Endpoint.Call) async throws(Problem) -> Response { .json(200, ["ok": true]) }

    /// The account that the query names, or the default one.
    static func account(_ request: Request) throws(Problem) -> String {
        let names = request.queryItems.filter { $0.name == "account" }.map(\.value)
        guard names.count <= 1 else {
            throw Problem(400, "bad_account", "The query names more than one account.", hint: "Give one account.")
        }
        let account = names.first ?? VaultName.default
        guard VaultName.isValid(account) else { throw Problem(VaultError.badName(String(account.prefix(80)))) }
        return account
    }

    private func isForEveryone(_ request: Request) -> Bool {
        Endpoint.table.contains { $0.access == .everyone && $0.path == request.path }
    }

    private static func notAllowed(_ request: Request, _ allowed: [String]) -> Response {
        let methods = allowed.flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] }.joined(separator: ", ")
        if request.method == "OPTIONS" { return Response(status: 204, headers: ["Allow": methods]) }
        var response = Problem(
            405, "method_not_allowed", "'\(request.path)' is not for \(request.method.prefix(32)).",
            hint: "Use \(methods)."
        ).response
        response.headers["Allow"] = methods
        return response
    }

    private func notFound(_ request: Request) -> Response {
        guard request.path.hasPrefix("/api/") else {
            return .text(404, "There is nothing at this address. The settings page is at \(settings.publicURL)\n")
        }
        let name = String(request.path.dropFirst(5).prefix { $0 != "/" })
        if Endpoint.table.contains(where: { $0.fit(request.path)?.isEmpty == false }) {
            let help = Suggestion.help(for: name, among: parts.catalogue.providers.map(\.name)) ?? ""
            return Problem(404, "unknown_provider", "There is no provider '\(name.prefix(64))'.", hint: help).response
        }
        return Problem(404, "not_found", "There is nothing at '\(request.path.prefix(200))'.").response
    }
}
