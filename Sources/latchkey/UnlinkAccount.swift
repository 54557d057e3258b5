import Companion

/// `latchkey unlink`: ends a connection, here and at the provider.
enum UnlinkAccount: Verb {
    static let name = "unlink"
    static let summary = "disconnect an account: its tokens are revoked at the provider, and forgotten here"
    static let arguments = "PROVIDER"
    static let options = AccountCommand.options

    static func run(_ settings: Settings) async throws {
        guard settings.arguments.count <= 1 else { throw Failure.usage("unlink takes one provider") }
        let command = try AccountCommand(settings)
        let id = try command.id(try command.provider())
        command.accounts.audit(.disconnectAsked, id, by: "latchkey unlink")
        let ended = try await Failure.catching { () throws(Problem) in try await command.accounts.unlink(id) }
        try await command.finish(id)
        Terminal.say(ended.message)
        if let page = ended.page { Terminal.say("You can end it at \(page)") }
    }
}
