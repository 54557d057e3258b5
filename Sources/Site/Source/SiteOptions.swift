/// What a build is told besides the files.
public struct SiteOptions: Sendable, Equatable {
    /// The title of the page.
    public var title: String
    /// Which strings to use: the name of a file in `Templates/strings/`, which is also the page's `lang`.
    public var language: String
    /// Which providers to show, and in which order; nil for the usual ones, `["all"]` for all.
    public var providers: [ChosenName]?
    /// The program's version, shown on the page.
    public var version: String

    /// The options of a build.
    public init(title: String = "Latchkey", language: String = "en", version: String) {
        self.title = title
        self.language = language
        self.version = version
    }
}
