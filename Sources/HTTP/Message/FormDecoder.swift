/// Decoding of `application/x-www-form-urlencoded`.
public enum FormDecoder {
    /// The items of a query or of a form in their order; malformed ones are left out.
    public static func items(_ text: String) -> [(name: String, value: String)] {
        text.utf8.split(separator: UInt8(ascii: "&")).compactMap { item in
            let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first, let name = decode(first) else { return nil }
            guard parts.count == 2 else { return (name, "") }
            return decode(parts[1]).map { (name, $0) }
        }
    }

    private static func decode(_ bytes: Substring.UTF8View) -> String? {
        var decoded: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(Bytes.hexValue),
                    let low = rest.popFirst().flatMap(Bytes.hexValue)
                else { return nil }
                decoded.append(high << 4 | low)
            default: decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }
}
