internal import CCrypto

/// Lower-case hexadecimal.
public enum Hex {
    /// Two characters for each byte.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// The bytes of a text of `encode`; nil when it is none.
    public static func decode(_ text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { byte -> UInt8? in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        guard digits.count == text.utf8.count, digits.count % 2 == 0 else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

/// base64 with padding (RFC 4648 section 4), as HTTP Basic authentication wants it.
public enum Base64 {
    /// Encodes bytes (libcrypto's `EVP_EncodeBlock`).
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let input = Array(bytes)
        // Four characters for three bytes, and the NUL that EVP_EncodeBlock appends.
        var output = [UInt8](repeating: 0, count: (input.count + 2) / 3 * 4 + 1)
        let length = EVP_EncodeBlock(&output, input, Int32(clamping: input.count))
        return String(decoding: output.prefix(Int(length)), as: UTF8.self)
    }

    /// The bytes of a text with padding (libcrypto's `EVP_DecodeBlock`); nil when it is not base64.
    public static func decode(_ text: String) -> [UInt8]? {
        let input = Array(text.utf8)
        guard input.count % 4 == 0 else { return nil }
        let padding = input.suffix(2).count { $0 == UInt8(ascii: "=") }
        // EVP_DecodeBlock leaves out white space and decodes padding as zeros.
        let isPlain = input.dropLast(padding).allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                true
            default: false
            }
        }
        var output = [UInt8](repeating: 0, count: input.count / 4 * 3)
        guard isPlain, EVP_DecodeBlock(&output, input, Int32(clamping: input.count)) == output.count else { return nil }
        return Array(output.dropLast(padding))
    }
}

/// base64url without padding (RFC 4648 section 5; RFC 7636 appendix A).
public enum Base64URL {
    /// Encodes bytes.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        String(
            Base64.encode(bytes).compactMap { character in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            })
    }

    /// The bytes of a text; nil when it is not base64url.
    public static func decode(_ text: String) -> [UInt8]? {
        let bytes = text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): UInt8(ascii: " ")
            default: byte
            }
        }
        let padding = String(repeating: "=", count: (4 - bytes.count % 4) % 4)
        return Base64.decode(String(decoding: bytes, as: UTF8.self) + padding)
    }
}
