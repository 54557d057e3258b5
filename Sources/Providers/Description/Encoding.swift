internal import Crypto

/// Percent-encoding (RFC 3986 section 2.1) and the form encoding of the URL standard.
public enum Encoding {
    /// Everything but the unreserved characters is encoded: fit for a path segment, a query or a fragment value.
    public static func percent(_ text: String) -> String {
        encode(text, spaceAsPlus: false)
    }

    /// As `application/x-www-form-urlencoded`: a space becomes `+`.
    static func form(_ text: String) -> String {
        encode(text, spaceAsPlus: true)
    }

    /// What `form` made this of; nil when it is not encoded so.
    static func formDecoded(_ text: some StringProtocol) -> String? {
        let parts = String(text).replacing("+", with: " ").split(separator: "%", omittingEmptySubsequences: false)
        var bytes = Array(parts[0].utf8)
        for part in parts.dropFirst() {
            guard part.utf8.count > 1, let byte = Hex.decode(part.prefix(2).lowercased()) else { return nil }
            bytes += byte + Array(part.dropFirst(2).utf8)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// `a=1&b=2`.
    static func query(_ parameters: [Parameter]) -> String {
        parameters.map { "\(percent($0.name))=\(percent($0.value))" }.joined(separator: "&")
    }

    /// `a=1&b=2` as a form.
    static func form(_ parameters: [Parameter]) -> String {
        parameters.map { "\(form($0.name))=\(form($0.value))" }.joined(separator: "&")
    }

    private static func encode(_ text: String, spaceAsPlus: Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.append(byte)
            case UInt8(ascii: " ") where spaceAsPlus:
                result.append(UInt8(ascii: "+"))
            default:
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Whether a text can stand in a header field or a log line: no control characters, no line breaks, and nothing
    /// that is not seen.
    static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { !isControl($0) && !isInvisible($0) }
    }

    /// Whether a text has only the characters from space to `~`.
    static func isPrintableASCII(_ text: String) -> Bool {
        text.utf8.allSatisfy { 0x20...0x7E ~= $0 }
    }

    /// A foreign text for a message: control characters become spaces, what is not seen is left out, and it is cut.
    public static func excerpt(_ text: String, limit: Int = 200) -> String {
        if text.utf8.count <= limit, isPrintableASCII(text) { return text }
        let seen = text.unicodeScalars.lazy.filter { !isInvisible($0) }.prefix(limit + 1).map {
            isControl($0) ? " " : $0
        }
        let plain = String(String.UnicodeScalarView(seen))
        return plain.unicodeScalars.count > limit ? String(plain.unicodeScalars.prefix(limit)) + "…" : plain
    }

    /// Control characters and the line breaks of Unicode.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }

    /// SECURITY: what turns the direction of writing (UAX #9) makes a text look like another one, and what is not seen
    /// at all (UAX #44, Default_Ignorable_Code_Point) makes two texts look the same.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        let properties = scalar.properties
        return properties.isDefaultIgnorableCodePoint || properties.isBidiControl || 0xFFF9...0xFFFB ~= scalar.value
    }
}
