import Providers
import Vault

/// The data folder with its key and the rule of what is secret in it: what every verb needs that reads or changes accounts.
struct OpenData {
    let folder: String
    let keys: VaultKeys
    /// Where a key was made just now.
    let madeKey: String?
    private let isSecret: FileVault.SecretRule

    /// The options that it reads.
    static let options: [Option] = [.data, KeyPlace.keyFile, Serve.demo, .site, .config]

    /// Finds the folder and the key.
    ///
    /// - Parameter catalogue: the providers; those of the site when it is nil.
    init(_ settings: Settings, catalogue: Catalogue? = nil) throws {
        let environment = Environment.all
        folder = try DataFolder.path(settings, environment: environment)
        try DataFolder.check(folder, settings)
        let schema = ConfigSchema(try catalogue ?? settings.builder().site.read().catalogue())
        isSecret = { schema.isSealed($0) }
        (keys, madeKey) = try KeyPlace.keys(settings, folder: folder, environment: environment)
    }

    /// Opens the vault.
    func vault(role: FileVault.Role) throws(Failure) -> FileVault {
        do throws(VaultError) {
            return try FileVault(folder: folder, keys: keys, role: role, isSecret: isSecret)
        } catch {
            guard case .notWritten(let reason) = error else { throw .environment("\(error)") }
            throw .environment("--data '\(folder)' cannot be used: \(reason)")
        }
    }

    /// Puts a backup into the folder.
    func restore(_ content: VaultBackup.Content) throws(VaultError) {
        try VaultBackup.restore(content, folder: folder, keys: keys, isSecret: isSecret)
    }
}
