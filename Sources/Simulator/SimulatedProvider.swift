/// A provider whose sign-in the simulator speaks.
public enum SimulatedProvider: String, Sendable, CaseIterable {
    case trakt, plex, simkl, tmdb
    /// An OpenID provider: with it people sign in to Latchkey itself.
    case openid

    /// Those that accounts are linked with.
    public static let allCases: [SimulatedProvider] = [.trakt, .plex, .simkl, .tmdb]

    /// The name as people write it.
    public var label: String {
        switch self {
        case .trakt: "Trakt"
        case .plex: "Plex"
        case .simkl: "SIMKL"
        case .tmdb: "TMDB"
        case .openid: "OpenID"
        }
    }

    /// The names of the provider's hosts, as provider descriptions name them.
    public var hosts: [String] {
        switch self {
        case .trakt: ["auth", "api"]
        case .plex: ["api", "web", "app"]
        case .simkl, .tmdb: ["api", "web"]
        case .openid: ["id"]
        }
    }

    var dialect: Dialect {
        switch self {
        case .trakt: Trakt.dialect
        case .plex: Plex.dialect
        case .simkl: Simkl.dialect
        case .tmdb: TMDB.dialect
        case .openid: OpenID.dialect
        }
    }
}
