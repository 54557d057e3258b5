internal import Crypto
public import Diagnostics
internal import Mustache
internal import Providers

/// Renders a site in memory: no clock, no folder, no order but that of names goes in, so that the same files give the
/// same bytes everywhere.
public struct SiteRenderer: Sendable {
    private let sources: SiteSources
    private let options: SiteOptions
    private var problems: [Diagnostic] = []
    private var files: [SiteFile] = []
    private var paths: Set<String> = []

    private init(_ sources: SiteSources, _ options: SiteOptions) {
        self.sources = sources
        self.options = options
    }

    /// The site that these files make.
    ///
    /// - Throws: all problems of all files: providers, strings, templates, and what comes up while rendering.
    public static func render(_ sources: SiteSources, options: SiteOptions) throws(Diagnostics) -> RenderedSite {
        var renderer = SiteRenderer(sources, options)
        renderer.render()
        guard renderer.problems.isEmpty else { throw Diagnostics(renderer.problems) }
        return RenderedSite(
            files: renderer.files, source: source(sources, options: options), version: options.version)
    }

    /// What identifies all that goes into a build; an output made from the same is up to date.
    static func source(_ sources: SiteSources, options: SiteOptions) -> String {
        let chosen = options.providers?.map(\.name).joined(separator: ",") ?? ""
        let parts = [
            sources.fingerprint, options.title, options.language, options.version, chosen, RenderedSite.form,
        ]
        let text = parts.joined(separator: "\n")
        return Hex.encode(Crypto.sha256(Array(text.utf8)))
    }

    private mutating func render() {
        report(sources.strayFiles)
        report(sources.files.flatMap(PolicyCheck.problems))
        let strings = Strings(sources, language: options.language)
        report(strings.problems)
        let all = value(of: Result { () throws(Diagnostics) in try sources.catalogue() })
        let catalogue = all.flatMap { shown(of: $0) }
        let templates = value(of: Result { () throws(Diagnostics) in try TemplateSet(sources.templates) })
        report(templates?.problems ?? [])
        if let catalogue {
            add("api/auth/providers/index.json", Manifests.json(catalogue).encoded(pretty: true), from: "Providers")
        }
        report(missingLogos(all))
        copyStaticFiles()
        // Without all strings every page would be full of names that are not defined.
        if let catalogue, let templates, strings.problems.isEmpty {
            renderPages(SitePages(templates, catalogue, strings, options))
        }
        checkFolders()
    }

    private mutating func shown(of all: Catalogue) -> Catalogue? {
        let names = options.providers
        return value(of: Result { () throws(Diagnostics) in try sources.shown(of: all, choosing: names) })
    }

    private mutating func renderPages(_ pages: SitePages) {
        for path in pages.paths {
            let page = Result { () throws(Diagnostics) in try pages.render(path) }
            guard let bytes = value(of: page) else { continue }
            add(path, bytes, from: "Templates/pages/\(path).mustache")
        }
    }

    private mutating func copyStaticFiles() {
        for (path, file) in sources.staticFiles { add(path, file.bytes, from: file.path) }
    }

    /// Adds a file of the output, unless another source has made it.
    private mutating func add(_ path: String, _ bytes: [UInt8], from file: String) {
        guard paths.insert(path).inserted else {
            let help = "rename one of them; Static/, Templates/pages/ and the program itself make the output"
            report([Diagnostic(file: file, message: "'\(path)' is already in the output", help: help)])
            return
        }
        files.append(SiteFile(path: path, bytes: bytes))
    }

    /// A path cannot be a file and a folder.
    private mutating func checkFolders() {
        for path in paths.sorted() {
            let parts = path.split(separator: "/")
            for count in parts.indices.dropFirst() {
                let folder = parts[..<count].joined(separator: "/")
                guard paths.contains(folder) else { continue }
                let help = "rename the file to '\(folder)/index.html' to be found under the same address"
                report([
                    Diagnostic(file: folder, message: "'\(folder)' is a file and the folder of '\(path)'", help: help)
                ])
            }
        }
    }

    /// What came out; its problems are reported when there is nothing.
    private mutating func value<Success>(of result: Result<Success, Diagnostics>) -> Success? {
        do {
            return try result.get()
        } catch {
            report(error.list)
            return nil
        }
    }

    /// Adds problems; what several pages have in common is said once.
    /// A card without its picture.
    private func missingLogos(_ catalogue: Catalogue?) -> [Diagnostic] {
        let paths = Set(sources.staticFiles.map(\.path))
        return (catalogue?.providers ?? []).compactMap { provider in
            guard let logo = provider.logo, !paths.contains(logo) else { return nil }
            let file = sources.files.first { $0.path == "Templates/providers/\(provider.name).json5" }
            return Diagnostic(
                file: file?.shownPath ?? provider.name, message: "the logo '\(logo)' is not in Static/",
                help: "put the picture there, or leave 'logo' out")
        }
    }

    private mutating func report(_ new: [Diagnostic]) {
        for problem in new where !problems.contains(problem) { problems.append(problem) }
    }
}
