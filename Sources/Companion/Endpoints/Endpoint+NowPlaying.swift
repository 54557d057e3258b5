extension Endpoint {
    /// The names that NowPlaying has given to its endpoints, for every provider. What it changes by GET is here for
    /// POST, and for GET where that is no danger. Apps may come with an API key.
    ///
    /// SECURITY: connecting is for people alone: whoever has an app's key cannot put an account of theirs in the place
    /// of the owner's.
    static let nowPlaying: [Endpoint] =
        [
            Endpoint("GET", "/{p}/auth-status/", .signedIn, takesKeys: true, Companion.readAuthStatus),
            Endpoint("POST", "/{p}/oauth-callback/", .signedIn, Companion.pasteCode),
            Endpoint("GET", "/{p}/get-stored-movies/", .signedIn, takesKeys: true, Companion.readHistory(.movies)),
            Endpoint("GET", "/{p}/get-stored-shows/", .signedIn, takesKeys: true, Companion.readHistory(.shows)),
            Endpoint("GET", "/{p}/sync-status/", .signedIn, takesKeys: true, Companion.readSyncStatus),
            Endpoint("POST", "/{p}/forget-history/", .signedIn, audit: .historyForgotten, Companion.forgetHistory),
        ]
        + change("/{p}/authenticate/", takesKeys: false, audit: .connectAsked, Companion.beginAuthentication)
        + change("/{p}/refresh-token/", audit: .revealed, Companion.refreshToken)
        + change("/{p}/fetch-latest-movies/", Companion.fetchHistory(.movies))
        + change("/{p}/fetch-latest-shows/", Companion.fetchHistory(.shows))

    private static func change(
        _ path: String, takesKeys: Bool = true, audit: AuditEvent? = nil, _ handle: @escaping Handler
    ) -> [Endpoint] {
        ["GET", "POST"].map {
            Endpoint($0, path, .signedIn, changes: true, takesKeys: takesKeys, audit: audit, handle)
        }
    }
}
