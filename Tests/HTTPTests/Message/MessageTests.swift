import Testing

@testable import HTTP

@Suite struct MessageTests {
    @Test func `field names compare without case and values keep their order`() {
        var fields: HeaderFields = ["Set-Cookie": "a", "X": "1", "set-cookie": "b"]
        #expect(fields["SET-COOKIE"] == "a")
        #expect(fields.values(of: "Set-cookie") == ["a", "b"])
        fields["x"] = "2"
        #expect(fields.fields.map(\.name) == ["Set-Cookie", "set-cookie", "x"])
        fields["set-cookie"] = nil
        #expect(fields == ["x": "2"])
        #expect(fields["@"] == nil && HeaderFields.same("a-b", "A-B") && !HeaderFields.same("a@", "a`"))
    }

    static let queries: [(String, [String])] = [
        ("", []), ("a=1", ["a=1"]), ("a=1&a=2", ["a=1", "a=2"]), ("a", ["a="]), ("a=", ["a="]), ("=b", ["=b"]),
        ("a+b=c+d%2B", ["a b=c d+"]), ("a=%C3%A9", ["a=é"]), ("a=b=c", ["a=b=c"]), ("&&a=1&", ["a=1"]),
        ("a=%zz&b=1", ["b=1"]), ("a=%F&b=1", ["b=1"]), ("a=%FF&b=1", ["b=1"]), ("%=1", []), ("a=%0d%0a", ["a=\r\n"]),
    ]

    @Test(arguments: queries)
    func `the items of a query are decoded once and malformed ones left out`(_ query: String, _ items: [String]) {
        let request = Request(method: "GET", path: "/", query: query)
        #expect(request.queryItems.map { "\($0.name)=\($0.value)" } == items)
    }

    @Test func `of two cookies with one name the first counts`() {
        let request = Request(
            method: "GET", path: "/", headers: ["Cookie": "a=1; b=\"2\"; a=3;=x; y; c=d=e", "cookie": "f="])
        #expect(request.cookies == ["a": "1", "b": "2", "c": "d=e", "f": ""])
        #expect(request.headers["COOKIE"] == "a=1; b=\"2\"; a=3;=x; y; c=d=e")
    }

    @Test func `responses for common cases have their type`() {
        #expect(Response.text(400, "x").headers == ["Content-Type": "text/plain; charset=utf-8"])
        #expect(Response.html(200, "x").headers == ["Content-Type": "text/html; charset=utf-8"])
        #expect(Response.json(200, bytes: []).headers == ["Content-Type": "application/json"])
        #expect(Response.seeOther("/a").status == 303 && Response.seeOther("/a").headers == ["Location": "/a"])
    }

    static let dates: [(Int64, String)] = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
        (1_735_689_599, "Tue, 31 Dec 2024 23:59:59 GMT"), (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (-5, "Thu, 01 Jan 1970 00:00:00 GMT"), (Int64.max, "Fri, 31 Dec 9999 23:59:59 GMT"),
    ]

    @Test(arguments: dates)
    func `dates are written as IMF-fixdate`(_ seconds: Int64, _ text: String) {
        #expect(HTTPDate.format(epochSeconds: seconds) == text)
    }

    @Test func `a field that would begin a line of its own is not written`() {
        var bytes: [UInt8] = []
        FieldWriter.write(["A": "1", "B": "2\r\nC: 3", "D e": "4", "": "5", "F": "\u{0}", "G": "\t6"], to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == "A: 1\r\nG: \t6\r\n")
    }

    static let addresses: [(String, ListenAddress?)] = [
        ("127.0.0.1:8787", .tcp(host: "127.0.0.1", port: 8787)), ("localhost:0", .tcp(host: "localhost", port: 0)),
        ("[::1]:8787", .tcp(host: "::1", port: 8787)), ("unix:/run/x.sock", .unix(path: "/run/x.sock")),
        ("unix:", nil), ("127.0.0.1", nil), (":80", nil), ("::1:80", nil), ("[a]:80", nil), ("a:+80", nil),
        ("a:65536", nil),
        ("a:", nil), ("[::1]", nil), ("", nil),
    ]

    @Test(arguments: addresses)
    func `an address to listen on is a host with a port or a unix socket`(_ text: String, _ address: ListenAddress?) {
        #expect(ListenAddress.parse(text) == address)
        if let address { #expect(BoundAddress(address: address).description == text) }
    }

    @Test func `whatever a client sends is one line of the access log`() {
        let entry = AccessLogEntry(
            method: "GET", path: "/a\r\nb \"\\\u{1b}é", status: 200, bytes: 12, duration: .microseconds(1550),
            client: "::1")
        #expect(entry.line == #"::1 GET /a\x0D\x0Ab\x20\x22\x5C\x1B\xC3\xA9 200 12 1.5ms"#)
        let path = String(repeating: "\n", count: 9000)
        let long = AccessLogEntry(method: "", path: path, status: 400, bytes: 0, duration: .zero, client: "unix")
        #expect(long.line.utf8.count < 8192 && long.line.hasPrefix("unix - \\x0A"))
    }
}
