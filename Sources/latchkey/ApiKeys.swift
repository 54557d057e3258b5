import Companion
import Diagnostics
import JSON
import Providers
import Site

/// `latchkey apikey`: the keys by which apps get tokens. A server that runs heeds each change at once.
enum ApiKeys: Verb {
    static let name = "apikey"
    static let summary = "make, list and revoke the keys with which apps ask for tokens"
    static let arguments = "new NAME | list | revoke NAME"
    static let options =
        [allow, json] + Option.ownerOptions + [.data, Serve.demo, .site, .config]

    private static let allow = Option(
        name: "allow", value: "ACCOUNTS", isRepeatable: true, isForOneCall: true,
        help:
            "what a new key opens, separated by commas: trakt for the default account, plex:alice for that one, trakt:* "
            + "for all")
    private static let json = Option(name: "json", value: nil, isForOneCall: true, help: "print the list as JSON")

    static func run(_ settings: Settings) async throws {
        let folder = try DataFolder.path(settings, environment: Environment.all)
        let words = settings.arguments
        do {
            switch (words.first, words.count) {
            case ("new", 2): try make(words[1], settings, folder)
            case ("revoke", 2): try revoke(words[1], folder)
            case ("list", 1): try list(settings, folder)
            default: throw Failure.usage("say one of: latchkey apikey \(arguments)")
            }
        } catch let error as ApiKeyError {
            switch error {
            case .nameTaken, .noSuchKey, .tooMany: throw Failure.input("\(error)")
            case .unreadable, .notWritten, .noRandomBytes: throw Failure.environment("\(error)")
            }
        }
    }

    private static func make(_ name: String, _ settings: Settings, _ folder: String) throws {
        guard ApiKeyBook.isName(name) else {
            throw Failure.usage(
                "'\(name)' is not a name: use 1 to 64 letters, digits, '.', '-' and '_', and begin with a letter or digit"
            )
        }
        let catalogue = try SiteFolder(settings.site).read().catalogue()
        let grants = try grants(settings.all(allow), among: catalogue.providers.map(\.name))
        let (owner, user) = try settings.owner()
        let key = ApiKey(name: name, owner: owner, grants: grants)
        let text = try ApiKeyBook(folder: folder).make(key, user: user)
        Serve.audit(AuditEntry(.keyMade, owner: owner, name: user, details: details(name, grants)), data: folder)
        Terminal.complain("This is the key of '\(name)', for \(list(grants)). It is shown this once:")
        Terminal.say(text)
    }

    /// What a key is to open.
    private static func grants(_ given: [String], among providers: [String]) throws(Failure) -> [ApiKey.Grant] {
        let texts = given.joined(separator: ",").filter { $0 != " " }.split(separator: ",").map(String.init)
        guard !texts.isEmpty else { throw .usage("say with --allow what the key opens: --allow trakt,plex:alice") }
        var grants: [ApiKey.Grant] = []
        for text in texts {
            guard let grant = ApiKey.Grant(text) else {
                throw .usage("--allow '\(text)' should be PROVIDER, PROVIDER:ACCOUNT or PROVIDER:*")
            }
            guard providers.contains(grant.provider) else {
                let help = Suggestion.help(for: grant.provider, among: providers).map { "; \($0)" } ?? ""
                throw .usage("--allow: there is no provider '\(grant.provider)'\(help)")
            }
            if !grants.contains(grant) { grants.append(grant) }
        }
        return grants
    }

    private static func revoke(_ name: String, _ folder: String) throws {
        let key = try ApiKeyBook(folder: folder).revoke(name)
        Serve.audit(AuditEntry(.keyRevoked, owner: key.owner, details: details(name, key.grants)), data: folder)
        Terminal.complain("The key of '\(name)' is worth nothing from now on.")
    }

    private static func details(_ name: String, _ grants: [ApiKey.Grant]) -> [String: String] {
        ["key": name, "allow": list(grants), "by": "latchkey apikey"]
    }

    private static func list(_ settings: Settings, _ folder: String) throws {
        let keys = try ApiKeyBook(folder: folder).list
        if settings.has(json) {
            let json: JSON = ["keys": .array(keys.map(self.json))]
            return Terminal.say(String(decoding: json.encoded(pretty: true), as: UTF8.self))
        }
        guard !keys.isEmpty else { return Terminal.complain("There are no API keys: apps get nothing.") }
        let hasUsers = keys.contains { $0.user != nil }
        let rows = keys.map { key in
            [
                key.key.name, list(key.key.grants), Table.time(key.createdAt),
                key.lastUsedAt.map(Table.time) ?? "never",
            ] + (hasUsers ? [key.user ?? ""] : [])
        }
        let head = ["NAME", "ALLOWS", "MADE", "LAST USE"] + (hasUsers ? ["USER"] : [])
        for line in Table.lines([head] + rows) { Terminal.say(line) }
    }

    private static func list(_ grants: [ApiKey.Grant]) -> String { grants.map(\.description).joined(separator: ", ") }

    private static func json(_ listed: ApiKeyBook.Listed) -> JSON {
        var json = listed.shown
        json["owner"] = .string(listed.key.owner)
        json["user"] = listed.user.map(JSON.string)
        return json
    }
}
