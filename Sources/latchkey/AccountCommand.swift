import Companion
import Diagnostics
import Files
import HTTP
import Providers
import Vault

/// What the verbs about accounts work with: the vault of the data folder, whether a server runs or not, and an engine of
/// their own.
struct AccountCommand {
    static let account = Option(
        name: "account", value: "NAME", isForOneCall: true, help: "which account, when there are several (default)")
    /// The options that it reads.
    static let options: [Option] =
        [account] + Option.ownerOptions + [
            Serve.sharedKeys, Serve.publicURL, .host, .data, KeyPlace.keyFile, .site, .providers, .config,
        ] + Serve.tellingOptions

    let accounts: Accounts
    /// Where providers send browsers back to.
    let publicURL: String
    private let settings: Settings

    init(_ settings: Settings) throws {
        self.settings = settings
        let builder = try settings.builder()
        let known = try ServePlan.known(builder, settings, nil)
        let shown = try builder.site.read().shown(of: known, choosing: settings.providers)
        // A list in a terminal is read by name.
        let catalogue = Catalogue(inOrder: shown.providers.sorted { $0.name < $1.name })
        let data = try OpenData(settings, catalogue: known)
        if let path = data.madeKey {
            Terminal.complain("Made a key that seals tokens: \(path). Keep a copy of it, away from the data")
        }
        publicURL = try Self.publicURL(settings, data.folder)
        var companion = Companion.Settings(
            publicURL: publicURL, origins: [], app: .thisProgram, refusedPage: [])
        companion.sharesKeys = settings.has(Serve.sharedKeys)
        companion.certificatesFolder = Files.join(data.folder, "certificates")
        companion.telling = try ServePlan.telling(
            try Serve.telling(settings, data: data.folder), settings, catalogue, builder)
        accounts = Accounts(
            Companion(
                catalogue: catalogue, vault: try data.vault(role: .visitor),
                client: Client(userAgent: "Latchkey/\(programVersion)"), settings: companion, probe: try .new(),
                log: Log(level: .off, format: .text) { _ in }))
    }

    /// A vault in memory and all providers that there are: nothing is read of the accounts that are kept, and nothing is
    /// stored.
    ///
    /// - Parameter trace: hears of each exchange.
    init(trying settings: Settings, trace: (@Sendable (OutgoingRequest, Exchange) -> Void)?) throws {
        self.settings = settings
        publicURL =
            try settings[Serve.publicURL].map { text throws(Failure) in try PublicURL(text).text }
            ?? "http://127.0.0.1:8787/"
        var companion = Companion.Settings(
            publicURL: publicURL, origins: [], app: .thisProgram, refusedPage: [])
        companion.trace = trace
        accounts = Accounts(
            Companion(
                catalogue: try ServePlan.known(try settings.builder(), settings, nil), vault: MemoryVault(),
                client: Client(userAgent: "Latchkey/\(programVersion)"), settings: companion, probe: try .new(),
                log: Log(level: .off, format: .text) { _ in }))
    }

    /// That of the server that runs, else the one that is configured, else where a server listens when nothing is said.
    private static func publicURL(_ settings: Settings, _ folder: String) throws(Failure) -> String {
        if let running = RunningFile(folder: folder) { return running.publicURL }
        guard let text = settings[Serve.publicURL] else { return "http://127.0.0.1:8787/" }
        return try PublicURL(text).text
    }

    /// The provider that the first argument names.
    func provider() throws(Failure) -> Provider {
        let names = accounts.catalogue.providers.map(\.name)
        guard let name = settings.arguments.first else {
            throw .usage("say which provider: \(names.joined(separator: ", "))")
        }
        guard let provider = accounts.catalogue[name] else {
            let help = Suggestion.help(for: name, among: names).map { "; \($0)" } ?? ""
            throw .usage("there is no provider '\(name)'\(help)")
        }
        return provider
    }

    /// A token that works now, which is written down.
    func token(_ id: Accounts.ID, by means: String) async throws(Failure) -> Accounts.Token {
        // A refresh that was begun must be stored, whoever wants this to end.
        let held = HeldSignals()
        defer { held.letGo() }
        let result: Result<Accounts.Token, Failure>
        do throws(Failure) {
            result = .success(
                try await Failure.catching { () throws(Problem) in try await accounts.token(id) })
            accounts.audit(.revealed, id, by: means)
        } catch {
            result = .failure(error)
        }
        // That it cannot be refreshed any more is told, too.
        try await finish(id)
        return try result.get()
    }

    /// Waits until everything is stored and told.
    func finish(_ id: Accounts.ID) async throws(Failure) {
        guard await accounts.finish() else {
            throw .environment(
                "the new tokens of \(id.provider) could not be saved: look at the disk, then connect again")
        }
    }

    /// The account that the command line names.
    func id(_ provider: Provider) throws(Failure) -> Accounts.ID {
        let account = settings[Self.account] ?? VaultName.default
        guard VaultName.isValid(account) else { throw .usage("--account: \(VaultError.badName(account))") }
        return Accounts.ID(owner: try settings.owner().owner, account: account, provider: provider.name)
    }
}

extension Failure {
    /// What an account's problem is for whoever called the program.
    init(_ problem: Problem) {
        let message = [problem.message, problem.hint].filter { !$0.isEmpty }.joined(separator: " ")
        self.init(code: problem.status >= 500 && problem.status != 502 ? .environment : .input, message: message)
    }

    /// As above, for what a call throws.
    static func catching<Result>(
        _ body: () async throws(Problem) -> Result
    ) async throws(Failure) -> Result {
        do throws(Problem) { return try await body() } catch { throw Failure(error) }
    }
}
