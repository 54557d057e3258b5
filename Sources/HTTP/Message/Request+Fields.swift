extension Request {
    /// The value of the first field of this name, or nil.
    public func header(_ name: String) -> String? { headers[name] }

    /// The items of the query in their order, percent-decoded once, `+` read as a space
    /// (WHATWG URL, `application/x-www-form-urlencoded`).
    ///
    /// An item with a malformed escape, or that is not UTF-8 after decoding, is left out. A name may come more than
    /// once: whoever needs exactly one has to look.
    public var queryItems: [(name: String, value: String)] {
        FormDecoder.items(query)
    }

    /// The cookies (RFC 6265 section 5.4); the first of two with one name counts.
    public var cookies: [String: String] {
        let pairs = headers.values(of: "Cookie").flatMap { $0.split(separator: ";") }.compactMap(Self.cookie)
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }

    private static func cookie(_ pair: Substring) -> (String, String)? {
        guard let equals = pair.firstIndex(of: "=") else { return nil }
        let name = pair[..<equals].drop { $0 == " " }
        let value = pair[pair.index(after: equals)...]
        let isQuoted = value.utf8.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"")
        return name.isEmpty ? nil : (String(name), String(isQuoted ? value.dropFirst().dropLast() : value))
    }
}

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
