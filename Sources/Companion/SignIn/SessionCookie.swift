/// The cookie of a session.
struct SessionCookie: Sendable, Equatable {
    let name: String
    private let plainName: String
    private let scope: CookieScope

    init(publicURL: String, _ plainName: String = "latchkey_session") {
        scope = CookieScope(publicURL: publicURL)
        self.plainName = plainName
        name = scope.prefix + plainName
    }

    /// The field that gives it to a browser, for so many seconds; 0 takes it away.
    func field(_ value: String, life: Int) -> String { scope.field(plainName, value, life: life) }
}
