internal import CCrypto

extension Crypto {
    /// How much work scrypt makes (RFC 7914 section 2). It needs 128 · `cost` · `blockSize` bytes of memory.
    public struct ScryptCost: Equatable, Sendable {
        /// N, a power of two.
        public let cost: Int
        /// r.
        public let blockSize: Int
        /// p.
        public let parallelism: Int

        /// A cost.
        public init(cost: Int, blockSize: Int, parallelism: Int) {
            self.cost = cost
            self.blockSize = blockSize
            self.parallelism = parallelism
        }

        /// What OWASP's Password Storage Cheat Sheet recommends where 32 MiB are to be enough.
        public static let recommended = ScryptCost(cost: 1 << 15, blockSize: 8, parallelism: 3)
    }

    /// The 32 bytes that scrypt derives from a password (RFC 7914; `EVP_PBE_scrypt`). It takes a good part of a second on
    /// purpose: never call it where others wait.
    ///
    /// - Throws: also when the cost is more than 256 MiB or is none.
    public static func scrypt(_ password: String, salt: [UInt8], _ cost: ScryptCost) throws(Failure) -> [UInt8] {
        let text = password.utf8.map(CChar.init(bitPattern:))
        var key = [UInt8](repeating: 0, count: 32)
        guard cost.cost > 1, cost.blockSize > 0, cost.parallelism > 0,
            EVP_PBE_scrypt(
                text, text.count, salt, salt.count, UInt64(cost.cost), UInt64(cost.blockSize),
                UInt64(cost.parallelism), 256 << 20, &key, key.count) == 1
        else { throw Failure(function: "EVP_PBE_scrypt") }
        return key
    }

    /// The HMAC-SHA-256 of some bytes (RFC 2104), 32 bytes.
    public static func hmac(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        // As with digests, it fails only where nothing else could go on either.
        let done = HMAC(EVP_sha256(), key, Int32(clamping: key.count), message, message.count, &code, &length)
        precondition(done != nil && length == 32, "libcrypto's HMAC failed")
        return code
    }
}
