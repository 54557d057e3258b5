import Companion
import Diagnostics
import Providers
import Site

/// `latchkey check`: what a build would say, without writing anything.
enum Check: Verb {
    static let name = "check"
    static let summary = "look for problems in templates, strings and providers, and write nothing"
    static let arguments = "[PROVIDER]"
    static let options: [Option] = [
        explain, method, .site, .output, .title, .language, .providers, .host, Serve.publicURL, .config,
    ]

    private static let explain = Option(
        name: "providers", value: nil, isForOneCall: true,
        help: "show what each provider's file makes Latchkey send, or that of one: check --providers trakt")
    static let structures = Serve.structures

    private static let method = Option(
        name: "method", value: "METHOD", isForOneCall: true, help: "with --providers: this method alone")

    static func run(_ settings: Settings) async throws {
        if settings.isGiven(explain) { return try explain(settings) }
        guard settings.arguments.isEmpty else {
            throw Failure.usage("check takes no arguments; name the folder with --site")
        }
        let builder = try settings.builder()
        let site = try Failure.catching { () throws(BuildError) in try builder.render() }
        let sources = try builder.site.read()
        let shown = try sources.shown(of: try sources.catalogue(), choosing: settings.providers)
        _ = try Serve.sinks(settings, shown, sources, data: nil)
        Terminal.say("No problems: the site would have \(site.files.count) files")
    }

    // MARK: What providers are sent

    private static func explain(_ settings: Settings) throws {
        let catalogue = try ServePlan.known(try settings.builder(), settings, nil)
        let providers = try chosen(settings.arguments, of: catalogue)
        let publicURL = try settings[Serve.publicURL].map { text throws(Failure) in try PublicURL(text).text }
        for provider in providers {
            if provider != providers.first { Terminal.say("") }
            let methods = try settings[method].map { id throws(Failure) in [try LinkAccount.chosen(id, of: provider)] }
            show(provider, methods ?? provider.methods, publicURL ?? "http://127.0.0.1:8787/")
        }
    }

    private static func chosen(_ names: [String], of catalogue: Catalogue) throws(Failure) -> [Provider] {
        guard let name = names.first else { return catalogue.providers }
        guard names.count == 1 else { throw .usage("check --providers takes one provider, or none for all") }
        guard let provider = catalogue[name] else {
            let help = Suggestion.help(for: name, among: catalogue.providers.map(\.name)).map { "; \($0)" } ?? ""
            throw .usage("there is no provider '\(name)'\(help)")
        }
        return [provider]
    }

    private static func show(_ provider: Provider, _ methods: [SignInMethod], _ publicURL: String) {
        let explanation = Explanation(
            provider, app: AppIdentity(name: "Latchkey", version: programVersion, device: "example-device"),
            redirectURI: Companion.redirectAddress(provider.name, publicURL: publicURL))
        Terminal.say("\(provider.name): \(provider.label)")
        for method in methods {
            Terminal.say("")
            Terminal.say("method \(method.id): \(method.label)")
            for step in explanation.steps(method) {
                Terminal.say("  \(step.title)")
                for line in step.lines { Terminal.say("    \(line)") }
            }
        }
    }
}
