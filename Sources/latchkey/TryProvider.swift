import Companion
import Glibc
import Providers

/// `latchkey try`: a provider's sign-in from a terminal, to see whether its description works.
enum TryProvider: Verb {
    static let name = "try"
    static let summary = "go through a provider's sign-in from a terminal, and keep nothing of it"
    static let arguments = "PROVIDER"
    static let options = [LinkAccount.method, trace, Serve.publicURL, .host, .site, .config]

    private static let trace = Option(
        name: "trace", value: nil, isForOneCall: true,
        help: "show each request and its answer, without what opens an account")

    static func run(_ settings: Settings) async throws {
        guard settings.arguments.count <= 1 else { throw Failure.usage("try takes one provider") }
        let command = try AccountCommand(trying: settings, trace: settings.has(trace) ? show : nil)
        let (accounts, provider) = (command.accounts, try command.provider())
        let id = Accounts.ID(owner: "default", account: "default", provider: provider.name)
        let method = try LinkAccount.chosen(settings[LinkAccount.method], of: provider)
        let keys = try await LinkAccount.enterKeys(method, id, command, again: true)
        let entered = try LinkAccount.enterOnce(method, provider).merging(keys) { once, _ in once }
        try await LinkAccount.connect(provider, method, id, accounts, entered)
        Terminal.say("It works: \(await identity(provider, method, id, accounts)).")
        // A token that nobody keeps should not go on to open the account.
        let (message, page) = try await Failure.catching { () throws(Problem) in try await accounts.unlink(id) }
        Terminal.say("Nothing is stored. " + message + (page.map { " It can be ended at \($0)" } ?? ""))
    }

    private static func identity(
        _ provider: Provider, _ method: SignInMethod, _ id: Accounts.ID, _ accounts: Accounts
    ) async -> String {
        guard provider.canIdentify(method) else {
            return "\(provider.label) accepted it, and has no way to say whose account it is"
        }
        guard let name = await accounts.name(id) else {
            return "\(provider.label) gave a token, but did not say whose account it is"
        }
        return "this is \(name) at \(provider.label)"
    }

    private static let show: @Sendable (OutgoingRequest, Exchange) -> Void = { request, exchange in
        let sent = Redaction.lines(request).map { "> \($0)" }
        let received = Redaction.lines(exchange, to: request).map { "< \($0)" }
        Terminal.complain((sent + received).joined(separator: "\n"))
    }
}
