extension Endpoint {
    /// The names that NowPlaying has given to its endpoints, for every provider. What it changes by GET is here for
    /// POST, and for GET where that is no danger. Apps may come with an API key.
    static let nowPlaying: [Endpoint] =
        [
            Endpoint("GET", "/{p}/auth-status/", .signedIn, takesKeys: true, Companion.readAuthStatus),
            Endpoint("POST", "/{p}/oauth-callback/", .signedIn, takesKeys: true, Companion.pasteCode),
            Endpoint("GET", "/{p}/get-stored-movies/", .signedIn, takesKeys: true, Companion.readHistory(.movies)),
            Endpoint("GET", "/{p}/get-stored-shows/", .signedIn, takesKeys: true, Companion.readHistory(.shows)),
            Endpoint("GET", "/{p}/sync-status/", .signedIn, takesKeys: true, Companion.readSyncStatus),
            Endpoint("POST", "/{p}/forget-history/", .signedIn, Companion.forgetHistory),
        ]
        + change("/{p}/authenticate/", Companion.beginAuthentication)
        + change("/{p}/refresh-token/", Companion.refreshToken)
        + change("/{p}/fetch-latest-movies/", Companion.fetchHistory(.movies))
        + change("/{p}/fetch-latest-shows/", Companion.fetchHistory(.shows))

    private static func change(_ path: String, _ handle: @escaping Handler) -> [Endpoint] {
        ["GET", "POST"].map { Endpoint($0, path, .signedIn, changes: true, takesKeys: true, handle) }
    }
}
