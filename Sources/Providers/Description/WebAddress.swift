/// The parts of an http(s) URL that decide whom one talks to.
///
/// Stricter than browsers: only visible ASCII, no user name, no backslash, no empty host. A URL that two parsers could
/// read differently is none.
struct WebAddress: Equatable {
    let scheme: String
    /// In lower case; an IPv6 address without its brackets.
    let host: String
    let port: Int
    /// The path, without query and fragment.
    let path: String

    init?(_ text: String) {
        // SECURITY: no spaces, controls, quotes, angle brackets, backslashes or non-ASCII anywhere.
        let forbidden = Set("\"<>\\^`{|}".utf8)
        guard text.utf8.count <= 4096, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 && !forbidden.contains($0) }),
            let colon = text.firstRange(of: "://")
        else { return nil }
        scheme = text[..<colon.lowerBound].lowercased()
        guard scheme == "https" || scheme == "http" else { return nil }
        let rest = text[colon.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        guard let authority = Self.authority(rest[..<end]) else { return nil }
        host = authority.host
        port = authority.port ?? (scheme == "https" ? 443 : 80)
        path = String(rest[end...].prefix { $0 != "?" && $0 != "#" })
    }

    /// Splits `host:port` or `[v6]:port`.
    private static func authority(_ text: Substring) -> (host: String, port: Int?)? {
        guard !text.contains("@") else { return nil }
        var host = text
        var port: Int?
        let searchable = text.lastIndex(of: "]").map { text[$0...] } ?? text
        if let colon = searchable.lastIndex(of: ":") {
            let digits = text[text.index(after: colon)...]
            guard digits.allSatisfy({ "0"..."9" ~= $0 }), let number = Int(digits), 1...65535 ~= number else {
                return nil
            }
            port = number
            host = text[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
        } else {
            guard host.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." || $0 == "_" }) else {
                return nil
            }
        }
        return host.isEmpty ? nil : (host.lowercased(), port)
    }

    /// Whether the address is this machine (RFC 8252 section 7.3; `localhost` too).
    var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map(Self.octet)
        return octets.count == 4 && octets.first == 127 && !octets.contains(nil)
    }

    /// A number from 0 to 255 in its only decimal form.
    ///
    /// SECURITY: no zero in front, for some parsers read such a number as octal: 0127.0.0.1 is 87.0.0.1 to them.
    private static func octet(_ text: Substring) -> UInt8? {
        UInt8(text).flatMap { String($0) == text ? $0 : nil }
    }

    /// https, or http within this machine.
    var isSecure: Bool { scheme == "https" || isLoopback }

    /// Whether both are the same scheme, host and port.
    func hasSameOrigin(as other: WebAddress) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// Whether a path segment is `.` or `..`, also percent-encoded: URL parsers would climb.
    var climbs: Bool {
        path.split(separator: "/").contains {
            let plain = $0.lowercased().replacing("%2e", with: ".")
            return plain == "." || plain == ".."
        }
    }
}
