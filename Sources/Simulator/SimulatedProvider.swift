/// A provider whose sign-in the simulator speaks.
public enum SimulatedProvider: String, Sendable, CaseIterable {
    case trakt, plex, simkl, tmdb, stremio
    // Servers of people's own.
    case jellyfin, emby, tautulli, seerr, sonarr, radarr, bazarr, kodi
    /// An OpenID provider: with it people sign in to Latchkey itself.
    case openid

    /// Those that accounts are linked with.
    public static let allCases: [SimulatedProvider] = [.trakt, .plex, .simkl, .tmdb]

    /// All whose services are simulated, those of people's own, too.
    public static let linked: [SimulatedProvider] = allCases + [.stremio] + instances

    /// Those that people run themselves: they have an address and no named hosts.
    public static let instances: [SimulatedProvider] = [
        .jellyfin, .emby, .tautulli, .seerr, .sonarr, .radarr, .bazarr, .kodi,
    ]

    /// The name as people write it.
    public var label: String {
        switch self {
        case .trakt: "Trakt"
        case .plex: "Plex"
        case .simkl: "SIMKL"
        case .tmdb: "TMDB"
        case .openid: "OpenID"
        default: rawValue.prefix(1).uppercased() + rawValue.dropFirst()
        }
    }

    /// The names of the provider's hosts, as provider descriptions name them.
    public var hosts: [String] {
        switch self {
        case .trakt: ["auth", "api"]
        case .plex: ["api", "web", "app"]
        case .simkl, .tmdb: ["api", "web"]
        case .openid: ["id"]
        case .stremio: ["api", "link"]
        default: []
        }
    }

    var dialect: Dialect {
        switch self {
        case .trakt: Trakt.dialect
        case .plex: Plex.dialect
        case .simkl: Simkl.dialect
        case .tmdb: TMDB.dialect
        case .openid: OpenID.dialect
        case .stremio: Stremio.dialect
        case .jellyfin: MediaServers.jellyfin
        case .emby: MediaServers.emby
        case .tautulli: KeyedServers.tautulli
        case .seerr: KeyedServers.seerr
        case .sonarr: KeyedServers.sonarr
        case .radarr: KeyedServers.radarr
        case .bazarr: KeyedServers.bazarr
        case .kodi: KeyedServers.kodi
        }
    }
}
