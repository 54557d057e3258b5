internal import Diagnostics

/// Builds a site folder into an output folder: what `latchkey build` does, and `latchkey serve` before it serves.
public struct SiteBuilder: Sendable {
    /// What people edit.
    public let site: SiteFolder
    /// What is replaced.
    public let output: OutputFolder
    /// What the build is told besides the files.
    public let options: SiteOptions

    /// What a build did.
    public struct Outcome: Sendable, Equatable {
        /// The site, ready to be served.
        public let site: RenderedSite
        /// Whether the output folder was replaced; it is left alone when it is the same to the byte.
        public let isChanged: Bool
        /// When the output folder got its present content, in seconds since 1970: a build of the same leaves it alone,
        /// and so the time says when the site changed, not when it was built last. Nil when the folder is gone.
        public let modified: Int64?
    }

    /// A builder.
    ///
    /// - Throws: `refused` when the output folder must not be replaced.
    public init(site: SiteFolder, output: String, options: SiteOptions) throws(BuildError) {
        self.site = site
        self.output = try OutputFolder(output, of: site)
        self.options = options
    }

    /// Renders the site and puts it into the output folder in one step.
    public func build() throws(BuildError) -> Outcome {
        let rendered = try render().compressed()
        let isChanged = try output.replace(with: rendered)
        return Outcome(site: rendered, isChanged: isChanged, modified: output.modified)
    }

    /// Renders the site in memory and touches nothing.
    public func render() throws(BuildError) -> RenderedSite {
        do {
            return try SiteRenderer.render(try site.read(), options: options)
        } catch {
            throw .problems(error)
        }
    }

    /// The site to serve: the one in the output folder when it is up to date, else a new build. It reads the sources and
    /// compares their digest with the one of the last build.
    public func buildIfNeeded() throws(BuildError) -> Outcome {
        if let built = try current() { return Outcome(site: built, isChanged: false, modified: output.modified) }
        return try build()
    }

    /// The site in the output folder, when it is up to date.
    private func current() throws(BuildError) -> RenderedSite? {
        guard let built = try? RenderedSite(loading: output.path) else { return nil }
        do {
            return SiteRenderer.source(try site.read(), options: options) == built.source ? built : nil
        } catch {
            throw .problems(error)
        }
    }
}
