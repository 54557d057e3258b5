import Companion
import Diagnostics
import Files
import HTTP
import JSON
import Providers
import Site

/// `latchkey doctor`: looks at everything that a server needs, with the configuration of `serve`, and at the one that runs.
/// It changes nothing.
enum Doctor: Verb {
    static let name = "doctor"
    static let summary = "say whether the configuration, the data and the public address are as they should be"
    static let options = Serve.options + [json]
    static let structures = Serve.structures

    private static let json = Option(
        name: "json", value: nil, isForOneCall: true, help: "print the findings as JSON")

    /// What is true of one topic.
    struct Finding: Equatable {
        let topic: String
        let finding: AddressFinding

        init(_ topic: String, _ level: AddressFinding.Level, _ message: String, hint: String = "") {
            self.init(topic, AddressFinding(level, message, hint: hint))
        }

        init(_ topic: String, _ finding: AddressFinding) { (self.topic, self.finding) = (topic, finding) }
    }

    static func run(_ settings: Settings) async throws {
        guard settings.arguments.isEmpty else { throw Failure.usage("doctor takes no arguments") }
        let findings = try await findings(settings)
        let problems = findings.count { $0.finding.level == .problem }
        if settings.has(json) {
            Terminal.say(String(decoding: report(findings, isGood: problems == 0).encoded(), as: UTF8.self))
        } else {
            for finding in findings { Terminal.say(line(finding)) }
        }
        guard problems > 0 else { return }
        throw Failure.input(problems == 1 ? "there is a problem" : "there are \(problems) problems")
    }

    private static func report(_ findings: [Finding], isGood: Bool) -> JSON {
        [
            "ok": .bool(isGood),
            "findings": .array(
                findings.map {
                    [
                        "topic": .string($0.topic), "level": .string($0.finding.level.rawValue),
                        "message": .string($0.finding.message), "hint": .string($0.finding.hint),
                    ]
                }),
        ]
    }

