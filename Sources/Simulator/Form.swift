/// `application/x-www-form-urlencoded` (WHATWG URL, section 5), for form bodies and queries.
enum Form {
    /// The pairs of a form, in order; `+` is a space, and a `%` that begins no escape stands for itself.
    static func decode(_ text: String) -> [(name: String, value: String)] {
        text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (decodeOne(parts.first ?? ""), decodeOne(parts.dropFirst().first ?? ""))
        }
    }

    private static func decodeOne(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let code = UInt8(Substring(rest.prefix(2)), radix: 16) {
                bytes.append(code)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// A query or a form body of pairs; everything but the unreserved characters of RFC 3986 is escaped.
    static func encode(_ pairs: [(String, String)]) -> String {
        pairs.map { "\(encodeOne($0))=\(encodeOne($1))" }.joined(separator: "&")
    }

    private static func encodeOne(_ text: String) -> String {
        var out: [UInt8] = []
        let digits = Array("0123456789ABCDEF".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                out.append(byte)
            default:
                out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// A URL with further query parameters; what it has already stays as it is, byte for byte.
    static func adding(_ pairs: [(String, String)], to url: String) -> String {
        let cut = url.firstIndex(of: "#") ?? url.endIndex
        let base = url[..<cut]
        let joint = base.contains("?") ? (base.hasSuffix("?") || base.hasSuffix("&") ? "" : "&") : "?"
        return base + joint + encode(pairs) + url[cut...]
    }
}
