internal import Crypto

extension FileVault {
    /// Makes a new key and seals everything with it. Older keys stay in the key file, so that at any moment, however this
    /// ends, every value opens with a key that is there; what was left is sealed with the new one by the next call, or when
    /// it is next read by a server.
    ///
    /// - Parameters:
    ///   - owners: whose documents are sealed anew.
    ///   - forgetsOlder: whether the older keys are removed when nothing is sealed with them any more.
    /// - Returns: the new ring.
    public func rotateKeys(owners: [String], forgetsOlder: Bool) async throws(VaultError) -> KeyRing {
        let key: VaultKey
        do throws(Crypto.Failure) { key = try .random() } catch { throw .badKey("\(error)") }
        let lock = try await keys.lockForChange()
        try keys.replace(keys.ring.rotated(to: key))
        for owner in owners { try await reseal(owner: owner) }
        if forgetsOlder {
            // Whoever wrote meanwhile may not have seen the new key yet.
            for (file, id) in try SealedFiles.keys(in: folder) where id != key.id {
                throw .badKey("'\(file)' is still sealed with the key \(id): rotate again")
            }
            try keys.replace(KeyRing(current: key))
        }
        withExtendedLifetime(lock) {}
        return keys.ring
    }
}
