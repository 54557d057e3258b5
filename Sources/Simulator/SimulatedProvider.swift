/// A provider whose sign-in the simulator speaks.
public enum SimulatedProvider: String, Sendable, CaseIterable {
    case trakt, plex, simkl, tmdb
    case mdblist, anilist, spotify, lastfm, myanimelist, github, discord, reddit, realdebrid, premiumize, alldebrid
    case letterboxd, microsoft, listenbrainz, steam, retroachievements, oidc, stremio, psn, xbox
    // Servers of people's own.
    case jellyfin, emby, tautulli, seerr, sonarr, radarr, bazarr, kodi
    /// An OpenID provider: with it people sign in to Latchkey itself.
    case openid

    /// The four with the oldest and oddest dialects: tests of the server walk through these.
    public static let allCases: [SimulatedProvider] = [.trakt, .plex, .simkl, .tmdb]

    /// All that accounts are linked with.
    public static let linked: [SimulatedProvider] =
        allCases + [
            .mdblist, .anilist, .spotify, .lastfm, .myanimelist, .github, .discord, .reddit, .realdebrid, .premiumize,
            .alldebrid, .letterboxd, .microsoft, .listenbrainz, .steam, .retroachievements, .oidc, .stremio,
            .psn, .xbox,
        ] + instances

    /// Those that people run themselves: they have an address and no named hosts.
    public static let instances: [SimulatedProvider] = [
        .jellyfin, .emby, .tautulli, .seerr, .sonarr, .radarr, .bazarr, .kodi,
    ]

    private struct Voice {
        let label: String
        let hosts: [String]
        let dialect: Dialect
    }

    private var voice: Voice {
        switch self {
        case .trakt: return Voice(label: "Trakt", hosts: ["auth", "api", Picture.host], dialect: Trakt.dialect)
        case .plex: return Voice(label: "Plex", hosts: ["api", "web", "app"], dialect: Plex.dialect)
        case .simkl: return Voice(label: "SIMKL", hosts: ["api", "web", Picture.host], dialect: Simkl.dialect)
        case .tmdb: return Voice(label: "TMDB", hosts: ["api", "web", Picture.host], dialect: TMDB.dialect)
        case .lastfm: return Voice(label: LastFM.label, hosts: LastFM.hosts, dialect: LastFM.dialect)
        case .realdebrid: return Voice(label: RealDebrid.label, hosts: RealDebrid.hosts, dialect: RealDebrid.dialect)
        case .alldebrid: return Voice(label: AllDebrid.label, hosts: AllDebrid.hosts, dialect: AllDebrid.dialect)
        case .psn: return Voice(label: PSN.label, hosts: PSN.hosts, dialect: PSN.dialect)
        case .xbox: return Voice(label: "Xbox", hosts: Xbox.hosts, dialect: Xbox.dialect)
        case .stremio: return Voice(label: "Stremio", hosts: ["api", "link"], dialect: Stremio.dialect)
        case .jellyfin: return Voice(label: "Jellyfin", hosts: [], dialect: MediaServers.jellyfin)
        case .emby: return Voice(label: "Emby", hosts: [], dialect: MediaServers.emby)
        case .tautulli: return Voice(label: "Tautulli", hosts: [], dialect: KeyedServers.tautulli)
        case .seerr: return Voice(label: "Seerr", hosts: [], dialect: KeyedServers.seerr)
        case .sonarr: return Voice(label: "Sonarr", hosts: [], dialect: KeyedServers.arr)
        case .radarr: return Voice(label: "Radarr", hosts: [], dialect: KeyedServers.arr)
        case .bazarr: return Voice(label: "Bazarr", hosts: [], dialect: KeyedServers.bazarr)
        case .kodi: return Voice(label: "Kodi", hosts: [], dialect: KeyedServers.kodi)
        default:
            if let standard = StandardOAuth.of(self) {
                return Voice(label: standard.label, hosts: standard.hosts, dialect: standard.dialect)
            }
            if let service = KeyService.of(self) {
                return Voice(label: service.label, hosts: service.hosts, dialect: service.dialect)
            }
            return Voice(label: "OpenID", hosts: ["id"], dialect: OpenID.dialect)
        }
    }

    /// The name as people write it.
    public var label: String { voice.label }

    /// The names of the provider's hosts, as provider descriptions name them.
    public var hosts: [String] { voice.hosts }

    var dialect: Dialect { voice.dialect }
}
