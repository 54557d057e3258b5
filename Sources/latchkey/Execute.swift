import Companion
import Files
import Glibc

/// `latchkey exec`: becomes another program, which has a token that works now in its environment.
///
/// SECURITY: in the environment it is seen by that program and by the same user; among the arguments it would be seen by
/// everybody on the machine.
enum Execute: Verb {
    static let name = "exec"
    static let summary = "run a command with a token that works now in its environment, such as TRAKT_ACCESS_TOKEN"
    static let arguments = "PROVIDER -- COMMAND …"
    static let options = AccountCommand.options

    static func run(_ settings: Settings) async throws {
        guard settings.arguments.count >= 2 else {
            throw Failure.usage("exec needs a provider and a command: latchkey exec \(arguments)")
        }
        let inherited = Set(descriptors())
        let command = try AccountCommand(settings)
        let id = try command.id(try command.provider())
        let token = try await command.token(id, by: "latchkey exec")
        for (name, value) in variables(token, of: id.provider) { setenv(name, value, 1) }
        // SECURITY: whoever has it can read the vault. The command gets a token, and no more.
        unsetenv(KeyPlace.variable)
        try become(Array(settings.arguments.dropFirst()), keeping: inherited)
    }

    /// `TRAKT_ACCESS_TOKEN`, `TRAKT_EXPIRES_AT`, and what is no secret of the app: `TRAKT_CLIENT_ID`.
    private static func variables(_ token: Accounts.Token, of provider: String) -> [String: String] {
        let prefix = String(provider.uppercased().map { $0 == "-" ? "_" : $0 })
        var variables = ["\(prefix)_ACCESS_TOKEN": token.accessToken]
        variables["\(prefix)_EXPIRES_AT"] = token.expiresAt.flatMap { Int(exactly: $0.rounded(.down)) }.map(String.init)
        for (key, value) in token.app { variables["\(prefix)_\(key.uppercased())"] = value }
        return variables
    }

    /// The descriptors that are open; that of the list itself is closed by then.
    private static func descriptors() -> [Int32] {
        ((try? Files.names(in: "/proc/self/fd")) ?? []).compactMap { Int32($0) }.filter { fcntl($0, F_GETFD) >= 0 }
    }

    /// Becomes a program: it has this process's number, so that signals reach it, and its exit code is ours.
    private static func become(_ words: [String], keeping inherited: Set<Int32>) throws(Failure) {
        for descriptor in descriptors() where !inherited.contains(descriptor) {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        // What was arranged for this program alone: broken pipes are errors, and its threads hear no signals.
        signal(SIGPIPE, SIG_DFL)
        var signals = sigset_t()
        sigemptyset(&signals)
        pthread_sigmask(SIG_SETMASK, &signals, nil)
        let pointers = words.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        if let program = pointers[0] { execvp(program, pointers) }
        // As shells have it (POSIX.1-2024, Shell Command Language, section 2.8.2).
        let code: Int32 = errno == ENOENT ? 127 : 126
        Terminal.complain("latchkey: cannot run '\(words[0])': \(String(cString: strerror(errno)))")
        exit(code)
    }
}
