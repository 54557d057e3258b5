/// The address under which people reach the server, read and checked: scheme and host in lower case, no default port, a
/// slash at the end. It is compared byte by byte by providers and browsers.
struct PublicURL {
    let text: String

    init(_ given: String) throws(Failure) {
        func refuse(_ what: String) -> Failure {
            .usage("--public-url '\(given)' \(what); it should be an address such as https://latchkey.example/")
        }
        guard let scheme = ["http://", "https://"].first(where: { given.lowercased().hasPrefix($0) }) else {
            throw refuse("does not begin with http:// or https://")
        }
        let authority = given.dropFirst(scheme.count).prefix { !"/?#\\".contains($0) }
        let path = given.dropFirst(scheme.count + authority.count)
        if path.contains("?") || path.contains("#") { throw refuse("has a query or a fragment") }
        if authority.contains("@") { throw refuse("has a user's name in it") }
        guard let host = Self.host(authority) else { throw refuse("has a host or a port that cannot be one") }
        guard Self.isPlain(path) else { throw refuse("has a path that could be read in two ways") }
        let port = authority.dropFirst(host.count)
        let isDefault = port == (scheme == "https://" ? ":443" : ":80")
        text = scheme + host.lowercased() + (isDefault ? "" : port) + path + (path.hasSuffix("/") ? "" : "/")
    }

    /// Whether a text is the name or address of a host, and nothing more.
    static func isHost(_ text: String) -> Bool { host(text[...]).map { $0.count == text.count } == true }

    /// The host of an authority, when host and port are well-formed (RFC 3986 section 3.2).
    private static func host(_ authority: Substring) -> Substring? {
        let isBracketed = authority.hasPrefix("[")
        let host = isBracketed ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
        guard authority.hasPrefix(host) else { return nil }
        let port = authority.dropFirst(host.count)
        guard port.isEmpty || port.first == ":" && UInt16(port.dropFirst()).map({ $0 > 0 }) == true else { return nil }
        if isBracketed { return host.utf8.allSatisfy { "0123456789abcdefABCDEF:.[]".utf8.contains($0) } ? host : nil }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy(isLabel) ? host : nil
    }

    /// A part of a host name; names of other alphabets are written as `xn--…`, as browsers do.
    private static func isLabel(_ label: Substring) -> Bool {
        1...63 ~= label.utf8.count && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { isLetterOrDigit($0) || "-_".utf8.contains($0) }
    }

    private static func isPlain(_ path: Substring) -> Bool {
        guard !path.isEmpty else { return true }
        let parts = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        let inner = parts.last == "" ? parts.dropLast() : parts[...]
        return inner.allSatisfy { $0 != "." && $0 != ".." && isSegment(Array($0.utf8)) }
    }

    /// Letters, digits and `._~-`, and others percent-encoded, but for those that would mean something else decoded.
    private static func isSegment(_ bytes: [UInt8]) -> Bool {
        var place = 0
        while place < bytes.count {
            if isLetterOrDigit(bytes[place]) || "._~-".utf8.contains(bytes[place]) {
                place += 1
                continue
            }
            let code = bytes[place...].dropFirst().prefix(2)
            guard bytes[place] == UInt8(ascii: "%"), code.count == 2,
                let decoded = UInt8(String(decoding: code, as: UTF8.self), radix: 16),
                decoded >= 0x20, decoded != 0x7F, !"./\\%".utf8.contains(decoded)
            else { return false }
            place += 3
        }
        return !bytes.isEmpty
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        0x30...0x39 ~= byte || 0x61...0x7A ~= byte | 0x20 && byte >= 0x41
    }
}
