/// Request lines and targets (RFC 9112 section 3, RFC 3986).
enum RequestLineCases {
    static let all = methods + versions + lines + targets + paths + separators + controls

    private static let end = " HTTP/1.1\r\nHost: a\r\n\r\n"

    private static let methods: [RawCase] = [
        .served("GET /\(end)", 200), .served("HEAD /\(end)", 200), .served("OPTIONS /\(end)", 204),
        .served("OPTIONS *\(end)", 204), .served("OPTIONS /echo/\(end)", 200), .served("POST /\(end)", 405),
        .served("PUT /\(end)", 405), .served("DELETE /\(end)", 405), .served("PATCH /\(end)", 405),
        .served("TRACE /\(end)", 405), .served("PROPFIND /\(end)", 405), .served("M-SEARCH /\(end)", 405),
        .served("get /\(end)", 405), .served("Get /\(end)", 405), .served("GETT /\(end)", 405),
        .served("HEAD /nothing\(end)", 404), .served("X!#$%&'*+-.^_`|~9 /echo/\(end)", 200),
        .refused("CONNECT a:443\(end)", 501), .refused("CONNECT /\(end)", 501), .refused("CONNECT *\(end)", 501),
        .refused(String(repeating: "M", count: 33) + " /\(end)", 501), .refused("/\(end)"), .refused(" /\(end)"),
    ]

    private static let versions: [RawCase] =
        [
            .served("GET / HTTP/1.2\r\nHost: a\r\n\r\n", 200), .served("GET / HTTP/1.9\r\nHost: a\r\n\r\n", 200),
            .last("GET / HTTP/1.0\r\nHost: a\r\n\r\n", 200), .last("GET / HTTP/1.0\r\n\r\n", 200),
            .refused("GET /\r\n\r\n"), .refused("GET / \r\n\r\n"), .refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ]
        + ["0.9", "2.0", "2.1", "3.0", "9.9", "0.0"].map { .refused("GET / HTTP/\($0)\r\nHost: a\r\n\r\n", 505) }
        + [
            "HTTP/1", "HTTP/1.", "HTTP/.1", "HTTP/1.1.1", "HTTP/1.10", "HTTP/01.1", "HTTP/11", "HTTP/1,1", "HTTP/1. 1",
            "HTTP /1.1", "HTTP/ 1.1", "http/1.1", "Http/1.1", "HTTPS/1.1", "HTP/1.1", "XHTTP/1.1", "HTTP/a.b",
            "HTTP/-1.1",
            "HTTP/1.1x", "HTTP/1.1 ", "HTTP/1.1\t", "HTTP\\1.1", "ICE/1.0", "RTSP/1.0", "HTTP/\u{661}.1", "x HTTP/1.1",
        ].map { .refused("GET / \($0)\r\nHost: a\r\n\r\n") }

    private static let lines: [RawCase] = [
        .served("\r\nGET /\(end)", 200), .served("GET /\(end)\r\nGET /\(end)", 200, 200),
        .refused("\r\n\r\nGET /\(end)"), .refused("\nGET /\(end)"), .refused("\rGET /\(end)"),
        .refused("\0GET /\(end)"),
        .refused("GET  /\(end)"), .refused("GET /  HTTP/1.1\r\nHost: a\r\n\r\n"), .refused("GET\t/\(end)"),
        .refused("GET /\tHTTP/1.1\r\nHost: a\r\n\r\n"), .refused("GET\(end)"), .refused("GET \(end)"),
        .refused("GET / HTTP/1.1\nHost: a\n\n"), .refused("GET / HTTP/1.1\rHost: a\r\n\r\n"),
        .refused("GET / HTTP/1.1\r\r\nHost: a\r\n\r\n"), .refused("GET / HTTP/1.1\n\rHost: a\r\n\r\n"),
        .refused("\u{FEFF}GET /\(end)"), .refused("\u{16}\u{3}\u{1}\u{2}\0\u{1}\0"),
        .refused("HTTP/1.1 200 OK\r\n\r\n"),
    ]

