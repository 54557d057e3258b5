/// Where somebody wanted to go before they signed in: a path below ours, without its first slash.
///
/// SECURITY: it goes into a `Location`. Nothing that a browser could take for another host, a scheme or a line's end gets
/// through (RFC 9700 section 4.11), and nothing that leads above our own path, which may share its host with others.
struct NextPath: Equatable, Sendable {
    let text: String

    init?(_ text: String) {
        guard text.hasPrefix("/"), text.utf8.count <= 1024, !text.contains("//"), !text.contains(".."),
            text.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: ":") }),
            !["%2f", "%5c", "%2e"].contains(where: text.lowercased().contains)
        else { return nil }
        self.text = String(text.dropFirst())
    }
}
