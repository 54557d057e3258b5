internal import Crypto
public import Diagnostics
internal import Mustache
public import Providers

/// All files of a site: the built-in ones, with those of the site folder in the place of the same path.
public struct SiteSources: Sendable, Equatable {
    /// The files that count, by path.
    public let files: [SourceFile]
    /// The built-in files that a file of the site folder replaces, by path.
    public let replaced: [SourceFile]

    /// The files of a site folder over the built-in ones.
    public init(_ own: [SourceFile], over builtIn: [SourceFile] = .builtIn) {
        let paths = Set(own.map(\.path))
        files = (own + builtIn.filter { !paths.contains($0.path) }).sorted { $0.path < $1.path }
        replaced = builtIn.filter { paths.contains($0.path) }.sorted { $0.path < $1.path }
    }

    /// The providers that `Templates/providers/` describes.
    ///
    /// - Throws: every problem of every description.
    public func catalogue() throws(Diagnostics) -> Catalogue {
        try Catalogue(files: providerFiles.map { ($0.shownPath, $0.bytes) })
    }

    /// The providers that the site shows, in the order of the page: those that were chosen, or else the usual ones and
    /// those of the site folder.
    ///
    /// - Parameter all: what `catalogue` gave, with other hosts if need be.
    /// - Throws: names that no provider has, and problems of the arrangement.
    public func shown(of all: Catalogue, choosing names: [ChosenName]?) throws(Diagnostics) -> Catalogue {
        // What knows no arrangement shows what it has.
        let file = files.first { $0.path == Arrangement.path }
        let arrangement = if let file { try Arrangement(file) } else { Arrangement() }
        let wantsAll = names?.map(\.name) == ["all"]
        let own = wantsAll ? Set(all.providers.map(\.name)) : ownNames
        return try arrangement.arrange(all, chosen: wantsAll ? nil : names, own: own)
    }

    /// The providers that a file of the site folder describes. One that is as the built-in one, as in a folder into which all
    /// templates were copied, says nothing new.
    private var ownNames: Set<String> {
        let own = providerFiles.filter { file in
            !file.isBuiltIn && !replaced.contains { $0.path == file.path && $0.bytes == file.bytes }
        }
        let names = own.compactMap { $0.path(in: "Templates/providers") }
        return Set(names.map { String($0.dropLast(".json5".count)) })
    }

    private var providerFiles: [SourceFile] {
        files.filter { $0.path(in: "Templates/providers")?.hasSuffix(".json5") ?? false }
    }

    /// The SHA-256 of all paths and contents, in hexadecimal: the same for the same site on every machine.
    public var fingerprint: String {
        let lines = (files + replaced).map { "\($0.path) \(Hex.encode(Crypto.sha256($0.bytes)))\n" }
        return Hex.encode(Crypto.sha256(Array(lines.joined().utf8)))
    }

    // MARK: What each file is

    private static let templateEnding = ".mustache"

    /// The templates: pages by their place in the output (`pages/index.html`), partials by their place in `partials/`
    /// (`card`, `fields/text`), and replaced built-in ones as `builtin:card`, so that a replacement can use them.
    var templates: [TemplateSource] {
        files.compactMap { Self.template($0) } + replaced.compactMap { Self.template($0, prefix: "builtin:") }
    }

    private static func template(_ file: SourceFile, prefix: String = "") -> TemplateSource? {
        guard let path = file.path(in: "Templates"), path.hasSuffix(templateEnding) else { return nil }
        var name = String(path.dropLast(templateEnding.count))
        if name.hasPrefix("partials/") { name = String(name.dropFirst("partials/".count)) }
        return TemplateSource(name: prefix + name, file: file.shownPath, bytes: file.bytes)
    }

    /// The files that are copied, with their paths in the output.
    var staticFiles: [(path: String, file: SourceFile)] {
        files.compactMap { file in file.path(in: "Static").map { ($0, file) } }
    }

    /// The strings of a language, the replaced ones first.
    func strings(_ language: String) -> [SourceFile] {
        (replaced + files).filter { $0.path == "Templates/strings/\(language).json5" }
    }

    /// The languages that there are strings for, sorted.
    var languages: [String] {
        files.compactMap { file in
            guard let name = file.path(in: "Templates/strings"), name.hasSuffix(".json5") else { return nil }
            return String(name.dropLast(".json5".count))
        }
    }

    /// Files in `Templates/` that nothing would read: most likely a slip in the name.
    var strayFiles: [Diagnostic] {
        files.compactMap { file in
            guard let path = file.path(in: "Templates"), !path.hasSuffix(Self.templateEnding), !path.hasSuffix(".md")
            else { return nil }
            if file.path == Arrangement.path { return nil }
            let isData = path.hasPrefix("providers/") || path.hasPrefix("strings/")
            if isData, path.hasSuffix(".json5") { return nil }
            return Diagnostic(
                file: file.shownPath, message: "nothing reads this file",
                help: isData
                    ? "providers and strings end in .json5"
                    : "templates end in .mustache; files to be copied as they are belong into Static/")
        }
    }
}
