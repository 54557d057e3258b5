import Companion
import HTTP
import Providers
import Site

/// All that a configuration and a site say, read and checked. A server starts with one, and goes on with another when it
/// is reloaded.
struct ServePlan {
    let settings: Settings
    let listening: Listening
    let log: Log
    /// The built site as the server answers it. The one that it was made from is not kept: both are large.
    let files: StaticSite
    private let refusedPage: [UInt8]
    private let signInPages: SignInPages
    /// The providers that the site shows.
    let catalogue: Catalogue
    /// All that the site has files of: what is kept of one that is not shown stays sealed.
    let known: Catalogue
    let server: ServerConfiguration
    /// How visitors are known.
    let door: Door
    /// Whom changes of connections are told.
    let telling: Telling
    /// The keys of apps. They outlive reloads.
    let apiKeys: ApiKeyBook
    private let demonstration: Demonstration?

    /// Reads the site, and builds it when it has changed.
    ///
    /// - Parameter demonstration: the simulated providers that stand in for the real ones.
    /// - Throws: `Failure` or `Diagnostics`. Nothing but the output folder was changed then.
    init(
        _ settings: Settings, lines: LogQueue, _ demonstration: Demonstration?, _ door: Door, _ telling: Telling,
        _ apiKeys: ApiKeyBook
    ) throws {
        self.settings = settings
        self.demonstration = demonstration
        self.door = door
        self.apiKeys = apiKeys
        listening = try Listening(settings)
        log = try Log.make(settings, lines)
        var server = try listening.configuration(settings, log)
        if let signIn = door.signIn { server.gate = { signIn.gate($0) } }
        self.server = server
        Serve.tellOfDescriptors(settings, server.limits, log)
        for option in [Serve.pendingLimit, Serve.accountLimit] { _ = try Self.count(option, settings) }
        let builder = try settings.builder()
        let built = try Failure.catching { () throws(BuildError) in try builder.buildIfNeeded() }
        files = StaticSite(built, securityHeaders: listening.securityHeaders)
        refusedPage = built.site.page("/callback/refused/")
        signInPages = SignInPages(
            password: built.site.page("/sign-in/"), setup: built.site.page("/sign-in/setup/"),
            elsewhere: built.site.page("/sign-in/elsewhere/"))
        known = try Self.known(builder, settings, demonstration)
        catalogue = try builder.site.read().shown(of: known, choosing: settings.providers)
        self.telling = try Self.telling(telling, settings, catalogue, builder)
    }

    /// What lives on, with the files and addresses of these settings.
    static func telling(
        _ telling: Telling, _ settings: Settings, _ catalogue: Catalogue, _ builder: SiteBuilder
    ) throws -> Telling {
        let data = try DataFolder.path(settings, environment: Environment.all)
        var telling = telling
        telling.webhooks = try Serve.webhooks(settings, data: data)
        telling.sinks = try Serve.sinks(settings, catalogue, try builder.site.read(), data: data)
        // Nothing real gets a token that is none.
        if settings.has(Serve.demo) { (telling.sinks, telling.webhooks) = ([], Webhooks()) }
        return telling
    }

    /// What the companion needs to know, when the server has its addresses.
    func companion(_ bound: [BoundAddress]) throws(Failure) -> Companion.Settings {
        var companion = Companion.Settings(
            publicURL: listening.publicURL(bound), origins: listening.origins(bound), app: .thisProgram,
            refusedPage: refusedPage, demonstration: demonstration?.shown,
            pendingLimit: try Self.count(Serve.pendingLimit, settings),
            accountLimit: try Self.count(Serve.accountLimit, settings), signInPages: signInPages)
        companion.door = door
        companion.telling = telling
        companion.apiKeys = apiKeys
        companion.sharesKeys = settings.has(Serve.sharedKeys)
        return companion
    }

    /// All providers of the site, at the hosts that were named, or at those of a demonstration.
    static func known(
        _ builder: SiteBuilder, _ settings: Settings, _ demonstration: Demonstration?
    ) throws -> Catalogue {
        var hosts = demonstration?.hosts ?? [:]
        for text in settings.all(.host) {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw Failure.usage("--host '\(text)' should be PROVIDER.NAME=URL") }
            hosts[parts[0]] = parts[1]
        }
        let all = try builder.site.read().catalogue()
        do throws(Catalogue.HostProblem) {
            return try all.replacingHosts(hosts)
        } catch {
            throw Failure.usage("--host: \(error)")
        }
    }

    /// The value of an option that is a number.
    private static func count(_ option: Option, _ settings: Settings) throws(Failure) -> Int {
        guard let text = settings[option] else { return 1000 }
        guard let count = Int(text), 1...10_000_000 ~= count else {
            throw .usage("--\(option.name) '\(text)' should be a number from 1 to 10000000")
        }
        return count
    }
}

extension AppIdentity {
    /// How this program presents itself to providers.
    static var thisProgram: AppIdentity {
        AppIdentity(name: "Latchkey", version: programVersion, device: LocalNames.hostName)
    }
}
