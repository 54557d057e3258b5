internal import Files

extension RenderedSite {
    /// Reads a built site into memory, to be served.
    ///
    /// - Throws: `notBuilt` when the folder is not a whole site: there is none yet, or a file was changed or is missing.
    public init(loading output: String) throws(BuildError) {
        guard let manifest = SiteManifest(folder: output) else {
            throw .notBuilt("there is no built site in '\(output)': run 'latchkey build' first")
        }
        var files: [SiteFile] = []
        for (path, etag) in manifest.etags {
            guard let bytes = try? Files.read(Files.join(output, path)) else {
                throw .notBuilt(
                    "'\(Files.join(output, path))' is missing or cannot be read: run 'latchkey build' again")
            }
            let file = SiteFile(path: path, bytes: bytes)
            guard file.etag == etag else {
                throw .notBuilt("'\(Files.join(output, path))' was changed after the build: run 'latchkey build' again")
            }
            files.append(file)
        }
        self.init(files: files, source: manifest.source, version: manifest.version)
    }
}
