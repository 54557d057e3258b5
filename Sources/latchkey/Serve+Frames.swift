import Companion

/// Which other pages may show Latchkey in a frame.
extension Serve {
    static let allowFrame = Option(
        name: "allow-frame", value: "ORIGIN", isRepeatable: true,
        help: "a site that may show the page in a frame, such as https://dash.example, or self (nobody)")

    /// The sources of `frame-ancestors`.
    static func frames(_ settings: Settings) throws(Failure) -> [String] {
        try settings.all(allowFrame).map { (given) throws(Failure) in
            if given == "self" { return "'self'" }
            // As it stands in the address bar.
            let text = given.hasSuffix("/") ? String(given.dropLast()) : given
            // SECURITY: it goes into a header. A wildcard would let strangers lead a person's clicks.
            let isPlain = text.utf8.allSatisfy { 0x21...0x7E ~= $0 } && !text.contains(where: { "*;,'".contains($0) })
            guard isPlain, let origin = OriginGuard.origin(of: text), origin == text.lowercased(), hasPort(origin)
            else {
                throw .usage("--allow-frame '\(given)' should be an origin such as https://dash.example, or self")
            }
            return origin
        }
    }

    /// Whether the port of an origin is one, where it has a port.
    private static func hasPort(_ origin: String) -> Bool {
        let authority = origin.split(separator: "/").last ?? ""
        let host = authority.hasPrefix("[") ? authority.drop { $0 != "]" }.dropFirst() : authority.drop { $0 != ":" }
        return host.isEmpty || authority.first != ":" && UInt16(host.dropFirst()).map { $0 > 0 } == true
    }
}