    private static let targets: [RawCase] = [
        .served("GET http://a/\(end)", 200), .served("GET HTTP://A/\(end)", 200), .served("GET http://a\(end)", 200),
        .served("GET http://a?x\(end)", 200), .served("GET https://a/\(end)", 200),
        .served("GET http://a:80/\(end)", 200), .served("GET http://a:/\(end)", 200),
        .served("GET http://a/x/../\(end)", 200), .served("OPTIONS http://a/\(end)", 204),
        .served("GET /?\(end)", 200), .served("GET /?a=b&c=%zz{}|^`[]\\\(end)", 200),
        .served("GET /??/../..\(end)", 200),
        .refused("GET http://b/\(end)"), .refused("GET http:///\(end)"), .refused("GET http://\(end)"),
        .refused("GET http:/\(end)"), .refused("GET http:a\(end)"), .refused("GET http://u@a/\(end)"),
        .refused("GET http://u:p@a/\(end)"), .refused("GET http://a b/\(end)"), .refused("GET http://a:b/\(end)"),
        .refused("GET http://a:123456/\(end)"), .refused("GET http://[::1/\(end)"), .refused("GET http://a#b\(end)"),
        .refused("GET http://a%2fb/\(end)"), .refused("GET http://a\\b/\(end)"), .refused("GET ftp://a/\(end)"),
        .refused("GET file:///etc/passwd\(end)"), .refused("GET ws://a/\(end)"), .refused("GET javascript:x\(end)"),
        .refused("GET a\(end)"), .refused("GET a:80\(end)"), .refused("GET ?x\(end)"), .refused("GET *\(end)"),
        .refused("HEAD *\(end)"), .refused("POST *\(end)"), .refused("OPTIONS **\(end)"), .refused("OPTIONS */\(end)"),
        .refused("OPTIONS *?x\(end)"), .refused("GET /#x\(end)"), .refused("GET /?x#y\(end)"),
        .refused("GET /?\"\(end)"),
        .refused("GET /?<\(end)"), .refused("GET /?a>b\(end)"), .refused("GET http://a/ HTTP/1.1\r\n\r\n"),
        .refused("GET ./\(end)"), .refused("GET ../\(end)"), .refused("GET \\\(end)"),
    ]

    private static let paths: [RawCase] =
        [
            .served("GET /./\(end)", 200), .served("GET /x/..\(end)", 200), .served("GET /x/%2e%2E/\(end)", 200),
            .served("GET /%2e/\(end)", 200), .served("GET /a%20b.css\(end)", 200),
            .served("GET //\(end)", 404), .served("GET /index.html\(end)", 404), .served("GET /..a\(end)", 404),
            .served("GET /...\(end)", 404), .served("GET /..;/\(end)", 404), .served("GET /A%20b.css\(end)", 404),
            .served("GET /%C3%A9\(end)", 404), .served("GET /%E2%82%AC\(end)", 404),
            .served("GET /%F0%9F%98%80\(end)", 404),
            .served("GET /100%25\(end)", 404), .served("GET /%25zz\(end)", 404), .served("GET /a+b\(end)", 404),
            .served("GET /;/\(end)", 404), .served("GET /:@!$&'()*+,;=-._~\(end)", 404),
        ]
        + [
            "/..", "/../", "/%2e%2e", "/%2e%2e/", "/.%2e/", "/%2E./", "/x/../../", "/x/../../etc/passwd", "/a/./../..",
            "/%00", "/a%00b", "/%0a", "/%0d%0aX:%20y", "/%09", "/%1f", "/%7f", "/%2f", "/%2F", "/a%2fb",
            "/..%2f..%2fetc",
            "/%5c", "/%5C", "/..%5c", "/a\\b", "/\\", "/..\\", "/%", "/%2", "/%zz", "/%2g", "/%g2", "/% 20", "/%u002e",
            "/%-1",
            "/%252e%252e/", "/%252f", "/%255c", "/%2500", "/%25%32%65", "/a%2525b%2541", "/%c0%ae%c0%ae/", "/%c0%af",
            "/%e0%80%af", "/%e0%80%ae", "/%f0%80%80%af", "/%c1%9c", "/%ff", "/%fe", "/%80", "/%c3", "/%c3%28",
            "/%ed%a0%80",
            "/%f5%80%80%80", "/%f4%90%80%80", "/|", "/a|b", "/{}", "/^", "/`", "/<x>", "/\"", "/[", "/]",
        ].map { .refused("GET \($0)\(end)") }

    /// None of these is part of a method, and none but `/` may stand where a target begins.
    private static let separators: [RawCase] = "(),/:;<=>?@[\\]{}\"".utf8.map { byte in
        .refused(Array("G".utf8) + [byte] + Array("T /\(end)".utf8))
    }

    private static let controlBytes: [UInt8] = Array(0x00...0x1F) + [0x7F, 0x80, 0xFF]

    private static let controls: [RawCase] = controlBytes.flatMap { byte in
        [("G", "T /"), ("GET /a", "b"), ("GET /?a", "b")].map { (before: String, after: String) -> RawCase in
            .refused(Array(before.utf8) + [byte] + Array((after + end).utf8))
        }
    }
}
