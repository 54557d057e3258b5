/// Where the cookies count that Latchkey gives to browsers: on its own host, below its own path (RFC 6265bis section 4.1.2).
struct CookieScope: Sendable, Equatable {
    /// The path of the public URL, with slashes at both ends.
    let path: String
    /// What stands before the names of cookies, as the public URL allows it.
    ///
    /// SECURITY: with https and at the root of a host it is `__Host-`, so that no other host of the same domain, and no
    /// program without TLS, can set them (RFC 6265bis section 4.1.3.2): else a neighbour could have its own sign-in
    /// finished in somebody else's browser. Such cookies are for all paths.
    let prefix: String
    private let isSecure: Bool

    init(publicURL: String) {
        isSecure = publicURL.hasPrefix("https://")
        let path = String(publicURL.dropFirst(isSecure ? 8 : 7).drop { $0 != "/" })
        self.path = path.isEmpty ? "/" : path
        prefix = isSecure && self.path == "/" ? "__Host-" : ""
    }

    /// The field that gives a cookie to a browser for so many seconds; 0 takes it away. `SameSite=Lax`: it comes along when
    /// a provider sends the browser back.
    ///
    /// - Parameter folder: what below our path it is for; of no account for cookies that are for all paths.
    func field(_ name: String, _ value: String, life: Int, folder: String = "") -> String {
        let path = prefix.isEmpty ? path + folder : path
        return "\(prefix)\(name)=\(value); Path=\(path); Max-Age=\(life); HttpOnly; SameSite=Lax"
            + (isSecure ? "; Secure" : "")
    }
}
