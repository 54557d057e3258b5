/// `application/x-www-form-urlencoded` (WHATWG URL, section 5), for form bodies and queries.
enum Form {
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
