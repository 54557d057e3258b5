import Companion
import Crypto
import Files
import Providers
import Vault

/// `latchkey key`: the key that seals what must not be readable in the data folder.
enum Key: Verb {
    static let name = "key"
    static let summary = "make or replace the key that seals tokens and secrets"
    static let arguments = "new|rotate"
    static let options: [Option] = [KeyPlace.keyFile, printed, forgetOlder, .data, Serve.demo, .site, .config]

    private static let printed = Option(
        name: "print", value: nil, isForOneCall: true,
        help: "with new: print the key, for LATCHKEY_KEY or another store of secrets, and write no file")
    private static let forgetOlder = Option(
        name: "forget-older", value: nil, isForOneCall: true,
        help: "with rotate: remove the older keys; copies of the data from before cannot be read then")

    static func run(_ settings: Settings) async throws {
        switch settings.arguments {
        case ["new"]: try new(settings)
        case ["rotate"]: try await rotate(settings)
        default: throw Failure.usage("say what to do: latchkey key new, or latchkey key rotate")
        }
    }

    private static func new(_ settings: Settings) throws {
        if settings.has(forgetOlder) { throw Failure.usage("--forget-older is for 'latchkey key rotate'") }
        if settings.has(printed) { return Terminal.say(try VaultKey.random().text) }
        let path = try KeyPlace.file(settings, Environment.all)
        guard Files.kind(of: path) == nil else {
            throw Failure.input(
                "there is a key at '\(path)' already; 'latchkey key rotate' makes a new one and seals everything with it"
            )
        }
        try KeyPlace.make(path)
        Terminal.say("Made a key: \(path)")
        Terminal.say("Keep a copy of it, away from the data: without it the tokens cannot be read.")
    }

    private static func rotate(_ settings: Settings) async throws {
        if settings.has(printed) { throw Failure.usage("--print is for 'latchkey key new'") }
        let data = try OpenData(settings)
        let vault = try data.vault(role: .visitor)
        let owners = try await vault.owners().filter(Visitor.isOwner)
        let ring: KeyRing
        do throws(VaultError) {
            ring = try await vault.rotateKeys(owners: owners, forgetsOlder: settings.has(forgetOlder))
        } catch {
            throw Failure.environment("\(error)")
        }
        Serve.audit(AuditEntry(.keyRotated, details: ["key": ring.current.id]), data: data.folder)
        let count = owners.count == 1 ? "1 document" : "\(owners.count) documents"
        Terminal.say("Everything is sealed with the new key \(ring.current.id): \(count) in \(data.folder).")
        Terminal.say("Keep a copy of \(data.keys.path ?? ""), away from the data.")
        if !ring.older.isEmpty {
            Terminal.say("The older keys stay in it, for copies of the data from before; --forget-older removes them.")
        }
    }
}
