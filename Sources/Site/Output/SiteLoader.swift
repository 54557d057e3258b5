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
        for entry in manifest.files {
            func coding(_ ending: String) throws(BuildError) -> [UInt8]? {
                guard let digest = entry.codings[entry.path + ending] else { return nil }
                return try Self.read(entry.path + ending, in: output, digest: digest)
            }
            files.append(
                SiteFile(
                    path: entry.path, bytes: try Self.read(entry.path, in: output, digest: entry.etag),
                    gzip: try coding(SiteFile.gzipEnding), brotli: try coding(SiteFile.brotliEnding)))
        }
        self.init(files: files, source: manifest.source, version: manifest.version)
    }
    /// SECURITY: the digest of each file is the build's, so that a coding of another content is never sent.
    private static func read(_ path: String, in output: String, digest: String) throws(BuildError) -> [UInt8] {
        guard let bytes = try? Files.read(Files.join(output, path)) else {
            throw .notBuilt("'\(Files.join(output, path))' is missing or cannot be read: run 'latchkey build' again")
        }
        guard SiteFile.digest(bytes) == digest else {
            throw .notBuilt("'\(Files.join(output, path))' was changed after the build: run 'latchkey build' again")
        }
        return bytes
    }
}
