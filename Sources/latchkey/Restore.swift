import Companion
import Files
import Vault

/// `latchkey restore`: what `latchkey backup` saved, back in the data folder.
enum Restore: Verb {
    static let name = "restore"
    static let summary = "put what 'backup' saved back into the data folder, sealed with the present key"
    static let arguments = "FILE"
    static let options = [Passphrase.file, Backup.replace] + OpenData.options

    static func run(_ settings: Settings) async throws {
        guard let file = settings.arguments.first, settings.arguments.count == 1 else {
            throw Failure.usage("restore needs a file: latchkey restore FILE")
        }
        let folder = try DataFolder.path(settings, environment: Environment.all)
        let names = (try? Files.names(in: folder))?.filter { !$0.hasPrefix(".") } ?? []
        guard settings.has(Backup.replace) || names.isEmpty else {
            throw Failure.input("'\(folder)' is not empty: --replace overwrites what the backup has, too")
        }
        do {
            let bytes = try Files.read(file, limit: 1 << 32)
            let content = try VaultBackup.open(bytes, passphrase: try Passphrase.read(settings))
            let data = try OpenData(settings)
            if let path = data.madeKey { Terminal.say("Made a key: \(path)") }
            // A server goes on with what it knows of sign-ins, and would write over what is put there.
            let lock = try serverLock(folder)
            let before = keys(folder)
            try withExtendedLifetime(lock) { () throws(VaultError) in try data.restore(content) }
            let (documents, files) = content.counts
            Terminal.say("Restored \(Backup.counted(documents, files)) to \(folder).")
            tellKeys(
                keys(folder).filter { key in
                    !before.contains { $0.key == key.key && $0.createdAt == key.createdAt }
                })
        } catch {
            throw error as? Failure ?? .environment("\(error)")
        }
    }

    /// The API keys of a folder, as far as they can be read.
    private static func keys(_ folder: String) -> [ApiKeyBook.Listed] {
        (try? ApiKeyBook(folder: folder))?.list ?? []
    }

    /// SECURITY: those that were revoked after the backup are worth something again.
    private static func tellKeys(_ keys: [ApiKeyBook.Listed]) {
        if keys.isEmpty { return }
        Terminal.say("API keys that work again: \(keys.map(\.key.name).joined(separator: ", ")).")
        Terminal.say("Revoke what should not: latchkey apikey revoke NAME")
    }

    private static func serverLock(_ folder: String) throws -> FileLock {
        try Files.makeFolder(folder, mode: 0o700)
        do throws(FileError) {
            return try FileLock(Files.join(folder, ".lock"))
        } catch {
            guard error.isLockHeld else { throw error }
            throw Failure.environment("a server uses '\(folder)': stop it first")
        }
    }
}
