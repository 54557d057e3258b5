import Companion
import JSON

/// `latchkey status`: how all accounts stand.
enum AccountStatus: Verb {
    static let name = "status"
    static let summary = "show all accounts: whose they are, how they stand, and until when"
    static let options = [json] + AccountCommand.options.filter { $0 != AccountCommand.account }

    private static let json = Option(
        name: "json", value: nil, isForOneCall: true, help: "print the accounts as JSON")

    /// An account, and the name of its owner; empty for the owner of an installation without sign-in.
    private struct Line {
        let owner: String
        let user: String
        let status: JSON

        func text(_ key: String) -> String { status[key]?.stringValue ?? "" }
    }

    static func run(_ settings: Settings) async throws {
        guard settings.arguments.isEmpty else { throw Failure.usage("status takes no arguments") }
        let accounts = try AccountCommand(settings).accounts
        let lines = try await lines(settings, accounts)
        if settings.has(json) {
            let json: JSON = ["accounts": .array(lines.map(self.json))]
            return Terminal.say(String(decoding: json.encoded(pretty: true), as: UTF8.self))
        }
        let hasUsers = lines.contains { !$0.user.isEmpty }
        let head = ["PROVIDER", "ACCOUNT", "STATE", "NAME", "EXPIRES"] + (hasUsers ? ["USER"] : [])
        for line in Table.lines([head] + lines.map { row($0, hasUsers) }) { Terminal.say(line) }
        for line in lines where needsSomebody.contains(line.text("state")) {
            let sentences = [line.text("message"), line.text("hint")].filter { !$0.isEmpty }.joined(separator: " ")
            Terminal.complain("\(line.text("provider")) \(line.text("account")): \(sentences)")
        }
    }

    /// The states about which somebody should do something.
    private static let needsSomebody: Set = ["expiring", "expired", "reconnect_needed", "misconfigured", "unreachable"]

    /// Of the person who is named, else of all.
    private static func lines(_ settings: Settings, _ accounts: Accounts) async throws -> [Line] {
        let all = try await Failure.catching { () throws(Problem) in try await accounts.owners() }
        var owners = all
        if settings[.user] != nil {
            let (owner, user) = try settings.owner()
            owners = [(owner, user ?? "")]
        } else if all.count > 1, try await isEmpty(all[0].owner, accounts) {
            // With a sign-in everybody has a document of their own, and nobody need have this one.
            owners.removeFirst()
        }
        var lines: [Line] = []
        for (owner, user) in owners {
            let statuses = try await Failure.catching { () throws(Problem) in try await accounts.statuses(owner: owner)
            }
            lines += statuses.map { Line(owner: owner, user: user, status: $0) }
        }
        return lines
    }

    private static func isEmpty(_ owner: String, _ accounts: Accounts) async throws(Failure) -> Bool {
        let statuses = try await Failure.catching { () throws(Problem) in try await accounts.statuses(owner: owner) }
        return statuses.allSatisfy { ["not_set_up", "needs_sign_in"].contains($0["state"]?.stringValue) }
    }

    private static func row(_ line: Line, _ hasUsers: Bool) -> [String] {
        [
            line.text("provider"), line.text("account"), line.text("state"), line.text("account_name"),
            line.status["expires_at"]?.doubleValue.map(Table.time) ?? "",
        ] + (hasUsers ? [line.user] : [])
    }

    private static func json(_ line: Line) -> JSON {
        var json: JSONObject = [:]
        let keys = [
            "provider", "account", "state", "message", "hint", "since", "account_name", "expires_at", "method",
            "linked_at", "checked_at",
        ]
        for key in keys { json[key] = line.status[key] }
        json["owner"] = .string(line.owner)
        if !line.user.isEmpty { json["user"] = .string(line.user) }
        return .object(json)
    }
}
