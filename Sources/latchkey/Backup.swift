import Companion
import Files
import Vault

/// `latchkey backup`: the data folder in one file, under a passphrase.
enum Backup: Verb {
    static let name = "backup"
    static let summary = "put the whole data folder into one file, under a passphrase"
    static let arguments = "FILE"
    static let options = [Passphrase.file, replace] + OpenData.options

    static let replace = Option(
        name: "replace", value: nil, isForOneCall: true, help: "overwrite what is there")

    static func run(_ settings: Settings) async throws {
        guard let file = settings.arguments.first, settings.arguments.count == 1 else {
            throw Failure.usage("backup needs a file: latchkey backup FILE")
        }
        guard settings.has(replace) || Files.kind(of: file) == nil else {
            throw Failure.input("'\(file)' is there already: --replace overwrites it")
        }
        let data = try OpenData(settings)
        guard Files.kind(of: data.folder) == .folder else {
            throw Failure.environment("there is no data folder '\(data.folder)'")
        }
        let passphrase = try Passphrase.new(settings)
        do {
            let owners = try await data.vault(role: .visitor).owners().filter(Visitor.isOwner)
            let backup = try VaultBackup.make(
                folder: data.folder, keys: data.keys, owners: owners, passphrase: passphrase)
            try Files.writeDurably(backup.bytes, to: file)
            Terminal.say("Saved \(Backup.counted(backup.documents, backup.files)) of \(data.folder) in \(file).")
        } catch {
            throw error as? Failure ?? .environment("\(error)")
        }
        Terminal.say("It needs its passphrase and nothing else to be restored.")
    }

    /// `2 documents and 3 other files`.
    static func counted(_ documents: Int, _ files: Int) -> String {
        let first = documents == 1 ? "1 document" : "\(documents) documents"
        return first + (files == 0 ? "" : files == 1 ? " and 1 other file" : " and \(files) other files")
    }
}
