extension Endpoint {
    /// The names that NowPlaying has given to its endpoints, for every provider. What it changes by GET is here for POST,
    /// and for GET where that is no danger.
    static let nowPlaying: [Endpoint] =
        [
            Endpoint("GET", "/{p}/auth-status/", .signedIn, Companion.readAuthStatus),
            Endpoint("POST", "/{p}/oauth-callback/", .signedIn, Companion.pasteCode),
        ]
        + change("/{p}/authenticate/", Companion.beginAuthentication)
        + change("/{p}/refresh-token/", Companion.refreshToken)

    private static func change(_ path: String, _ handle: @escaping Handler) -> [Endpoint] {
        ["GET", "POST"].map { Endpoint($0, path, .signedIn, changes: true, handle) }
    }
}
