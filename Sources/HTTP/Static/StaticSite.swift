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
        /// The content in the gzip coding (RFC 1952); nil: none.
        public var gzip: [UInt8]?
        /// The content in the brotli coding (RFC 7932); nil: none.
        public var brotli: [UInt8]?
        /// The strong entity tag with its quotes: `"abc"` (RFC 9110 section 8.8.3). Empty: none. The codings have
        /// tags of their own: `"abc-gz"`, `"abc-br"`.
        public var etag: String
        /// When the content last changed, in seconds since 1970; nil: unknown. A time to come counts as the present,
        /// as RFC 9110 section 8.8.2.1 wants it.
        public var modified: Int64?
        /// The `Cache-Control` field. Empty: none.
        public var cacheControl: String
        /// Further fields; they win over the security headers of the site.
        public var extraHeaders: HeaderFields
        /// Whether `ServerConfiguration.gate` is asked before it is served.
        public var isGated = false

        /// A file without codings and without a time; both can be set.
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
        image = SiteImage(files, securityHeaders, now: Clock.epochSeconds())
    }

}
