internal import Compression
internal import Crypto

/// A file of the built site, with all that a server has to say about it.
public struct SiteFile: Sendable, Equatable {
    /// Its path in the output folder: `api/auth/providers/index.json`.
    public let path: String
    /// Its content.
    public let bytes: [UInt8]
    /// The `ETag`, strong and quoted: it changes exactly when the content does.
    public let etag: String
    /// The content in the gzip coding, which lies beside the file as `<path>.gz`; nil when that is not worth it.
    public let gzip: [UInt8]?
    /// The content in the brotli coding, which lies beside the file as `<path>.br`; nil when that is not worth it.
    public let brotli: [UInt8]?

    init(path: String, bytes: [UInt8], gzip: [UInt8]? = nil, brotli: [UInt8]? = nil) {
        self.path = path
        self.bytes = bytes
        self.gzip = gzip
        self.brotli = brotli
        etag = Self.digest(bytes)
    }

    static func digest(_ bytes: [UInt8]) -> String {
        "\"\(Base64URL.encode(Crypto.sha256(bytes)))\""
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

// MARK: - Codings

extension SiteFile {
    static let gzipEnding = ".gz"
    static let brotliEnding = ".br"

    /// The codings of the file that lie beside it, by path.
    var siblings: [(path: String, bytes: [UInt8])] {
        [(Self.brotliEnding, brotli), (Self.gzipEnding, gzip)].compactMap { ending, bytes in
            bytes.map { (path + ending, $0) }
        }
    }

    /// The file with its codings, if it is text and they are smaller. `taken` are the paths of other files.
    func compressed(unless taken: Set<String>) -> SiteFile {
        guard ContentType.isText(path) else { return self }
        func coding(_ ending: String, _ make: ([UInt8]) -> [UInt8]?) -> [UInt8]? {
            guard !taken.contains(path + ending), let made = make(bytes) else { return nil }
            return made.count + Self.fieldCost < bytes.count ? made : nil
        }
        return SiteFile(
            path: path, bytes: bytes, gzip: coding(Self.gzipEnding, Compression.gzip),
            brotli: coding(Self.brotliEnding, Compression.brotli))
    }

    /// Bytes that `Content-Encoding: gzip` and the longer entity tag add to a response.
    private static let fieldCost = 32
}
