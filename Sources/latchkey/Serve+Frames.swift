import Companion

/// Which other pages may show Latchkey in a frame.
extension Serve {
    static let allowFrame = Option(
        name: "allow-frame", value: "ORIGIN", isRepeatable: true,
        help: "a site that may show the page in a frame, such as https://dash.example, or self (nobody)")

    /// The sources of `frame-ancestors`.
    static func frames(_ settings: Settings) throws(Failure) -> [String] {
        try settings.all(allowFrame).map { (text) throws(Failure) in
            if text == "self" { return "'self'" }
            // SECURITY: it goes into a header. A wildcard would let strangers lead a person's clicks.
            let isPlain = text.utf8.allSatisfy { 0x21...0x7E ~= $0 } && !text.contains(where: { "*;,'".contains($0) })
            guard isPlain, let origin = OriginGuard.origin(of: text), origin == text.lowercased() else {
                throw .usage("--allow-frame '\(text)' should be an origin such as https://dash.example, or self")
            }
            return origin
        }
    }
}
