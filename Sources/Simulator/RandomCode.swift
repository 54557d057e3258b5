internal import Crypto

/// Codes that people type, and tokens of the form that a provider uses.
enum RandomCode {
    /// Characters from an alphabet. The alphabet is short, so that its unevenness does not matter here.
    static func make(_ count: Int, from alphabet: String) throws(Crypto.Failure) -> String {
        let letters = Array(alphabet.utf8)
        let bytes = try Crypto.randomBytes(count)
        return String(decoding: bytes.map { letters[Int($0) % max(letters.count, 1)] }, as: UTF8.self)
    }

    /// Hexadecimal digits, two for each byte.
    static func hex(bytes: Int) throws(Crypto.Failure) -> String { Hex.encode(try Crypto.randomBytes(bytes)) }
}
