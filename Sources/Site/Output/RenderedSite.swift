internal import JSON

/// A site as it is served: all of its files, in memory.
public struct RenderedSite: Sendable, Equatable {
    /// The marker by which a build knows its own folder, and the list of what is in it.
    public static let manifestName = ".latchkey-site.json"

    /// What a build makes of a file besides itself: an output that lacks it is not up to date.
    static let form = "br, gz"

    /// The files, by path, without the marker.
    public let files: [SiteFile]
    /// The SHA-256 of all that the site was made from, in hexadecimal.
    public let source: String
    /// The version of the program that made it.
    public let version: String

    init(files: [SiteFile], source: String, version: String) {
        self.files = files.sorted { $0.path < $1.path }
        self.source = source
        self.version = version
    }

    /// The site with the codings of its files.
    func compressed() -> RenderedSite {
        let paths = Set(files.map(\.path))
        return RenderedSite(files: files.map { $0.compressed(unless: paths) }, source: source, version: version)
    }

    /// All that is written into the output folder but the marker, by path.
    var contents: [(path: String, bytes: [UInt8])] {
        files.flatMap { [($0.path, $0.bytes)] + $0.siblings }
    }

    /// The marker's content.
    var manifest: [UInt8] {
        let entries = files.map { file in
            JSON.object([
                "path": .string(file.path), "urls": .array(file.urls.map(JSON.string)),
                "type": .string(file.contentType), "etag": .string(file.etag),
                "codings": .array(
                    file.siblings.map { ["path": .string($0.path), "digest": .string(SiteFile.digest($0.bytes))] }),
            ])
        }
        let manifest: JSON = [
            "latchkey_site": 1, "version": .string(version), "source": .string(source), "files": .array(entries),
        ]
        return manifest.encoded(pretty: true)
    }
}
