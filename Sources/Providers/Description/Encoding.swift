/// Percent-encoding (RFC 3986 section 2.1) and the form encoding of the URL standard.
enum Encoding {
    /// Everything but the unreserved characters is encoded: fit for a path segment, a query or a fragment value.
    static func percent(_ text: String) -> String {
        encode(text, spaceAsPlus: false)
    }

    /// As `application/x-www-form-urlencoded`: a space becomes `+`.
    static func form(_ text: String) -> String {
        encode(text, spaceAsPlus: true)
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

    /// Whether a text can stand in a header field or a log line: no control characters, no line breaks.
    static func isPlain(_ text: String) -> Bool {
        text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && !(0x80...0x9F).contains($0.value) }
    }

    /// A foreign text for a message: control characters become spaces, and it is cut.
    static func excerpt(_ text: String, limit: Int = 200) -> String {
        let plain = String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(limit + 1).map {
                    isPlain(String($0)) ? $0 : " "
                }))
        return plain.unicodeScalars.count > limit ? String(plain.unicodeScalars.prefix(limit)) + "…" : plain
    }
}
