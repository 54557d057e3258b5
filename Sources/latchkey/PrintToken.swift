import Companion

/// `latchkey token`: a token that works now, and nothing else, on standard output.
enum PrintToken: Verb {
    static let name = "token"
    static let summary = "print a token that works now, and nothing else: for scripts"
    static let arguments = "PROVIDER"
    static let options = [json] + AccountCommand.options

    private static let json = Option(
        name: "json", value: nil, isForOneCall: true,
        help: "print what apps are told, as JSON: the token, its end, and the header fields that requests need")

    static func run(_ settings: Settings) async throws {
        guard settings.arguments.count <= 1 else { throw Failure.usage("token takes one provider") }
        let command = try AccountCommand(settings)
        let id = try command.id(try command.provider())
        let token = try await command.token(id, by: "latchkey token")
        let isWhole = settings.has(json)
        Terminal.say(isWhole ? String(decoding: token.json.encoded(pretty: true), as: UTF8.self) : token.accessToken)
    }
}
