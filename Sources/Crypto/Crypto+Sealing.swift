internal import CCrypto

extension Crypto {
    /// A key of AES-256-GCM: 32 bytes.
    public static let sealingKeyLength = 32
    private static let nonceLength = 12
    private static let tagLength = 16

    /// The bytes were not sealed with this key for this place, or have been changed since.
    public struct NotAuthentic: Error, Equatable, Sendable {}

    /// Encrypts and authenticates some bytes with AES-256-GCM (NIST SP 800-38D): a random nonce of 12 bytes, the
    /// ciphertext, a tag of 16 bytes.
    ///
    /// - Parameters:
    ///   - key: `sealingKeyLength` bytes. With one key no more than 2^32 messages are safe (section 8.3).
    ///   - context: what is authenticated besides, and must be the same when it is opened.
    public static func seal(_ plain: [UInt8], key: [UInt8], context: [UInt8]) throws(Failure) -> [UInt8] {
        let nonce = try randomBytes(nonceLength)
        guard key.count == sealingKeyLength, let cipher = EVP_CIPHER_CTX_new() else {
            throw Failure(function: "EVP_CIPHER_CTX_new")
        }
        defer { EVP_CIPHER_CTX_free(cipher) }
        var sealed = [UInt8](repeating: 0, count: plain.count)
        var tag = [UInt8](repeating: 0, count: tagLength)
        var count: Int32 = 0
        guard EVP_EncryptInit_ex(cipher, EVP_aes_256_gcm(), nil, key, nonce) == 1,
            EVP_EncryptUpdate(cipher, nil, &count, context, Int32(clamping: context.count)) == 1,
            EVP_EncryptUpdate(cipher, &sealed, &count, plain, Int32(clamping: plain.count)) == 1,
            EVP_EncryptFinal_ex(cipher, nil, &count) == 1,
            EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, Int32(tagLength), &tag) == 1
        else { throw Failure(function: "EVP_EncryptUpdate") }
        return nonce + sealed + tag
    }

    /// What was sealed with the same key and context.
    public static func open(_ sealed: [UInt8], key: [UInt8], context: [UInt8]) throws(NotAuthentic) -> [UInt8] {
        guard key.count == sealingKeyLength, sealed.count >= nonceLength + tagLength,
            let cipher = EVP_CIPHER_CTX_new()
        else { throw NotAuthentic() }
        defer { EVP_CIPHER_CTX_free(cipher) }
        let nonce = Array(sealed.prefix(nonceLength))
        let text = Array(sealed.dropFirst(nonceLength).dropLast(tagLength))
        var tag = Array(sealed.suffix(tagLength))
        var plain = [UInt8](repeating: 0, count: text.count)
        var count: Int32 = 0
        guard EVP_DecryptInit_ex(cipher, EVP_aes_256_gcm(), nil, key, nonce) == 1,
            EVP_DecryptUpdate(cipher, nil, &count, context, Int32(clamping: context.count)) == 1,
            EVP_DecryptUpdate(cipher, &plain, &count, text, Int32(clamping: text.count)) == 1,
            EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, Int32(tagLength), &tag) == 1,
            EVP_DecryptFinal_ex(cipher, nil, &count) == 1
        else { throw NotAuthentic() }
        return plain
    }
}
