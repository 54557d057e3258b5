import Companion
import Files

/// `latchkey passwd`: sets the password of `--sign-in password`.
enum Passwd: Verb {
    static let name = "passwd"
    static let summary = "set the password of 'serve --sign-in password'; whoever is signed in has to sign in again"
    static let options: [Option] = [.data, Serve.demo, .site, .config]

    static func run(_ settings: Settings) async throws {
        guard settings.arguments.isEmpty else {
            throw Failure.usage("passwd takes no arguments: it asks for the password, or reads it from standard input")
        }
        let password = try Asking.secret("New password: ", what: "password")
        guard password.count >= StoredPassword.shortest else {
            throw Failure.input("the password needs \(StoredPassword.shortest) characters at least")
        }
        guard password.utf8.count <= StoredPassword.longest else {
            throw Failure.input("the password has more than \(StoredPassword.longest) bytes")
        }
        if Asking.isPossible, try Asking.secret("Once more: ", what: "password") != password {
            throw Failure.input("the two passwords differ")
        }
        let data = try DataFolder.path(settings, environment: Environment.all)
        let folder = Files.join(data, "sign-in")
        do {
            try Files.makeFolder(data, mode: 0o700)
            try Files.makeFolder(folder, mode: 0o700)
            try StoredPassword(password).write(SignIn.passwordPath(in: folder))
            // An administrator does this for the user who runs the server, and that one must be able to read it.
            for path in [folder, SignIn.passwordPath(in: folder)] { try Files.giveOwner(of: data, to: path) }
        } catch {
            throw Failure.environment("\(error)")
        }
        Serve.audit(AuditEntry(.passwordSet, owner: "default", details: ["by": "latchkey passwd"]), data: data)
        Terminal.say("The password for \(data) is set. Whoever was signed in has to sign in again.")
    }
}
