import Site

/// `latchkey build`: the site as files, for this or any other web server.
enum Build: Verb {
    static let name = "build"
    static let summary = "render the site into its output folder"
    static let options: [Option] = [.site, .output, .title, .language, .providers, .config]

    static func run(_ settings: Settings) async throws {
        guard settings.arguments.isEmpty else {
            throw Failure.usage("build takes no arguments; name the folder with --site")
        }
        let builder = try settings.builder()
        let outcome = try Failure.catching { () throws(BuildError) in try builder.build() }
        let files = outcome.site.files.count
        Terminal.say(
            outcome.isChanged
                ? "Built \(files) files into \(settings.output)"
                : "\(settings.output) is up to date: \(files) files, none changed")
    }
}

extension Settings {
    private var siteOptions: SiteOptions {
        var options = SiteOptions(version: programVersion)
        options.title = self[.title] ?? options.title
        options.language = self[.language] ?? options.language
        options.providers = providers
        return options
    }

    /// The providers that were chosen; several may stand in one value: `trakt,plex`.
    var providers: [ChosenName]? {
        let names = placed(.providers).flatMap { value in
            value.text.split(separator: ",").map { ChosenName(String($0), at: value.place) }
        }
        return names.isEmpty ? nil : names
    }

    /// The builder of the site folder that was named.
    func builder() throws -> SiteBuilder {
        try Failure.catching { () throws(BuildError) in
            try SiteBuilder(site: SiteFolder(site), output: output, options: siteOptions)
        }
    }
}

extension Failure {
    /// Turns what is wrong with a site into an exit code: problems of files are the input's, the rest is the machine's.
    ///
    /// - Throws: `Diagnostics` as they are, because each begins with its file; else a `Failure`.
    static func catching<Result>(_ body: () throws(BuildError) -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            switch error {
            case .problems(let problems): throw problems
            case .refused: throw Failure(code: .input, message: "\(error)")
            default: throw Failure(code: .environment, message: "\(error)")
            }
        }
    }
}
