internal import HTTP

/// Lets a request that changes something through only when it comes from Latchkey's own page.
///
/// SECURITY: the origin is compared with what was configured, never with the request's own `Host`; a request that
/// tells nothing of where it comes from is refused (OWASP Cross-Site Request Forgery Prevention, "Verifying origin").
public struct OriginGuard: Sendable {
    /// The origins of the own page: `http://127.0.0.1:8787`. Lower case, without a default port.
    let origins: Set<String>
    /// Where the page is opened: `http://127.0.0.1:8787/`.
    let publicURL: String

    private var home: String { Self.origin(of: publicURL) ?? publicURL }

    func check(_ request: Request) throws(Problem) {
        if let site = request.headers["Sec-Fetch-Site"], site == "cross-site" || site == "same-site" {
            throw foreign(request.headers["Origin"])
        }
        let given = request.headers.values(of: "Origin")
        if given.count > 1 { throw foreign(given.joined(separator: ", ")) }
        if let origin = given.first {
            guard origins.contains(origin.lowercased()) else { throw foreign(origin) }
            return
        }
        if request.headers["Sec-Fetch-Site"] == "same-origin" { return }
        if let referer = request.headers["Referer"], let origin = Self.origin(of: referer) {
            guard origins.contains(origin) else { throw foreign(origin) }
            return
        }
        throw Problem(
            403, "origin_missing", "The request does not say where it comes from.",
            hint: "Send the header 'Origin: \(home)' if you are a program on this machine.")
    }

    private func foreign(_ origin: String?) -> Problem {
        // The commonest reason: a proxy does TLS, and nobody has said so here.
        let isOtherScheme = origin.map { $0.drop { $0 != ":" } == home.drop { $0 != ":" } } == true
        return Problem(
            403, "foreign_origin",
            "The request comes from \(origin.map { "'\($0.prefix(200))'" } ?? "another site"), "
                + "which is not Latchkey's own page.",
            hint: isOtherScheme
                ? "The page was opened by another scheme than \(publicURL) says: correct --public-url."
                : "Open Latchkey at \(home), or set --public-url to the address that you use.")
    }

    /// The scheme and authority of an http(s) URL, in lower case; nil for anything else.
    public static func origin(of url: String) -> String? {
        for scheme in ["http://", "https://"] where url.lowercased().hasPrefix(scheme) {
            let authority = url.dropFirst(scheme.count).prefix { !"/?#\\".contains($0) }
            guard !authority.isEmpty, !authority.contains("@") else { return nil }
            var text = authority.lowercased()
            let defaultPort = scheme == "http://" ? ":80" : ":443"
            if text.hasSuffix(defaultPort) { text.removeLast(defaultPort.count) }
            return scheme + text
        }
        return nil
    }
}
