internal import Crypto

/// A file of the built site, with all that a server has to say about it.
public struct SiteFile: Sendable, Equatable {
    /// Its path in the output folder: `api/auth/providers/index.json`.
    public let path: String
    /// Its content.
    public let bytes: [UInt8]
    /// The `ETag`, strong and quoted: it changes exactly when the content does.
    public let etag: String

    init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
        etag = "\"\(Base64URL.encode(Crypto.sha256(bytes)))\""
    }

    /// The `Content-Type`, by the ending of the path, with the charset of text.
    public var contentType: String { ContentType.of(path) }

    /// The `Cache-Control`: kept, but asked for each time, so that a new build is seen at once.
    public var cacheControl: String { "no-cache" }

    /// The exact URL paths below the site's base: `/api/x/index.json`, `/api/x/` and `/api/x`.
    public var urls: [String] {
        let url = "/" + path
        guard let end = ["/index.html", "/index.json"].first(where: url.hasSuffix) else { return [url] }
        let folder = String(url.dropLast(end.count))
        return [url, folder + "/"] + (folder.isEmpty ? [] : [folder])
    }
}
