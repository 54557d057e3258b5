import JSON
import Testing

@testable import Providers

@Suite struct EncodingTests {
    @Test(arguments: [
        ("https://a.example", "https a.example 443"), ("HTTPS://A.Example:8443/x?y#z", "https a.example 8443"),
        ("http://[::1]:80/", "http ::1 80"), ("http://127.0.0.1", "http 127.0.0.1 80"), ("ftp://a", "nil"),
        ("https://", "nil"), ("https:///x", "nil"), ("https://a:0/", "nil"), ("https://a:70000/", "nil"),
        ("https://a:/", "nil"), ("https://u@a/", "nil"), ("https://a b/", "nil"), ("https://a\\b/", "nil"),
        ("https://a\tb/", "nil"), ("https://[::1", "nil"), ("https://[x]/", "nil"), ("https://a\u{0}/", "nil"),
        ("https://é.example/", "nil"), ("https://a%2fb/", "nil"), ("//a/", "nil"), ("", "nil"),
    ]) func `An address is read strictly`(text: String, parts: String) {
        let address = WebAddress(text)
        #expect(address.map { "\($0.scheme) \($0.host) \($0.port)" } ?? "nil" == parts)
    }

    @Test(arguments: [
        ("http://127.0.0.1/", true), ("http://127.8.9.1/", true), ("http://localhost/", true), ("http://[::1]/", true),
        ("http://127.0.0.1.evil.example/", false), ("http://10.0.0.1/", false), ("http://127.1/", false),
        ("http://localhost.evil.example/", false), ("http://[::ffff:127.0.0.1]/", false),
        ("http://127.0.0.256/", false), ("http://0127.0.0.1/", false), ("http://127.0.0.01/", false),
        ("http://127.00.0.1/", false),
    ]) func `Only this machine is loopback`(text: String, loopback: Bool) {
        #expect(WebAddress(text)?.isLoopback == loopback)
    }

    @Test(
        arguments: [
            ("2026-09-21T14:13:20Z", 1_790_000_000), ("2026-09-21 14:13:20 UTC", 1_790_000_000),
            ("2026-09-21T14:13:20.999999Z", 1_790_000_000), ("2026-09-21T16:13:20+0200", 1_790_000_000),
            ("2000-02-29T00:00:00", 951_782_400), ("1970-01-01T00:00:00Z", 0),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
            ("2026-13-01T00:00:00Z", nil), ("2026-09-21", nil), ("2026-09-21T25:00:00Z", nil),
            ("2026-09-21T14:13:20X", nil),
            ("", nil), ("aaaa-bb-ccTdd:ee:ff", nil), ("2026-09-21T14:13:20+99:99", nil),
        ] as [(String, Double?)]) func `A date is read`(text: String, seconds: Double?)
    {
        #expect(Dates.iso8601(text) == seconds)
    }

    @Test(
        arguments: [
            ("Mon, 21 Sep 2026 14:13:20 GMT", 1_790_000_000), ("Mon, 21 Sep 2026 14:13:20 UTC", nil),
            ("Mon, 21 Foo 2026 14:13:20 GMT", nil), ("Mon, x Sep 2026 14:13:20 GMT", nil), ("", nil),
        ] as [(String, Double?)]) func `A date of a header is read`(text: String, seconds: Double?)
    {
        #expect(Dates.http(text) == seconds)
    }

    @Test func `Foreign text is cut and has no control characters`() {
        #expect(Encoding.excerpt("a\u{1B}[31m\nb\u{85}c") == "a [31m b c")
        #expect(Encoding.excerpt(String(repeating: "é", count: 300), limit: 3) == "ééé…")
        #expect(Encoding.excerpt("a\u{2028}b\u{2029}c") == "a b c")
    }

    @Test(arguments: [
        "\u{61C}", "\u{200B}", "\u{200E}", "\u{200F}", "\u{202A}", "\u{202E}", "\u{2060}", "\u{2066}", "\u{2069}",
        "\u{206A}", "\u{AD}", "\u{34F}", "\u{180E}", "\u{FEFF}", "\u{FFF9}", "\u{FFFB}", "\u{E0041}",
    ]) func `Foreign text has nothing that is not seen or turns the direction of writing`(scalar: String) {
        #expect(Encoding.excerpt("a\(scalar)b\(scalar)", limit: 2) == "ab")
        #expect(!Encoding.isPlain("a\(scalar)b"))
    }

    @Test func `Foreign text keeps the letters of every writing`() {
        let names = "Seán Ζωή Łukasz שרה سارة 太郎 ❤"
        #expect(Encoding.excerpt(names) == names && Encoding.isPlain(names))
    }

    @Test func `Encoding keeps the unreserved characters only`() {
        #expect(
            Encoding.percent("aZ9-._~ /?#[]@!$&'()*+,;=%é")
                == "aZ9-._~%20%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D%25%C3%A9")
        #expect(Encoding.form("a b+c") == "a+b%2Bc")
    }
}
