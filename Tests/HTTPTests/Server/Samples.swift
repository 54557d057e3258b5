import HTTP
import TestSupport

/// What the tests of the server share.
enum Samples {
    static let page = StaticSite.File(
        path: "/", contentType: "text/html; charset=utf-8", body: Array("<p>hello</p>".utf8), etag: "\"v1\"")
    static let style = StaticSite.File(
        path: "/a b.css", contentType: "text/css; charset=utf-8", body: Array("p{}".utf8), etag: "\"s1\"",
        cacheControl: "public, max-age=31536000, immutable", extraHeaders: ["X-Extra": "1"])

    static let security: HeaderFields = ["X-Content-Type-Options": "nosniff"]
    static let site = StaticSite(files: [page, style], securityHeaders: security)

    /// Says what it got.
    static let echo: @Sendable (Request) async -> Response = { request in
        .text(
            200, "\(request.method) \(request.path)?\(request.query) \(String(decoding: request.body, as: UTF8.self))")
    }

    /// A configuration with one loop, to be changed by the test.
    static func configuration(_ change: (inout ServerConfiguration) -> Void = { _ in }) -> ServerConfiguration {
        var configuration = ServerConfiguration(listen: [], threads: 1, securityHeaders: security)
        // On a busy machine a test may rest longer between two lines than a client may.
        configuration.limits.headerTime = .seconds(60)
        configuration.limits.bodyTime = .seconds(60)
        change(&configuration)
        return configuration
    }

    static func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n"
    }
}

/// Something that a test waits for. A test whose time is over waits no longer.
actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func open() {
        isOpen = true
        waiting.forEach { $0.resume() }
        waiting = []
    }

    func wait() async {
        guard !isOpen else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiting.append($0) }
        } onCancel: {
            Task { await open() }
        }
    }
}
