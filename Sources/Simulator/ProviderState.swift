internal import Crypto

/// Everything that a simulated provider remembers.
struct ProviderState: Sendable {
    let provider: SimulatedProvider
    var behaviour: Behaviour
    var faults: [Fault] = []
    var server: AuthorizationServer
    /// How many requests each endpoint and page has had.
    var counts: [String: Int] = [:]
    /// What a client does against the documentation although no error is documented for it.
    var complaints: [String] = []
    /// What was watched, by kind.
    var history: [String: WatchHistory] = [:]
    /// How far the provider's clock is ahead, in seconds.
    var clockOffset = 0
    /// The endpoint of the request that is being answered.
    var endpoint = ""

    init(_ provider: SimulatedProvider) {
        self.provider = provider
        behaviour = .documented(provider)
        server = AuthorizationServer(style: provider.dialect.style)
    }

    /// Notes what a client does wrong, once.
    mutating func complain(_ what: String) {
        let complaint = "\(endpoint): \(what)"
        if complaints.count < 100 && !complaints.contains(complaint) { complaints.append(complaint) }
    }

    /// Complains unless a header is there.
    mutating func want(header name: String, _ value: String? = nil, in call: Call) {
        let found = call.header(name)
        if found == nil || value.map({ $0 != found }) ?? false {
            complain("wants the header \(name)\(value.map { ": \($0)" } ?? "")")
        }
    }

    /// One poll of a device flow, with the faults and paces that are set.
    mutating func poll(secret: String, clientID: String?, now: Int) throws(Crypto.Failure) -> DevicePoll {
        if server.grant(secret: secret) != nil, takeSlowDown() { return .slowDown }
        var isEarly = false
        let result = try server.poll(
            secret: secret, clientID: clientID, now: now, interval: behaviour.interval,
            tokenLifetime: behaviour.tokenExpiresIn
        ) {
            isEarly = true
            return behaviour.strictInterval
        }
        if isEarly { complain("was polled before the interval of \(behaviour.interval) s had passed") }
        return result
    }

    private mutating func takeSlowDown() -> Bool {
        guard let fault = faults.take(for: endpoint, where: { $0.kind == .slowDown }) else { return false }
        retryAfter = fault.retryAfter
        return true
    }

    /// The `Retry-After` that the answer to this request gets.
    var retryAfter: Int?

    /// Whether the app's secret is right: an app without one is not asked.
    func secretIsRight(_ secret: String?) -> Bool {
        guard let wanted = behaviour.clientSecret else { return true }
        return Crypto.equalInConstantTime(Array(wanted.utf8), Array((secret ?? "").utf8))
    }
}
