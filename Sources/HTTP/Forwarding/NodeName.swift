/// The name of a hop: an address, perhaps with a port.
enum NodeName {
    /// The address in an element of `X-Forwarded-For`: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`,
    /// `[2001:db8::1]:4711`. There is no standard for it; these are the forms that proxies write.
    static func address(_ text: String) -> ClientAddress? {
        if let bare = ClientAddress(text) { return bare }
        guard let (host, port) = split(text), isPort(port, mayBeHidden: false) else { return nil }
        return ClientAddress(host)
    }

    /// Host, without brackets, and port; nil when brackets are not closed, or something else follows them.
    static func split(_ text: String) -> (host: String, port: Substring?)? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard host.contains(":"), rest.isEmpty || rest.hasPrefix(":") else { return nil }
            return (String(host), rest.isEmpty ? nil : rest.dropFirst())
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let host = parts.first else { return nil }
        return (String(host), parts.count > 1 ? parts[1] : nil)
    }

    /// Whether a port is none, a number of at most five digits, or, where that may be, hidden (`_name`).
    static func isPort(_ port: Substring?, mayBeHidden: Bool) -> Bool {
        guard let port else { return true }
        if (1...5).contains(port.utf8.count), port.utf8.allSatisfy(Bytes.isDigit) { return true }
        return mayBeHidden && port.hasPrefix("_") && port.utf8.count > 1
            && port.utf8.allSatisfy { Bytes.isLetterOrDigit($0) || "._-".utf8.contains($0) }
    }
}
