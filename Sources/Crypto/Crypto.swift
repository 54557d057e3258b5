internal import CCrypto

/// The few primitives that Latchkey needs, all from libcrypto. Nothing here implements cryptography.
public enum Crypto {
    /// libcrypto could not do what it was asked. This means a broken installation, never bad input.
    public struct Failure: Error, Equatable, Sendable, CustomStringConvertible {
        /// Which libcrypto function failed.
        public let function: String

        /// A sentence for the person who runs the server.
        public var description: String { "libcrypto's \(function) failed: the OpenSSL installation is broken" }
    }

    /// Random bytes fit for keys and tokens (`RAND_bytes`).
    public static func randomBytes(_ count: Int) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, Int32(clamping: count)) == 1 else { throw Failure(function: "RAND_bytes") }
        return bytes
    }

    /// A random token of `bytes` bytes as base64url without padding: 16 bytes give 22 characters, 32 give 43.
    public static func randomToken(bytes: Int = 32) throws(Failure) -> String {
        Base64URL.encode(try randomBytes(bytes))
    }

    /// A random UUID (version 4, RFC 9562 section 5.4), in lower case.
    public static func randomUUID() throws(Failure) -> String {
        var bytes = try randomBytes(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let hex = Hex.encode(bytes)
        let cuts = [0, 8, 12, 16, 20, 32].map { hex.index(hex.startIndex, offsetBy: $0) }
        return zip(cuts, cuts.dropFirst()).map { hex[$0..<$1] }.joined(separator: "-")
    }

    /// The SHA-256 digest (32 bytes) of some bytes.
    public static func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let input = Array(bytes)
        var digest = [UInt8](repeating: 0, count: 32)
        // EVP_Digest fails only when memory is exhausted, where nothing else could go on either.
        let done = EVP_Digest(input, input.count, &digest, nil, EVP_sha256(), nil)
        precondition(done == 1, "libcrypto's EVP_Digest failed")
        return digest
    }

    /// The MD5 digest (16 bytes, RFC 1321) of some bytes.
    ///
    /// SECURITY: MD5 is broken. It is here only for services that sign requests with it; nothing of Latchkey's own rests
    /// on it.
    public static func md5(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        let input = Array(bytes)
        var digest = [UInt8](repeating: 0, count: 16)
        // As above; an installation that has switched MD5 off gives zeros, and the service refuses the signature.
        EVP_Digest(input, input.count, &digest, nil, EVP_md5(), nil)
        return digest
    }

    /// Whether two values are equal, in a time that does not depend on where they differ (`CRYPTO_memcmp`).
    /// SECURITY: use it for every comparison with a secret.
    public static func equalInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }
}
