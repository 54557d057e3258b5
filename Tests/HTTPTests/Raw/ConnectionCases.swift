/// How connections go on and end, and what is asked before content is sent (RFC 9112 section 9, RFC 9110 section 10.1.1).
enum ConnectionCases {
    static let all = endings + pipelines + expectations

    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n"
    private static let old = "GET / HTTP/1.0\r\n"

    private static let endings: [RawCase] = [
        .last("\(get)Connection: close\r\n\r\n", 200), .last("\(get)Connection: CLOSE\r\n\r\n", 200),
        .last("\(get)Connection: keep-alive, close\r\n\r\n", 200), .last("\(get)Connection: x ,close, y\r\n\r\n", 200),
        .last("\(get)Connection: x\r\nConnection: close\r\n\r\n", 200), .last("\(get)connection:close\r\n\r\n", 200),
        .served("\(get)Connection: keep-alive\r\n\r\n", 200), .served("\(get)Connection: closed\r\n\r\n", 200),
        .served("\(get)Connection: x-close\r\n\r\n", 200), .served("\(get)Proxy-Connection: close\r\n\r\n", 200),
        .last("\(old)\r\n", 200), .last("\(old)Connection: close\r\n\r\n", 200),
        .served("\(old)Connection: keep-alive\r\n\r\n", 200), .served("\(old)Connection: Keep-Alive\r\n\r\n", 200),
        .last("\(old)Connection: keep-alive, close\r\n\r\n", 200), .last("HEAD / HTTP/1.0\r\n\r\n", 200),
        .last("GET /nothing HTTP/1.0\r\n\r\n", 404), .last("POST / HTTP/1.0\r\n\r\n", 405),
        .last("\(get)Connection: close\r\n\r\n\(get)\r\n", 200), .last("\(old)\r\n\(old)\r\n", 200),
        .served("HEAD /echo/ HTTP/1.1\r\nHost: a\r\n\r\n", 200),
        .served("HEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404),
        .last("HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200),
        .refused("HEAD / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"), .refused("HEAD / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        .refused("HEAD /%00 HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]

    private static let echo = "GET /echo/ HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let post = "POST /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"

    private static let pipelines: [RawCase] = [
        .served("\(get)\r\n\(echo)\(post)\(get)\r\n", 200, 200, 200, 200), .served("\(echo)\(echo)", 200, 200),
        .served("\(get)\r\n\r\n\(get)\r\n", 200, 200), .served("\(post)\r\n\(post)", 200, 200),
        .served("\(get)If-None-Match: *\r\n\r\n\(get)\r\n", 304, 200),
        .served("\(get)Range: bytes=1-2\r\n\r\n\(get)\r\n", 206, 200),
        .served("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc\(get)\r\n", 405, 200),
        .served("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n\(echo)", 204, 200),
        RawCase(bytes: Array("\(get)\r\nBAD\r\n\r\n".utf8), statuses: [200, 400], ending: .closes),
        RawCase(bytes: Array("\(echo)\(get)Host: b\r\n\r\n".utf8), statuses: [200, 400], ending: .closes),
        RawCase(bytes: Array("\(post)x\(get)\r\n".utf8), statuses: [200, 405], ending: .goesOn),
        RawCase(bytes: Array("\(get)\r\n\r\n\r\n\(get)\r\n".utf8), statuses: [200, 400], ending: .closes),
    ]

    private static let ask = "POST /echo/ HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"

    /// All of them send their content without waiting, and so nobody has to tell them to go on.
    private static let expectations: [RawCase] = [
        .served("\(ask)Content-Length: 3\r\n\r\nabc", 200), .served("\(ask)Content-Length: 0\r\n\r\n", 200),
        .served("\(ask)\r\n", 200), .served("\(get)Expect: 100-Continue\r\n\r\n", 200),
        .served("\(ask)Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200),
        .last("POST /echo/ HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", 200),
        .refused("\(ask)Content-Length: 65537\r\n\r\n", 413), .refused("\(get)Expect: x\r\n\r\n", 417),
        .refused("\(get)Expect:\r\n\r\n", 417), .refused("\(get)Expect: 100-continue, x\r\n\r\n", 417),
        .refused("\(get)Expect: 100-continue;a\r\n\r\n", 417), .refused("\(get)Expect: 100\r\n\r\n", 417),
    ]
}
