/// The files that the server answers from memory: an immutable snapshot whose responses are ready as bytes.
///
/// A request names a file by its exact decoded path; nothing is ever looked up in a file system.
public struct StaticSite: Sendable {
    /// One path and what it answers.
    public struct File: Sendable {
        /// The exact path below the base path, decoded, with a leading `/`. A folder's index is listed under both
        /// its names.
        public var path: String
        /// The media type with its charset.
        public var contentType: String
        /// The content.
        public var body: [UInt8]
        /// The strong entity tag with its quotes: `"abc"` (RFC 9110 section 8.8.3). Empty: none.
        public var etag: String
        /// The `Cache-Control` field. Empty: none.
        public var cacheControl: String
        /// Further fields; they win over the security headers of the site.
        public var extraHeaders: HeaderFields

        /// A file.
        public init(
            path: String, contentType: String, body: [UInt8], etag: String, cacheControl: String = "no-cache",
            extraHeaders: HeaderFields = [:]
        ) {
            self.path = path
            self.contentType = contentType
            self.body = body
            self.etag = etag
            self.cacheControl = cacheControl
            self.extraHeaders = extraHeaders
        }
    }

    let image: SiteImage

    /// A snapshot of these files. Of two with one path the last counts. Every response carries `securityHeaders`.
    public init(files: [File], securityHeaders: HeaderFields = [:]) {
        image = SiteImage(files, securityHeaders)
    }

    /// The paths that are answered.
    public var paths: [String] { image.entries.map(\.path) }
}
