internal import Glibc
public import HTTP
internal import Synchronization

/// The services on one server: their sign-in, over real HTTP, without an account.
///
/// It is a simulation for tests and demonstrations: everything is in memory, nothing is secret, and anyone who reaches
/// it may approve. Each provider's hosts are folders: `/trakt/auth`, `/trakt/api`, `/plex/api`, `/plex/web`, and so on.
/// `/` lists what waits for an approval; `/control/<provider>` reads and sets knobs (see `Control`).
public final class Simulator: Responder {
    private let memory = Mutex(Memory())
    private let clock: @Sendable () -> Int

    /// Values that anyone may type into the settings page to try the simulator, by config key.
    public static let demoValues: [String: String] = [
        "trakt.client_id": "demo-trakt-client-id",
        "simkl.client_id": "demo-simkl-client-id",
        "tmdb.api_key": "0123456789abcdef0123456789abcdef", "tmdb.read_token": "demo.read.token",
        "mdblist.client_id": "demo-mdblist-client-id",
        "mdblist.api_key": "demo-key-0123456789abcdef",
        "anilist.client_id": "4242", "anilist.client_secret": "demo-secret",
        "spotify.client_id": "demo-spotify-client-id",
        "lastfm.api_key": "0123456789abcdef0123456789abcdef",
        "lastfm.shared_secret": LastFM.demoSecret,
        "myanimelist.client_id": "demo-myanimelist-client-id",
        "github.client_id": "demo-github-client-id", "github.client_secret": "demo-secret",
        "discord.client_id": "4242", "discord.client_secret": "demo-secret",
        "reddit.client_id": "demo-reddit-client-id",
        "realdebrid.api_token": "demo-key-0123456789abcdef",
        "premiumize.client_id": "demo-premiumize-client-id", "premiumize.api_key": "demo-key-0123456789abcdef",
        "alldebrid.api_key": "demo-key-0123456789abcdef",
        "letterboxd.client_id": "demo-letterboxd-client-id", "letterboxd.client_secret": "demo-secret",
        "microsoft.client_id": "demo-microsoft-client-id", "microsoft.client_secret": "demo-secret",
        "listenbrainz.user_token": "demo-key-0123456789abcdef",
        "steam.api_key": "0123456789ABCDEF0123456789ABCDEF", "steam.steam_id": "76561197960287930",
        "oidc.client_id": "demo-oidc-client-id", "xbox.client_id": "demo-xbox-client-id",
        "retroachievements.username": "demo",
        "retroachievements.api_key": "demo-key-0123456789abcdef",
    ]

    /// What anyone may type each time to sign in where a password, or what stands for one, is used once, by provider and
    /// the key of the field.
    public static let demoEntries: [String: String] = [
        "jellyfin.username": "demo", "jellyfin.password": Behaviour.documented(.jellyfin).password,
        "emby.username": "demo", "emby.password": Behaviour.documented(.emby).password,
        "stremio.email": "demo@example.org", "stremio.password": Behaviour.documented(.stremio).password,
        "psn.npsso": Behaviour.documented(.psn).password,
    ]

    /// A simulator; `clock` gives the seconds of the Unix epoch and is the system's when it is `nil`.
    public init(clock: (@Sendable () -> Int)? = nil) { self.clock = clock ?? { time(nil) } }

    /// Where the hosts of the providers are, by the names of the provider descriptions (`trakt.auth`), when the
    /// simulator answers at `base` (such as `http://127.0.0.1:4000`, without a slash at the end).
    public static func hosts(base: String) -> [String: String] {
        var hosts: [String: String] = [:]
        // The address of a server of one's own is entered, and no host of a description.
        for provider in SimulatedProvider.linked where provider != .oidc {
            for host in provider.hosts {
                hosts["\(provider.rawValue).\(host)"] = "\(base)/\(provider.rawValue)/\(host)"
            }
        }
        return hosts
    }

    /// Values that make providers work with the simulator at `base`, by config key: those that anyone may type, the
    /// addresses at which servers of people's own are simulated, and their keys.
    public static func values(base: String) -> [String: String] {
        var values = demoValues
        values["oidc.issuer"] = "\(base)/oidc/id"
        for provider in SimulatedProvider.instances {
            values["\(provider.rawValue).server"] = "\(base)/\(provider.rawValue)/server"
            let key = provider == .kodi ? "password" : "api_key"
            values["\(provider.rawValue).\(key)"] = Behaviour.documented(provider).apiKey
        }
        return values
    }

    // MARK: Knobs

    /// Changes how a provider behaves.
    public func configure(_ provider: SimulatedProvider, _ change: @Sendable (inout Behaviour) -> Void) {
        update(provider) { change(&$0.behaviour) }
    }

    /// How a provider behaves.
    public func behaviour(_ provider: SimulatedProvider) -> Behaviour { memory.withLock { $0[provider].behaviour } }

    /// Lets something go wrong.
    public func add(_ fault: Fault, to provider: SimulatedProvider) { update(provider) { $0.faults.append(fault) } }

    /// Lets nothing go wrong any more. Requests that are held go on.
    public func clearFaults(_ provider: SimulatedProvider) {
        update(provider) { $0.faults = [] }
        release(provider)
    }