    /// `problem  address  what is wrong`, and below it what to do.
    private static func line(_ item: Finding) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(1, width - text.count))
        }
        let start = padded(item.finding.level.rawValue, 9) + padded(item.topic, 15)
        let hint = item.finding.hint.isEmpty ? "" : "\n" + padded("", 24) + item.finding.hint
        return start + item.finding.message + hint
    }

    // MARK: The topics

    static func findings(_ settings: Settings) async throws -> [Finding] {
        let folder = try DataFolder.path(settings, environment: Environment.all)
        let running = RunningFile(folder: folder)
        let publicURL = running?.publicURL ?? configuredURL(settings)
        return configuration(settings) + site(settings, publicURL) + DataCheck.findings(folder)
            + signIn(settings, folder) + telling(settings, folder) + limits(settings)
            + (await address(settings, running))
    }

    /// The address that the settings name, when it can be one.
    private static func configuredURL(_ settings: Settings) -> String? {
        settings[Serve.publicURL].flatMap { try? PublicURL($0).text }
    }

    private static func configuration(_ settings: Settings) -> [Finding] {
        let topic = "configuration"
        do {
            _ = try Listening(settings, Listeners(ownOf: settings.all(Serve.listen)))
            _ = try Serve.signInMode(settings)
            _ = try Serve.limits(settings)
            _ = try Serve.proxies(settings)
            return [Finding(topic, .ok, "It is understood.")]
        } catch {
            return [Finding(topic, .problem, sentence(error.message))]
        }
    }

    private static func site(_ settings: Settings, _ publicURL: String?) -> [Finding] {
        let topic = "site"
        do {
            let builder = try settings.builder()
            _ = try Failure.catching { () throws(BuildError) in try builder.render() }
            let sources = try builder.site.read()
            let providers = try sources.shown(of: try sources.catalogue(), choosing: settings.providers).providers
                .sorted { $0.name < $1.name }
            let names = providers.map(\.label).joined(separator: ", ")
            let found = [Finding(topic, .ok, "It can be built, with \(names.isEmpty ? "no provider" : names).")]
            return found + providers.filter(sendsBack).compactMap { redirect($0, publicURL) }
        } catch let problems as Diagnostics {
            return problems.list.map { problem in
                Finding(topic, .problem, sentence(String("\(problem)".prefix { $0 != "\n" })))
            }
        } catch {
            return [Finding(topic, .problem, sentence((error as? Failure)?.message ?? "\(error)"))]
        }
    }

    private static func sendsBack(_ provider: Provider) -> Bool { provider.methods.contains { $0.kind == .redirect } }

    private static func redirect(_ provider: Provider, _ publicURL: String?) -> Finding? {
        guard let publicURL else { return nil }
        let address = Companion.redirectAddress(provider.name, publicURL: publicURL)
        return Finding("redirect", .ok, "\(provider.label) is given \(address)")
    }

    private static func signIn(_ settings: Settings, _ folder: String) -> [Finding] {
        let topic = "sign-in"
        guard let mode = try? Serve.signInMode(settings) else { return [] }
        switch mode {
        case .none where Listening.isReachable(settings):
            return [
                Finding(
                    topic, .warning, "Nobody is asked: whoever reaches the port or the proxy owns the accounts.",
                    hint: "Say --sign-in password, unless the proxy asks, or the network is yours alone.")
            ]
        case .none: return [Finding(topic, .ok, "Nobody is asked: whoever uses this machine owns the accounts.")]
        case .proxy(let header, _): return [Finding(topic, .ok, "The proxy says in '\(header)' who it is.")]
        case .here(.openID(let openID)) where openID.users.isEmpty:
            return [
                Finding(
                    topic, .warning, "\(openID.issuer) says who it is, and everybody whom it knows may enter.",
                    hint: "Say who may with --allow-user.")
            ]
        case .here(.openID(let openID)): return [Finding(topic, .ok, "\(openID.issuer) says who it is.")]
        case .here(.password):
            let isSet = Files.kind(of: SignIn.passwordPath(in: Files.join(folder, "sign-in"))) != nil
            if isSet { return [Finding(topic, .ok, "A password is set.")] }
            return [
                Finding(
                    topic, .warning, "No password is set yet.",
                    hint: "Run latchkey passwd, or use the code that serve prints when it starts.")
            ]
        }
    }

    private static func limits(_ settings: Settings) -> [Finding] {
        guard let limits = try? Serve.limits(settings) else { return [] }
        let possible = Server.connectionsPossible(limits)
        guard Serve.isConnectionLimitGiven(settings), possible < limits.connections else {
            return [Finding("limits", .ok, "\(min(possible, limits.connections)) connections may be open.")]
        }
        return [
            Finding(
                "limits", .warning, "\(possible) connections may be open, and not \(limits.connections).",
                hint: "Raise the limit of open files (ulimit -Hn, LimitNOFILE=).")
        ]
    }

    private static func address(_ settings: Settings, _ running: RunningFile?) async -> [Finding] {
        guard let running else {
            return [
                Finding(
                    "address", .warning, "No server runs with this data folder, so the public address was not tried.",
                    hint: "Start latchkey serve, and run latchkey doctor beside it.")
            ]
        }
        var findings: [Finding] = []
        if let configured = configuredURL(settings), configured != running.publicURL {
            findings.append(
                Finding(
                    "address", .warning,
                    "The server that runs has --public-url \(running.publicURL), and not \(configured).",
                    hint: "Send it SIGHUP, or give doctor the options of serve."))
        }
        let client = Client(userAgent: "Latchkey/\(programVersion)")
        let outcome = await AddressProbe(key: running.probeKey).run(running.publicURL, client)
        let all = AddressFinding.all(publicURL: running.publicURL, page: nil, outcome: outcome)
        return findings + all.map { Finding("address", $0) }
    }

    /// A message as a sentence.
    static func sentence(_ message: String) -> String {
        let text = message.prefix(1).uppercased() + message.dropFirst()
        return text.hasSuffix(".") ? text : text + "."
    }
}
