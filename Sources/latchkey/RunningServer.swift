import Companion
import Diagnostics
import HTTP
import Providers
import Vault

/// A server that answers, and what it was made of: it goes on with another configuration when that is wished.
struct RunningServer {
    /// Options whose new values count only after a restart.
    static let fixed: [Option] =
        Serve.sessionOptions + [
            Serve.listen, Serve.socketMode, Serve.socketOwner, Serve.threads, Serve.demo, .data, KeyPlace.keyFile,
            Serve.signIn, Serve.userHeader, Serve.tokenLimit,
        ] + Serve.auditOptions

    let server: Server
    let vault: FileVault
    let folder: String
    let probe: AddressProbe
    let doorman: Doorman
    let bound: [BoundAddress]
    let lines: LogQueue
    let demonstration: Demonstration?
    var plan: ServePlan
    var companion: Companion

    /// Reads the configuration and the site anew and goes on with them. No connection is closed and no sign-in ends. What
    /// is broken is told, and everything stays as it was.
    ///
    /// - Returns: a line for people on how it went.
    mutating func reload() async -> String {
        do {
            var settings = try Serve.settings(CommandLine.arguments.dropFirst(2), environment: Environment.all)
            // Sessions know who is an administrator, and their cookies where the page is.
            let fixed = Self.fixed + (plan.door.signIn == nil ? [] : [Serve.admin, Serve.publicURL])
            let left = settings.keep(fixed, of: plan.settings)
            let door = try Serve.door(settings, keeping: plan.door)
            let next = try ServePlan(settings, lines: lines, demonstration, door, plan.telling, plan.apiKeys)
            let companionSettings = try next.companion(bound)
            try server.reload(next.server, site: next.files)
            let schema = ConfigSchema(next.known)
            await vault.adopt { schema.isSealed($0) }
            companion = await companion.replacing(
                catalogue: next.catalogue, settings: companionSettings, log: next.log)
            doorman.admit(to: companion)
            plan = next
            plan.telling.audit?.tellTrouble(in: plan.log)
            try RunningFile(publicURL: next.listening.publicURL(bound), probe: probe).write(folder)
            plan.log.info("reloaded", ["providers": "\(next.catalogue.providers.count)"])
            if !left.isEmpty {
                plan.log.warning("restart needed", ["options": left.map(\.name).joined(separator: ", ")])
            }
            return "Reloaded"
        } catch {
            let reason = Self.reason(error)
            plan.log.warning("not reloaded", ["reason": reason])
            return "Not reloaded, the configuration stays as it was: \(reason)"
        }
    }

    /// What is wrong, on one line.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case let failure as Failure: failure.message
        case let problems as Diagnostics:
            problems.list.map { "\($0)".prefix { $0 != "\n" } }.joined(separator: "; ")
        default: "\(error)"
        }
    }
}
