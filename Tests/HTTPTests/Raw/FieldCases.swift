/// Header sections and `Host` (RFC 9110 sections 5 and 7.2, RFC 9112 sections 3.2 and 5).
enum FieldCases {
    static let all = hosts + fields + names + values + others

    private static let line = "GET / HTTP/1.1\r\n"
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n"

    private static let hosts: [RawCase] =
        [
            "a", "a:80", "a:", "A.example", "a.example.", "127.0.0.1:1", "[::1]", "[::1]:8787", "a_b", "xn--bcher-kva",
            " a ", "\ta",
        ]
        .map { .served("\(line)Host:\($0)\r\n\r\n", 200) }
        + [
            "", " ", "a b", "a,b", "a, a", "a/b", "a?b", "a#b", "u@a", "u:p@a", "http://a", "//a", "a:b", "a:80:80",
            "a:-1",
            "a:+1", "a:123456", "a: 80", "[::1", "::1]", "[]", "[::1]a", "[::1]:b", "[v1.x]", "a\"", "a'", "a\\b",
            "a%61",
            "a%00", "<a>", ".", ":80", "a;b", "a|b", "a^b", "a`b", "{a}", "\u{e9}", "a\tb", "*",
        ].map { .refused("\(line)Host: \($0)\r\n\r\n") }
        + [
            .refused("\(line)\r\n"), .refused("\(line)X: y\r\n\r\n"), .refused("\(get)Host: a\r\n\r\n"),
            .refused("\(get)Host: b\r\n\r\n"), .refused("\(get)host:\r\n\r\n"), .refused("\(get)HOST: A\r\n\r\n"),
            .refused("\(line)Host\r\n\r\n"), .refused("\(line)Host : a\r\n\r\n"), .refused("\(line) Host: a\r\n\r\n"),
            .refused("\(line)Hos\0t: a\r\n\r\n"), .refused("\(line)Host: a\r\n b\r\n\r\n"),
            .refused("GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n"), .refused("GET / HTTP/1.0\r\nHost: a b\r\n\r\n"),
        ]

    private static let fields: [RawCase] = [
        .served("\(get)X:\r\n\r\n", 200), .served("\(get)X: \r\n\r\n", 200), .served("\(get)X:y\r\n\r\n", 200),
        .served("\(get)X: \t y \t\r\n\r\n", 200), .served("\(get)X: a\tb c\r\n\r\n", 200),
        .served("\(get)X: a\r\nX: b\r\nx: c\r\n\r\n", 200), .served("\(get)X: \u{e9}\u{20ac}\r\n\r\n", 200),
        .served("\(get)!#$%&'*+-.^_`|~1aZ: y\r\n\r\n", 200), .served("\(get)X: :::\r\n\r\n", 200),
        .served("\(get)X: \"a, b\", (c)\r\n\r\n", 200),
        .refused("\(get)X: a\r\n b\r\n\r\n"), .refused("\(get)X: a\r\n\tb\r\n\r\n"), .refused("\(get) X: a\r\n\r\n"),
        .refused("\(get)X: a\r\n \r\n\r\n"), .refused("\(line) \r\nHost: a\r\n\r\n"),
        .refused("\(get)X\r\n\r\n"), .refused("\(get)X y\r\n\r\n"), .refused("\(get): y\r\n\r\n"),
        .refused("\(get):\r\n\r\n"),
        .refused("\(get)X : y\r\n\r\n"), .refused("\(get)X\t: y\r\n\r\n"), .refused("\(get)X y: z\r\n\r\n"),
        .refused("\(get)X: y\n\r\n"), .refused("\(get)X: y\r\r\n\r\n"), .refused("\(get)X: y\rZ: z\r\n\r\n"),
        .refused("\(get)X: y\n\n"), .refused("\(get)\n"), .refused("\(get)\rX"), .refused("\(get)X: y\r\n\n"),
        .refused("\(get)X: y\r\n\r\r\n"), .refused("\(get)\r \n"),
        .refused("\(get)X: a\nTransfer-Encoding: chunked\r\n\r\n"),
    ]

    private static func isToken(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }

    /// Every byte that a field name must not have, in its middle.
    private static let names: [RawCase] = (UInt8.min...UInt8.max).filter { $0 != UInt8(ascii: ":") && !isToken($0) }
        .map { byte -> RawCase in .refused(Array("\(get)X".utf8) + [byte] + Array("Y: z\r\n\r\n".utf8)) }

    private static let controlBytes: [UInt8] =
        Array(0x00...0x08) + [0x0A, 0x0B, 0x0C] + Array(0x0E...0x1F) + [0x7F]

    /// Every byte that a field value must not have, in its middle and at both ends.
    private static let values: [RawCase] = controlBytes.flatMap { byte in
        [("a", "b"), ("", "b"), ("a", "")].map { (before: String, after: String) -> RawCase in
            .refused(Array("\(get)X: \(before)".utf8) + [byte] + Array("\(after)\r\n\r\n".utf8))
        }
    }

    /// Fields that ask for something this server does not do, or that it must not trip over.
    private static let others: [RawCase] = [
        .served("\(get)Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", 200),
        .served("\(get)Upgrade: websocket\r\nConnection: upgrade\r\n\r\n", 200),
        .served("\(get)TE: trailers\r\n\r\n", 200),
        .served("\(get)TE: chunked;q=0\r\n\r\n", 200), .served("\(get)Trailer: X\r\n\r\n", 200),
        .served("\(get)Max-Forwards: 0\r\n\r\n", 200), .served("\(get)Via: 1.1 x\r\n\r\n", 200),
        .served("\(get)X-HTTP-Method-Override: DELETE\r\n\r\n", 200), .served("\(get)X-Forwarded-Host: b\r\n\r\n", 200),
        .served("\(get)X-Original-URL: /nothing\r\n\r\n", 200), .served("\(get)Content-Type: x\r\n\r\n", 200),
        .served("\(get)Connection:\r\n\r\n", 200), .served("\(get)Connection: ,,\r\n\r\n", 200),
        .served("\(get)Connection: host\r\n\r\n", 200), .served("\(get)Keep-Alive: timeout=-1\r\n\r\n", 200),
        .served("\(get)If-None-Match: \"v1\"\r\n\r\n", 304), .served("\(get)Range: bytes=0-1\r\n\r\n", 206),
        .served("\(get)Range: bytes=99-\r\n\r\n", 416), .served("\(get)If-Match: \"x\"\r\n\r\n", 412),
        .served("\(get)Cookie: a=b\r\nCookie: c=d\r\n\r\n", 200),
    ]
}
