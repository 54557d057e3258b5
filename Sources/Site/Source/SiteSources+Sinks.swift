extension SiteSources {
    /// The templates of files for other programs: `Templates/sinks/<name>.mustache`, the site's own over the built-in ones,
    /// sorted by name.
    public var sinkTemplates: [(name: String, file: SourceFile)] {
        files.compactMap { file in
            guard let name = file.path(in: "Templates/sinks"), name.hasSuffix(".mustache") else { return nil }
            return (String(name.dropLast(".mustache".count)), file)
        }
    }
}
