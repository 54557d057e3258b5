import Companion
import HTTP
import Site

extension Listening {
    /// How the server runs.
    func configuration(_ settings: Settings, _ log: Log) throws(Failure) -> ServerConfiguration {
        let tell: @Sendable (AccessLogEntry) -> Void = { log.debug("request", ["line": $0.line]) }
        var configuration = ServerConfiguration(
            listen: listeners.own, threads: threads, limits: try Serve.limits(settings), allowedHosts: allowedHosts,
            basePath: basePath, securityHeaders: securityHeaders, log: log.level >= .debug ? tell : nil)
        configuration.inherited = listeners.inherited
        configuration.unixSockets = try Serve.unixSockets(settings)
        configuration.proxies = try Serve.proxies(settings)
        configuration.isTrusted = Serve.isTrusted(settings, configuration.proxies)
        configuration.notice = { notice, count in
            log.warning(notice.sentence.event, ["count": "\(count)", "hint": notice.sentence.hint])
        }
        return configuration
    }

    /// What every answer carries. Browsers heed the opener policy on https and on this machine alone, and complain of it
    /// elsewhere, on a page that may be opened by plain http under another name.
    var securityHeaders: HeaderFields {
        var headers = HeaderFields.security
        headers["Content-Security-Policy"] = Self.contentSecurityPolicy(frames: frames)
        // For browsers that do not know `frame-ancestors` (RFC 7034); it cannot name several.
        if frames.isEmpty { headers["X-Frame-Options"] = "DENY" }
        if isTrustworthy { headers["Cross-Origin-Opener-Policy"] = "same-origin-allow-popups" }
        return headers
    }
}

extension Listening {
    /// What pages may load, and who may show them in a frame: nobody, or the listed origins
    /// (Content Security Policy Level 3 section 6.4.2).
    static func contentSecurityPolicy(frames: [String]) -> String {
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            + "form-action 'self'; frame-ancestors \(frames.isEmpty ? "'none'" : frames.joined(separator: " ")); "
            + "base-uri 'none'"
    }
}

extension HeaderFields {
    /// What every answer tells the browser to refuse besides: guessing of types, and telling other sites where somebody
    /// came from.
    fileprivate static let security: HeaderFields = [
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    ]
}

extension StaticSite {
    /// The built site as the server answers it.
    init(_ outcome: SiteBuilder.Outcome, securityHeaders: HeaderFields) {
        let files = outcome.site.files.flatMap { file in
            // The pages of the sign-in are answered with what differs from request to request.
            file.urls.filter { !$0.hasPrefix("/sign-in/") }.map { url in
                var served = File(
                    path: url, contentType: file.contentType, body: file.bytes, etag: file.etag,
                    cacheControl: file.cacheControl)
                served.gzip = file.gzip
                served.brotli = file.brotli
                served.modified = outcome.modified
                served.isGated = file.contentType.hasPrefix("text/html") || url.hasPrefix("/api/")
                return served
            }
        }
        self.init(files: files, securityHeaders: securityHeaders)
    }
}

extension RenderedSite {
    /// The bytes of the page with this address; a plain sentence when a site of one's own has removed it.
    func page(_ url: String) -> [UInt8] {
        files.first { $0.urls.contains(url) }?.bytes ?? Array("<!doctype html><title>Latchkey</title><p>Go back.".utf8)
    }
}
