internal import Files
internal import JSON

/// The marker file of a built site, as it is found on disk.
struct SiteManifest: Equatable {
    let source: String
    let version: String
    /// The `ETag` of each file, by path.
    let etags: [String: String]

    /// Nil when there is no marker in the folder, or one that no build wrote.
    init?(folder: String) {
        guard let bytes = try? Files.read(Files.join(folder, RenderedSite.manifestName), limit: 16 << 20),
            let json = try? JSON.parse(bytes), json["latchkey_site"] == 1,
            let source = json["source"]?.stringValue, let version = json["version"]?.stringValue,
            let entries = json["files"]?.arrayValue
        else { return nil }
        var etags: [String: String] = [:]
        for entry in entries {
            // SECURITY: what is served must lie in the folder, whatever the marker says.
            guard let path = entry["path"]?.stringValue, let etag = entry["etag"]?.stringValue, Self.staysInside(path)
            else { return nil }
            etags[path] = etag
        }
        self.source = source
        self.version = version
        self.etags = etags
    }

    private static func staysInside(_ path: String) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
            && !path.utf8.contains(0)
    }
}
