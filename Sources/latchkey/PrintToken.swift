import Companion

/// `latchkey token`: a token that works now, and nothing else, on standard output.
enum PrintToken: Verb {
    static let name = "token"
    static let summary = "print a token that works now, and nothing else: for scripts"
    static let arguments = "PROVIDER"
    static let options = AccountCommand.options

    static func run(_ settings: Settings) async throws {
        guard settings.arguments.count <= 1 else { throw Failure.usage("token takes one provider") }
        let command = try AccountCommand(settings)
        let id = try command.id(try command.provider())
        Terminal.say(try await command.token(id, by: "latchkey token").accessToken)
    }
}
