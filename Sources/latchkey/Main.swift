import Diagnostics
import Glibc

/// The command line: finds the verb, runs it, and turns what went wrong into a message and an exit code.
@main
enum Main {
    static var verbs: [any Verb.Type] {
        [
            Serve.self, Build.self, Check.self, Render.self,
            TryProvider.self, LinkAccount.self, AccountStatus.self, PrintToken.self, Execute.self, UnlinkAccount.self,
            ApiKeys.self,
            Key.self, Backup.self, Restore.self, Passwd.self, Audit.self, Doctor.self,
        ]
    }

    static func main() async {
        do {
            try await run(CommandLine.arguments.dropFirst())
        } catch let failure as Failure {
            Terminal.complain("latchkey: " + failure.message)
            exit(failure.code.rawValue)
        } catch {
            // Diagnostics already say which file they are about.
            Terminal.complain("\(error)")
            exit(Failure.Code.input.rawValue)
        }
    }

    private static func named(_ word: String) throws(Failure) -> any Verb.Type {
        if let verb = verbs.first(where: { $0.name == word }) { return verb }
        let help = Suggestion.help(for: word, among: verbs.map { $0.name }) ?? ""
        throw .usage("'\(word)' is not a verb; \(help)")
    }

    static func run(_ arguments: ArraySlice<String>) async throws {
        guard let word = arguments.first else { throw Failure.usage("say what to do\n\n" + help) }
        if ["help", "--help", "-h"].contains(word) {
            guard let wanted = arguments.dropFirst().first else { return Terminal.say(help) }
            return Terminal.say(try named(wanted).help)
        }
        if ["version", "--version"].contains(word) { return Terminal.say("latchkey \(programVersion)") }
        let verb = try named(word)
        // What stands behind two dashes is for somebody else.
        if arguments.prefix(while: { $0 != "--" }).contains("--help") { return Terminal.say(verb.help) }
        try await verb.run(try verb.settings(arguments.dropFirst(), environment: Environment.all))
    }

    static var help: String {
        let width = verbs.map { $0.name.count }.max() ?? 0
        let lines = verbs.map { verb in
            "  " + verb.name + String(repeating: " ", count: width - verb.name.count + 2) + verb.summary
        }
        return
            (["usage: latchkey VERB [options]", ""] + lines
            + [
                "",
                "'latchkey help VERB' tells its options. Each is also an environment variable (LATCHKEY_…) and a key of latchkey.json5.",
            ])
            .joined(separator: "\n")
    }
}
