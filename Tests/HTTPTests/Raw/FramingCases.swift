/// Where a message ends: `Content-Length`, `Transfer-Encoding`, chunks (RFC 9112 sections 6 and 7).
enum FramingCases {
    static let all = lengths + codings + both + chunks + badChunks + versions

    private static let post = "POST /echo/ HTTP/1.1\r\nHost: a\r\n"
    private static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

    private static let lengths: [RawCase] =
        [
            .served("\(post)Content-Length: 0\r\n\r\n", 200), .served("\(post)\r\n", 200),
            .served("\(post)Content-Length: 3\r\n\r\nabc", 200), .served("\(post)content-length:3\r\n\r\nabc", 200),
            .served("\(post)Content-Length: \t3 \r\n\r\nabc", 200),
            .served("\(post)Content-Length: 003\r\n\r\nabc", 200),
            .served("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 200),
            .served("HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 200),
            .served("DELETE /echo/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 200),
            .served("OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", 204),
            .served(
                "\(post)Content-Length: 27\r\n\r\nGET /secret HTTP/1.1\r\nHost:a\(post)Content-Length: 0\r\n\r\n", 200,
                200),
            .refused("\(post)Content-Length: 65537\r\n\r\n", 413),
            .refused("\(post)Content-Length: 999999999999999999\r\n\r\n", 413),
        ]
        + [
            "", "-1", "-0", "+3", "3.0", "3e0", "0x3", "0b1", "3,", ",3", "3,3", "3, 3", "3, 4", "3;a", "3 3", "3\t3",
            "a", "3a",
            "a3", "\"3\"", "\u{661}", "\u{ff13}", "9999999999999999999", "18446744073709551616", "18446744073709551619",
            "340282366920938463463374607431768211456", "3\u{a0}", "*", "_3", "1_0", "NaN", "(3)", "3 bytes",
        ].map { .refused("\(post)Content-Length: \($0)\r\n\r\nabc") }
        + [
            "Content-Length: 3\r\nContent-Length: 3", "Content-Length: 3\r\nContent-Length: 0",
            "Content-Length: 0\r\nContent-Length: 3", "Content-Length: 3\r\ncontent-length: 3", "Content-Length : 3",
            "Content-Length\t: 3", " Content-Length: 3", "Content-Length: 3\r\n 3", "Content-Length:\r\n 3",
            "X: y\nContent-Length: 3", "Content-Length\0: 3", "Content\u{17f}-Length : 3", "Content-Length: \u{b}3",
            "Content-Length: 3\u{c}", "Content-Length: \0", "Content-Length 3",
        ].map { .refused("\(post)\($0)\r\n\r\nabc") }

    private static let codings: [RawCase] =
        [
            .served("\(post)transfer-encoding:chunked\r\n\r\n0\r\n\r\n", 200),
            .served("\(post)Transfer-Encoding: Chunked \r\n\r\n0\r\n\r\n", 200),
            .served("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200),
            .refused("\(post)Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
            .refused("\(post)Transfer-Encoding: x, y,chunked\r\n\r\n0\r\n\r\n", 501),
        ]
        + [
            "", "gzip", "identity", "deflate", "x", "chunked, gzip", "chunked, identity", "identity, chunked, x",
            "chunked,chunked",
            "chunked, chunked", "gzip, chunked, chunked", ",chunked", "chunked,", ", chunked,", "chunked;",
            "chunked;a=b",
            "chunked;q=0", "\"chunked\"", "'chunked'", "xchunked", "chunkedx", "chunked x", "x chunked", "chun ked",
            "chunke",
            "chunked\u{b}", "\u{b}chunked", "\u{c}chunked", "\0chunked", "chunked\0", "\u{a0}chunked", "chunked\u{e9}",
            "chunked\u{7f}", "cow", "*", "chunked/1",
        ].map { .refused("\(post)Transfer-Encoding: \($0)\r\n\r\n0\r\n\r\n") }
        + [
            "Transfer-Encoding : chunked", "Transfer-Encoding\t: chunked", " Transfer-Encoding: chunked",
            "Transfer-Encoding:\r\n chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
            "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: x", "Transfer-Encoding: identity\r\n chunked",
            "X: y\nTransfer-Encoding: chunked", "X: y\rTransfer-Encoding: chunked", "Transfer\0-Encoding: chunked",
            "Transfer-Encoding\0: chunked", "\u{7f}Transfer-Encoding: chunked", "Transfer-Encoding chunked",
        ].map { .refused("\(post)\($0)\r\n\r\n0\r\n\r\n") }

    private static let both: [RawCase] =
        ["0", "3", "5", "4", "6"].flatMap { length in
            [
                "Content-Length: \(length)\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nContent-Length: \(length)",
                "Content-Length: \(length)\r\nTransfer-Encoding: identity",
                "Content-Length: \(length)\r\nTransfer-Encoding: xchunked",
                "Content-Length: \(length)\r\nTransfer-Encoding:",
            ].map { .refused("\(post)\($0)\r\n\r\n0\r\n\r\n") }
        } + [.refused("\(post)Content-Length: 5\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")]

    private static let chunks: [RawCase] = [
        "0\r\n\r\n", "000\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
        "0003\r\nabc\r\n0\r\n\r\n",
        "a\r\n0123456789\r\n0\r\n\r\n", "A\r\n0123456789\r\n0\r\n\r\n", "4\r\n\r\n\r\n\r\n0\r\n\r\n",
        "3;a\r\nabc\r\n0\r\n\r\n",
        "3;a=b\r\nabc\r\n0\r\n\r\n", "3;a=\"b;c\"\r\nabc\r\n0;d\r\n\r\n", "3;a=\"\\\"\"\r\nabc\r\n0\r\n\r\n",
        "3 ; a = b\r\nabc\r\n0\r\n\r\n", "3;a;b;c=d\r\nabc\r\n0\r\n\r\n", "0\r\nX: y\r\n\r\n",
        "0\r\nX:\r\nY: z \r\n\r\n",
        "0\r\nContent-Length: 9\r\n\r\n", "0\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n",
    ].map { .served(chunked + $0, 200) }

    private static let badChunks: [RawCase] =
        [
            "\r\n", "\n", " 3\r\nabc", "\t3\r\nabc", "3\nabc\n0\n\n", "3\rabc", "3\r\rabc", "3 \r\nabc\r\n0\r\n\r\n",
            "3\t\r\nabc",
            "3\0\r\nabc", "3\u{b}\r\nabc", "+3\r\nabc", "-3\r\nabc", "0x3\r\nabc", "x3\r\nabc", "3x\r\nabc",
            "3h\r\nabc", "3.0\r\nabc",
            "3,0\r\nabc", "3_0\r\nabc", "g\r\n", "\u{661}\r\n", "3\r\nabc0\r\n\r\n", "3\r\nab\r\n0\r\n\r\n",
            "3\r\nabcd\r\n0\r\n\r\n",
            "3\r\nabc\n0\r\n\r\n", "3\r\nabc\r0\r\n\r\n", "3\r\nabc \r\n0\r\n\r\n", "3\r\nabc\r\n\r\n0\r\n\r\n",
            "000000003\r\nabc",
            "fffffffff\r\n", "ffffffffffffffff\r\nabc", "10000000000000003\r\nabc", "100000000\r\nabc", "3;\r\nabc",
            "3;=b\r\nabc",
            "3;a=\r\nabc", "3;a \r\nabc", "3;a b\r\nabc", "3;a=\"b\r\nabc", "3;a=\"b\"c\r\nabc", "3;;a\r\nabc",
            "3;a\nabc",
            "3;a\u{0}\r\nabc", "3;a=\u{e9}\r\nabc", "3;a\r\r\nabc", "0\r\n\nX", "0\r\n\rX", "0\nX",
            "0\r\n X: y\r\n\r\n",
            "0\r\nX\r\n\r\n", "0\r\nX : y\r\n\r\n", "0\r\n: y\r\n\r\n", "0\r\nX: y\n\r\n", "0\r\nX: y\rZ",
            "0\r\nX: \0\r\n\r\n",
            "0\r\nX: y\r\n z\r\n\r\n", "0\r\nX y: z\r\n\r\n", "0\r\nX: y\r\n\n",
        ].map { .refused(chunked + $0) } + [
            .refused(chunked + "10001\r\n", 413), .refused(chunked + "ffffffff\r\n", 413),
        ]

    private static let versions: [RawCase] = [
        .refused("POST /echo/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        .refused("POST /echo/ HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: identity\r\n\r\n"),
        .last("POST /echo/ HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc", 200), .last("POST /echo/ HTTP/1.0\r\n\r\n", 200),
    ]
}
