public import Diagnostics
internal import Mustache
internal import Providers

/// The pages of a site, compiled, with all that they show: each can be rendered again and again.
public struct SitePages: Sendable {
    private let templates: TemplateSet
    private let model: Value

    init(_ templates: TemplateSet, _ catalogue: Catalogue, _ strings: Strings, _ options: SiteOptions) {
        self.templates = templates
        model = SiteModel.value(catalogue, strings: strings.value, options: options)
    }

    /// The pages of a site.
    ///
    /// - Throws: the problems that keep its pages from being rendered.
    public init(_ sources: SiteSources, options: SiteOptions) throws(Diagnostics) {
        let strings = Strings(sources, language: options.language)
        guard strings.problems.isEmpty else { throw Diagnostics(strings.problems) }
        let shown = try sources.shown(of: try sources.catalogue(), choosing: options.providers)
        self.init(try TemplateSet(sources.templates), shown, strings, options)
    }

    /// The paths of the pages in the output, sorted: `index.html`.
    public var paths: [String] {
        templates.names.filter { $0.hasPrefix(Self.folder) }.map { String($0.dropFirst(Self.folder.count)) }
    }

    /// A page, by its path in the output.
    public func render(_ path: String) throws(Diagnostics) -> [UInt8] {
        try templates.render(Self.folder + path, with: model)
    }

    private static let folder = "pages/"
}
