import Companion
import HTTP
import Synchronization

/// Where the server listens, under which names it answers, and how people reach it.
struct Listening {
    let listeners: Listeners
    let basePath: String
    /// How many event loops there are; nil for one on each processor.
    let threads: Int?
    /// The address that was configured; nil when it follows from where the server listens.
    private let publicURL: String?
    private let extraHosts: [String]
    /// Who may show pages in a frame.
    let frames: [String]

    /// All addresses.
    private var addresses: [ListenAddress] { listeners.addresses }

    /// Where the server listens that these settings are for, in the process that becomes it.
    init(_ settings: Settings) throws(Failure) {
        try self.init(settings, Listeners(settings.all(Serve.listen), passed: try Serve.inheritedSockets()))
    }

    /// As above, with listeners that are known.
    init(_ settings: Settings, _ listeners: Listeners) throws(Failure) {
        self.listeners = listeners
        extraHosts = try settings.all(Serve.allowHost).map { (name) throws(Failure) in
            guard PublicURL.isHost(name) else {
                throw .usage("--allow-host '\(name)' should be a host name such as nas.lan, without scheme and port")
            }
            return name
        }
        frames = try Serve.frames(settings)
        basePath = try Self.basePath(settings[Serve.basePath])
        threads = try settings[Serve.threads].map { (text) throws(Failure) in try Self.threads(text) }
        publicURL = try settings[Serve.publicURL].map { (text) throws(Failure) in try PublicURL(text).text }
        try checkReach(settings)
    }

    /// SECURITY: without sign-in, whoever reaches the port owns the accounts.
    private func checkReach(_ settings: Settings) throws(Failure) {
        guard let open = addresses.first(where: { !$0.isLocal }), case .tcp(let host, let port) = open else {
            if publicURL == nil, !addresses.contains(where: \.isTCP) {
                throw .usage("a unix socket has no address of its own: say how people reach it with --public-url")
            }
            return
        }
        let mode = try Serve.signInMode(settings)
        guard settings.has(Serve.trustNetwork) || mode != .none else {
            throw .usage(
                "refusing to listen on \(host):\(port): without sign-in, whoever reaches it could read your tokens. "
                    + "Say --sign-in password, or listen on 127.0.0.1, or say --trust-network")
        }
    }

    private static func basePath(_ text: String?) throws(Failure) -> String {
        guard let text, text != "/" else { return "/" }
        guard text.hasPrefix("/"), text.hasSuffix("/"), !text.hasPrefix("//") else {
            throw .usage("--base-path '\(text)' should begin and end with a slash, such as /settings/")
        }
        return text
    }

    private static func threads(_ text: String) throws(Failure) -> Int {
        guard let count = Int(text), 1...64 ~= count else {
            throw .usage("--threads '\(text)' should be a number from 1 to 64")
        }
        return count
    }

    /// Whether others than this machine's users may reach the server, as far as the settings tell.
    static func isReachable(_ settings: Settings) -> Bool {
        if settings.has(Serve.trustNetwork) || !settings.all(Serve.trustedProxy).isEmpty { return true }
        guard let url = settings[Serve.publicURL], let origin = OriginGuard.origin(of: url) else { return false }
        let host = Self.host(origin)
        return !["localhost", "[::1]"].contains(host) && !ListenAddress.isLoopback4(host)
    }

    /// How people reach the server, once it is known which ports were taken.
    func publicURL(_ bound: [BoundAddress]) -> String {
        if let publicURL { return publicURL }
        let first = bound.first { $0.port != nil }
        guard let first, !first.isEveryAddress else { return "http://127.0.0.1:\(first?.port ?? 80)\(basePath)" }
        return "http://\(first)\(basePath)"
    }

    /// The origins that the own page may have: the public one, and those of this machine.
    ///
    /// SECURITY: a public address counts as it was written. Its host is no name of this machine: whatever else is
    /// served there, at another port or without TLS, is another site.
    func origins(_ bound: [BoundAddress]) -> Set<String> {
        var origins = Set([publicURL(bound)].compactMap(OriginGuard.origin))
        for port in bound.compactMap(\.port) {
            for host in ownHosts {
                origins.formUnion([OriginGuard.origin(of: "http://\(host):\(port)/")].compactMap { $0 })
            }
        }
        return origins
    }

    /// The names that a request's `Host` may have.
    var allowedHosts: [String] {
        ownHosts + [publicURL.flatMap(OriginGuard.origin)].compactMap { $0 }.map(Self.host)
    }

    /// The names of this machine: those that every machine has, those that were allowed, and those of its interfaces.
    private var ownHosts: [String] {
        var hosts = ["localhost", "127.0.0.1", "[::1]"] + extraHosts
        for case .tcp(let host, _) in addresses { hosts.append(host.contains(":") ? "[\(host)]" : host) }
        return addresses.allSatisfy(\.isLocal) ? hosts : hosts + LocalNames.all
    }

    /// Whether browsers always hold the page's origin for trustworthy (W3C Secure Contexts): https, or this machine.
    var isTrustworthy: Bool {
        if let publicURL, publicURL.lowercased().hasPrefix("https://") { return true }
        let local = ["localhost", "[::1]"]
        return allowedHosts.allSatisfy { local.contains($0.lowercased()) || ListenAddress.isLoopback4($0) }
    }

    /// The host of an origin, without scheme and port.
    private static func host(_ origin: String) -> String {
        let authority = origin.drop { $0 != "/" }.dropFirst(2)
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return String(authority[...end]) }
        return String(authority.prefix { $0 != ":" })
    }
}

extension BoundAddress {
    /// Whether it is no address of its own but stands for all of this machine.
    fileprivate var isEveryAddress: Bool {
        if case .tcp(let host, _) = address { host == "0.0.0.0" || host == "::" } else { false }
    }
}

extension ListenAddress {
    /// Whether it can be reached from this machine alone.
    fileprivate var isLocal: Bool {
        switch self {
        case .unix: true
        case .tcp(let host, _): host == "localhost" || host == "::1" || Self.isLoopback4(host)
        }
    }

    fileprivate var isTCP: Bool { if case .tcp = self { true } else { false } }

    fileprivate static func isLoopback4(_ host: String) -> Bool {
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        // No zero in front: the system reads such a number as octal, and listens elsewhere than it says.
        return parts.count == 4 && parts[0] == "127"
            && parts.allSatisfy { part in UInt8(part).map { String($0) == part } ?? false }
    }
}
