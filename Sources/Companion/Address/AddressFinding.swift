/// Something that is true of the public address, said for people.
public struct AddressFinding: Equatable, Sendable {
    /// How it is.
    public enum Level: String, Sendable {
        /// As it should be.
        case ok
        /// Perhaps meant, perhaps not.
        case warning
        /// Sign-ins will not work.
        case problem
    }

    /// How it is.
    public let level: Level
    /// What is so: a sentence.
    public let message: String
    /// What to do: a sentence, or empty.
    public let hint: String

    /// A finding.
    public init(_ level: Level, _ message: String, hint: String = "") {
        (self.level, self.message, self.hint) = (level, message, hint)
    }

    /// What a person should know.
    ///
    /// - Parameters:
    ///   - publicURL: the configured address, with a final slash.
    ///   - page: the address at which the page was opened, with a final slash; nil when nobody has opened one.
    ///   - outcome: how a request to the public address ended.
    public static func all(
        publicURL: String, page: String?, outcome: AddressProbe.Outcome
    ) -> [AddressFinding] {
        var findings: [AddressFinding] = []
        if let page, let elsewhere = opened(page, publicURL) { findings.append(elsewhere) }
        return findings + reached(publicURL, outcome)
    }

    /// The page was opened somewhere else.
    private static func opened(_ page: String, _ publicURL: String) -> AddressFinding? {
        guard page != publicURL else { return nil }
        if rest(page) == rest(publicURL) {
            let schemes = (String(page.prefix { $0 != ":" }), String(publicURL.prefix { $0 != ":" }))
            // SECURITY: nobody is led from https back to http.
            return AddressFinding(
                .problem, "This page was opened by \(schemes.0), and Latchkey is configured for \(schemes.1).",
                hint: schemes.0 == "https" ? "Start it with --public-url \(page)" : "Open Latchkey at \(publicURL)")
        }
        return AddressFinding(
            .problem, "This page was opened at \(page), and providers send people back to \(publicURL).",
            hint: "Open Latchkey at \(publicURL)"
                + (publicURL.hasPrefix("https:") && !page.hasPrefix("https:")
                    ? "." : ", or start it with --public-url \(page)"))
    }

    /// An address without its scheme.
    private static func rest(_ url: String) -> Substring { url.drop { $0 != ":" } }

    private static func reached(_ publicURL: String, _ outcome: AddressProbe.Outcome) -> [AddressFinding] {
        switch outcome {
        case .here(let seen): return here(publicURL, seen)
        case .notSent:
            return [
                AddressFinding(
                    .warning, "\(publicURL) is plain http beyond this machine: keys and codes can be read on the way.",
                    hint: "Put a proxy with TLS in front (Docs/reverse-proxy.md).")
            ]
        case .redirected(let target): return [redirected(publicURL, target)]
        case .astray:
            return [
                AddressFinding(
                    .problem, "Latchkey answers at \(publicURL), but under another path.",
                    hint:
                        "Say --base-path with the path that the proxy forwards; leave it out if the proxy strips the path."
                )
            ]
        case .other(let status): return [other(publicURL, status)]
        case .another:
            return [
                AddressFinding(
                    .problem, "Another Latchkey answers at \(publicURL).",
                    hint: "Let the proxy forward to this one, or correct --public-url.")
            ]
        case .failed(let reason):
            return [
                AddressFinding(
                    .warning, "From the machine of Latchkey \(publicURL) cannot be reached: \(reason).",
                    hint:
                        "That is as it may be when it is reached from outside alone. Otherwise correct --public-url, or the proxy."
                )
            ]
        }
    }

    private static func other(_ publicURL: String, _ status: Int) -> AddressFinding {
        switch status {
        case 401, 403:
            AddressFinding(
                .warning, "At \(publicURL) something refuses whoever is not signed in there (HTTP \(status)).",
                hint: "If that is a proxy's own sign-in, let the callbacks of providers through.")
        case 421:
            AddressFinding(
                .problem, "The request arrives at \(publicURL) under another host name (HTTP 421).",
                hint: "Let the proxy pass Host on as it came.")
        case 502, 503, 504:
            AddressFinding(
                .problem, "The proxy at \(publicURL) does not reach Latchkey (HTTP \(status)).",
                hint: "Compare where it forwards to with --listen; for a unix socket, see --socket-owner.")
        default:
            AddressFinding(
                .problem, "Something else answers at \(publicURL) (HTTP \(status)).",
                hint: "Let the proxy forward every path below it to Latchkey.")
        }
    }

    private static func redirected(_ publicURL: String, _ target: String) -> AddressFinding {
        if publicURL.hasPrefix("http://"), target.hasPrefix("https://"), rest(target).hasPrefix(rest(publicURL)) {
            return AddressFinding(
                .problem, "The proxy sends people from http to https, and you configured http.",
                hint: "Start Latchkey with --public-url https\(rest(publicURL))")
        }
        return AddressFinding(
            .warning, "At \(publicURL) something sends people on before they reach Latchkey.",
            hint: "If that is a sign-in page in front, let the callbacks of providers through.")
    }

    private static func here(_ publicURL: String, _ seen: AddressProbe.Seen) -> [AddressFinding] {
        var findings: [AddressFinding] = []
        if let scheme = seen.scheme, !publicURL.hasPrefix(scheme + ":") {
            findings.append(
                scheme == "https"
                    ? AddressFinding(
                        .problem, "The proxy says https, and you configured http.",
                        hint: "Start Latchkey with --public-url https\(rest(publicURL))")
                    : AddressFinding(
                        .warning, "The proxy says http, and you configured https.",
                        hint: "If another one in front of it does TLS, let it pass X-Forwarded-Proto on."))
        }
        if seen.isForwarded, !seen.isThroughProxy {
            let peer = seen.peer == "unix" ? "the unix socket" : seen.peer
            findings.append(
                AddressFinding(
                    .warning,
                    "A proxy forwards requests from \(peer), and it is not listed: all its clients count as one.",
                    hint: "Start Latchkey with --trusted-proxy \(seen.peer)"))
        }
        if findings.isEmpty { findings.append(AddressFinding(.ok, "\(publicURL) leads here.")) }
        return findings
    }
}
