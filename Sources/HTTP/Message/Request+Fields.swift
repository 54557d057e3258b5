extension Request {
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
