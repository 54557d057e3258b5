import Companion
import Files
import Glibc
import HTTP
import Providers
import Site
import Vault

/// `latchkey serve`: builds the site when it has changed, then serves it beside the endpoints.
enum Serve: Verb {
    static let name = "serve"
    static let summary = "build the site when it has changed, and serve it with its endpoints"
    static let options =
        [
            listen, publicURL, allowHost, basePath, demo, trustNetwork, threads, pendingLimit, accountLimit, logLevel,
            logFormat,
        ]
        + [.host, .site, .output, .data, .title, .language, .config]

    static let listen = Option(
        name: "listen", value: "ADDRESS", isRepeatable: true,
        help: "127.0.0.1:8787, [::1]:8787 or unix:/run/latchkey.sock")
    static let publicURL = Option(
        name: "public-url", value: "URL",
        help: "the address that people use, from which callbacks are made (the listen address)")
    static let allowHost = Option(
        name: "allow-host", value: "NAME", isRepeatable: true,
        help: "another host name under which the page may be opened")
    static let basePath = Option(
        name: "base-path", value: "PATH", help: "the path under which a proxy forwards requests, such as /settings/ (/)"
    )
    static let demo = Option(
        name: "demo", value: nil, help: "use simulated providers: try everything without an account anywhere")
    static let trustNetwork = Option(
        name: "trust-network", value: nil,
        help: "listen beyond this machine although there is no sign-in: whoever reaches the port owns the accounts")
    static let threads = Option(
        name: "threads", value: "COUNT", help: "how many event loops answer requests (one for each processor)")
    static let pendingLimit = Option(
        name: "pending-limit", value: "COUNT",
        help: "how many sign-ins may go on at once; a tenth of them may begin in a minute with one provider (1000)")
    static let accountLimit = Option(
        name: "account-limit", value: "COUNT", help: "how many accounts there may be besides the default one (1000)")
    static let logLevel = Option(name: "log-level", value: "LEVEL", help: "off, warning, info or debug (info)")
    static let logFormat = Option(name: "log-format", value: "FORMAT", help: "text or json (text)")

    static func run(_ settings: Settings) async throws {
        guard settings.arguments.isEmpty else { throw Failure.usage("serve takes no arguments") }
        Allocator.keepSmall()
        let listening = try Listening(settings)
        let limits = (pending: try count(pendingLimit, settings), accounts: try count(accountLimit, settings))
        let (log, lines) = try Log.make(settings)
        // A log that nobody reads does not keep the process from ending.
        defer { lines.flush(within: .seconds(1)) }
        let builder = try settings.builder()
        let built = try Failure.catching { () throws(BuildError) in try builder.buildIfNeeded() }
        let demonstration = settings.has(demo) ? try Demonstration.start() : nil
        let catalogue = try catalogue(builder, settings, demonstration)
        let data = try DataFolder.path(settings, environment: Environment.all)
        let folder = demonstration == nil ? data : Files.join(data, "demo")
        let vault = try vault(folder)

        let doorman = Doorman()
        let server = Server(
            configuration: listening.configuration(log),
            site: StaticSite(built, securityHeaders: listening.securityHeaders), responder: doorman)
        let signals = try StopSignals()
        let bound = try start(server)
        let publicURL = listening.publicURL(bound)
        let companion = Companion(
            catalogue: catalogue, vault: vault, client: Client(userAgent: "Latchkey/\(programVersion)"),
            settings: .init(
                publicURL: publicURL, origins: listening.origins(bound), app: .thisProgram,
                refusedPage: built.site.page("/callback/refused/"), demonstration: demonstration?.shown,
                pendingLimit: limits.pending, accountLimit: limits.accounts),
            log: log)
        do throws(VaultError) { try await companion.resume() } catch { throw Failure.environment("\(error)") }
        doorman.admit(to: companion)
        announce(publicURL, bound, folder, isDemo: demonstration != nil)

        Allocator.trim()
        await signals.wait()
        await server.stop(grace: .seconds(5))
        await demonstration?.stop()
    }

    private static func catalogue(
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

    private static func vault(_ folder: String) throws(Failure) -> FileVault {
        do {
            return try FileVault(folder: folder)
        } catch {
            throw .environment("\(error)")
        }
    }

    private static func start(_ server: Server) throws(Failure) -> [BoundAddress] {
        do {
            return try server.start()
        } catch {
            throw .environment("\(error)")
        }
    }

    private static func announce(_ publicURL: String, _ bound: [BoundAddress], _ folder: String, isDemo: Bool) {
        Terminal.say("Latchkey \(programVersion): open \(publicURL)")
        let elsewhere = bound.map(\.description).filter { !publicURL.contains($0) }
        if !elsewhere.isEmpty { Terminal.say("It listens on \(elsewhere.joined(separator: ", "))") }
        if isDemo { Terminal.say("This is a demonstration: no real provider is contacted") }
        Terminal.say("Config and tokens are kept in \(folder)")
    }
}

extension AppIdentity {
    /// How this program presents itself to providers.
    static var thisProgram: AppIdentity {
        AppIdentity(name: "Latchkey", version: programVersion, device: LocalNames.hostName)
    }
}
