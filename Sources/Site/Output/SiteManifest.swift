internal import Files
internal import JSON

/// The marker file of a built site, as it is found on disk.
struct SiteManifest: Equatable {
    let source: String
    let version: String
    /// The files, in their order.
    let files: [Entry]

    /// A file, and the codings beside it.
    struct Entry: Equatable {
        let path: String
        let etag: String
        /// The digest of each coding, by path.
        let codings: [String: String]
    }

    /// The paths of all files and codings.
    var paths: [String] { files.flatMap { [$0.path] + $0.codings.keys } }

    /// Nil when there is no marker in the folder, or one that no build wrote.
    init?(folder: String) {
        guard let bytes = try? Files.read(Files.join(folder, RenderedSite.manifestName), limit: 16 << 20),
            let json = try? JSON.parse(bytes), json["latchkey_site"] == 1,
            let source = json["source"]?.stringValue, let version = json["version"]?.stringValue,
            let entries = json["files"]?.arrayValue
        else { return nil }
        var files: [Entry] = []
        for entry in entries {
            guard let path = entry["path"]?.stringValue, let etag = entry["etag"]?.stringValue,
                let codings = Self.codings(entry)
            else { return nil }
            files.append(Entry(path: path, etag: etag, codings: codings))
        }
        self.files = files
        self.source = source
        self.version = version
        // SECURITY: what is served must lie in the folder, whatever the marker says.
        guard paths.allSatisfy(Self.staysInside) else { return nil }
    }

    private static func codings(_ entry: JSON) -> [String: String]? {
        var codings: [String: String] = [:]
        for coding in entry["codings"]?.arrayValue ?? [] {
            guard let path = coding["path"]?.stringValue, let digest = coding["digest"]?.stringValue else { return nil }
            codings[path] = digest
        }
        return codings
    }

    private static func staysInside(_ path: String) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
            && !path.utf8.contains(0)
    }
}
