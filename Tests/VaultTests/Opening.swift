import TestSupport
import Vault

extension KeyRing {
    /// A ring with a new random key.
    static func fresh() throws -> KeyRing { KeyRing(current: try .random()) }

    /// The ring of these tests.
    static let ofTests = KeyRing(text: ProcessHandle.sealingKey)
}

extension FileVault {
    /// A vault in a folder, in which tokens are secret.
    static func open(
        _ folder: TemporaryFolder, role: Role = .server, keys: VaultKeys? = nil
    ) throws(VaultError) -> FileVault {
        guard let ring = KeyRing.ofTests else { throw .badKey("the key of the tests is none") }
        return try FileVault(folder: folder.path, keys: keys ?? VaultKeys(ring, name: "the tests"), role: role) {
            $0.last?.hasSuffix("token") == true || $0.last?.hasPrefix("_pending") == true
        }
    }
}
