import Companion
import Files
import Glibc
import HTTP
import Providers
import Vault

/// `latchkey serve`: builds the site when it has changed, then serves it beside the endpoints.
enum Serve: Verb {
    static let name = "serve"
    static let summary = "build the site when it has changed, and serve it with its endpoints"
    static let options =
        [
            listen, socketMode, socketOwner, trustedProxy, publicURL, allowHost, allowFrame, basePath, demo,
            trustNetwork, threads,
            pendingLimit,
            accountLimit, logLevel,
            logFormat,
            tokenLimit,
        ]
        + signInOptions + tellingOptions + limits.map(\.option) + [
            .host, .site, .output, .data, KeyPlace.keyFile, .title, .language, .providers, .config,
        ]

    static let structures = [sinks]

    static let listen = Option(
        name: "listen", value: "ADDRESS", isRepeatable: true,
        help: "127.0.0.1:8787, [::1]:8787, unix:/run/latchkey.sock, or systemd for the sockets that systemd passes")
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
        let lines = LogQueue(try Log.format(settings))
        // A log that nobody reads does not keep the process from ending.
        defer { lines.flush(within: .seconds(1)) }
        let demonstration = settings.has(demo) ? try Demonstration.start() : nil
        let folder = try DataFolder.path(settings, environment: Environment.all)
        try DataFolder.check(folder, settings)
        let door = try door(settings, data: folder)
        let telling = try telling(settings, data: folder)
        let apiKeys = try apiKeys(settings, folder)
        let plan = try ServePlan(settings, lines: lines, demonstration, door, telling, apiKeys)
        let data = try OpenData(settings, catalogue: plan.known)
        let vault = try data.vault(role: .server)

        let doorman = Doorman()
        let server = Server(configuration: plan.server, site: plan.files, responder: doorman)
        let signals = try Signals()
        let bound = try start(server)
        let probe = try AddressProbe.new()
        var companionSettings = try plan.companion(bound)
        companionSettings.historyFolder = Files.join(folder, "history")
        companionSettings.certificatesFolder = Files.join(folder, "certificates")
        let companion = Companion(
            catalogue: plan.catalogue, vault: vault, client: Client(userAgent: "Latchkey/\(programVersion)"),
            settings: companionSettings, probe: probe, log: plan.log)
        telling.audit?.tellTrouble(in: plan.log)
        telling.audit?.write(AuditEntry(.started, details: ["version": programVersion]))
        do throws(VaultError) { try await companion.resume() } catch { throw Failure.environment("\(error)") }
        doorman.admit(to: companion)
        try RunningFile(publicURL: plan.listening.publicURL(bound), probe: probe).write(folder)
        defer { RunningFile.remove(folder) }
        announce(plan.listening.publicURL(bound), bound, folder, isDemo: demonstration != nil)
        if let path = data.madeKey {
            Terminal.say("Made a key that seals tokens: \(path). Keep a copy of it, away from the data")
        }
        if let code = door.signIn?.setupCode {
            Terminal.say("To set the password, enter this code on the page: \(code)")
        }
        await attend(
            signals,
            RunningServer(
                server: server, vault: vault, folder: folder, probe: probe, doorman: doorman, bound: bound,
                lines: lines,
                demonstration: demonstration,
                plan: plan, companion: companion))
    }

    /// Does what signals wish, until they wish the end.
    private static func attend(_ signals: Signals, _ running: RunningServer) async {
        var running = running
        let manager = ServiceManager(environment: Environment.all)
        manager.ready("Open \(running.plan.listening.publicURL(running.bound))")
        Allocator.trim()
        for await wish in signals.wishes {
            if wish == .stop { break }
            manager.reloading()
            manager.ready(await running.reload())
        }
        manager.stopping()
        running.plan.log.info("stopping")
        // What a provider has been asked for is waited for as long as what clients have.
        let companion = running.companion
        async let isSettled = companion.settle(within: 8)
        await running.server.stop(grace: .seconds(8))
        if await !isSettled { running.plan.log.warning("ended before all tokens were saved") }
        await running.demonstration?.stop()
        await running.companion.stop()
        running.plan.door.signIn?.save()
        running.plan.telling.audit?.write(AuditEntry(.stopped))
        running.plan.telling.audit?.flush(within: .seconds(2))
        running.plan.apiKeys.save()
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