    /// Lets the requests go on that a fault holds; the next ones are held again while the fault lasts.
    public func release(_ provider: SimulatedProvider) { change { $0.releases[provider, default: 0] += 1 } }

    /// Forgets everything about a provider.
    public func reset(_ provider: SimulatedProvider) {
        change { $0.change(provider) { $0 = ProviderState(provider) } }
        release(provider)
    }

    /// Approves the sign-ins that wait, or the one with this user code; gives the number of them.
    @discardableResult
    public func approve(_ provider: SimulatedProvider, userCode: String? = nil, account: String? = nil) -> Int {
        decide(provider, userCode) { .approved(account: account ?? $0.behaviour.account) }
    }

    /// Denies the sign-ins that wait, or the one with this user code; gives the number of them.
    @discardableResult
    public func deny(_ provider: SimulatedProvider, userCode: String? = nil) -> Int {
        decide(provider, userCode) { _ in .denied }
    }

    /// Ends the sign-ins that wait, as if their time had passed.
    public func expire(_ provider: SimulatedProvider) {
        let now = clock()
        update(provider) { $0.server.expireAll(now: now + $0.clockOffset) }
    }

    /// Puts the provider's clock forward by some seconds.
    public func advance(_ provider: SimulatedProvider, by seconds: Int) {
        update(provider) { $0.clockOffset = min(max(0, seconds), 1 << 40) + $0.clockOffset }
    }

    /// Ends all sessions, as when a person removes the application from the account.
    public func endSessions(_ provider: SimulatedProvider) { update(provider) { $0.server.endSessions() } }

    // MARK: What happened

    /// How many requests each endpoint and page of a provider has had, by names such as `POST /oauth/device/token`
    /// (`{}` stands for a segment that varies).
    public func counts(_ provider: SimulatedProvider) -> [String: Int] { memory.withLock { $0[provider].counts } }

    /// What clients did against the provider's documentation although it documents no error for it.
    public func complaints(_ provider: SimulatedProvider) -> [String] { memory.withLock { $0[provider].complaints } }

    /// The user codes (empty for sign-ins without one) that wait for a person, newest first.
    public func pendingCodes(_ provider: SimulatedProvider) -> [String] {
        let now = clock()
        return memory.withLock { memory in
            memory[provider].server.pending(at: now + memory[provider].clockOffset).map(\.userCode)
        }
    }

    /// The access tokens (sessions, for TMDB) that are handed out and not ended, oldest session first.
    public func accessTokens(_ provider: SimulatedProvider) -> [String] {
        memory.withLock { $0[provider].server.sessions.values.sorted { $0.id < $1.id }.map(\.accessToken) }
    }

    /// The refresh tokens that work, oldest session first.
    public func refreshTokens(_ provider: SimulatedProvider) -> [String] {
        memory.withLock { $0[provider].server.sessions.values.sorted { $0.id < $1.id }.compactMap(\.refreshToken) }
    }

    /// What clients were handed so far that nobody else may see.
    public func secrets(_ provider: SimulatedProvider) -> IssuedSecrets {
        memory.withLock { $0[provider].server.secrets }
    }

    /// Waits until an endpoint has had so many requests. They may not be answered yet.
    public func waitForRequests(_ count: Int, to endpoint: String, of provider: SimulatedProvider) async {
        await wait { $0[provider].counts[endpoint, default: 0] >= count }
    }

    // MARK: State

    func snapshot(_ provider: SimulatedProvider) -> ProviderState { memory.withLock { $0[provider] } }

    func now(_ provider: SimulatedProvider) -> Int { clock() + snapshot(provider).clockOffset }

    func update<Result: Sendable>(_ provider: SimulatedProvider, _ body: (inout ProviderState) -> Result) -> Result {
        change { $0.change(provider, body) }
    }

    private func decide(
        _ provider: SimulatedProvider, _ userCode: String?, _ decision: (ProviderState) -> DeviceGrant.Decision
    ) -> Int {
        let clock = clock()
        return update(provider) { state in
            let now = clock + state.clockOffset
            let grants = userCode.map { [state.server.grant(userCode: $0, at: now)].compactMap(\.self) }
            let answer = decision(state)
            return (grants ?? state.server.pending(at: now)).filter { state.server.decide($0.id, answer, now: now) }
                .count
        }
    }

    private func change<Result: Sendable>(_ body: (inout Memory) -> Result) -> Result {
        let (result, ready) = memory.withLock { memory in (body(&memory), memory.takeReady()) }
        for waiter in ready { waiter.continuation.resume() }
        return result
    }

    /// Waits until something is true of the memory, or the task is cancelled.
    func wait(until condition: @escaping @Sendable (Memory) -> Bool) async {
        let id = memory.withLock { $0.nextWaiter() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let waits = memory.withLock {
                    $0.add(id, Memory.Waiter(condition: condition, continuation: continuation))
                }
                if !waits { continuation.resume() }
            }
        } onCancel: {
            memory.withLock { $0.cancel(id) }?.continuation.resume()
        }
    }

    func releases(_ provider: SimulatedProvider) -> Int { memory.withLock { $0.releases[provider, default: 0] } }
}
