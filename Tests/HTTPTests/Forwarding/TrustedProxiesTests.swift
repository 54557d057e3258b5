import Testing

@testable import HTTP

@Suite struct TrustedProxiesTests {
    private static func proxies() throws -> TrustedProxies {
        TrustedProxies(
            ranges: [try AddressRange("127.0.0.1"), try AddressRange("10.0.0.0/8"), try AddressRange("fd00::/8")])
    }

    private static func client(_ fields: [(String, String)], peer: String = "127.0.0.1") throws -> String {
        try sender(fields, peer: peer).address
    }

    private static func sender(_ fields: [(String, String)], peer: String = "127.0.0.1") throws -> Sender {
        var headers = HeaderFields()
        for (name, value) in fields { headers.append(name, value) }
        return try proxies().sender(peer: peer, headers: headers)
    }

    @Test(arguments: [
        ("203.0.113.7", "203.0.113.7"), ("203.0.113.7:4711", "203.0.113.7"), ("2001:db8::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"), ("[2001:db8::1]:4711", "2001:db8::1"), ("::ffff:203.0.113.7", "203.0.113.7"),
        ("1.1.1.1, 203.0.113.7", "203.0.113.7"), ("1.1.1.1, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        ("1.1.1.1,203.0.113.7 ,\t10.0.0.1, fd00::1", "203.0.113.7"), (", 203.0.113.7, ,", "203.0.113.7"),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"), ("", "127.0.0.1"), (",,,", "127.0.0.1"),
        ("203.0.113.7, unknown", "127.0.0.1"), ("203.0.113.7, garbage, 10.0.0.1", "10.0.0.1"),
        ("203.0.113.7:port", "127.0.0.1"), ("203.0.113.7:123456", "127.0.0.1"), ("[203.0.113.7]", "127.0.0.1"),
        ("[2001:db8::1", "127.0.0.1"), ("[2001:db8::1]x", "127.0.0.1"), ("203.0.113.7;x", "127.0.0.1"),
        ("\"203.0.113.7\"", "127.0.0.1"), ("203.0.113.7 10.0.0.1", "127.0.0.1"), ("fe80::1%eth0", "127.0.0.1"),
    ]) func `X-Forwarded-For is read from the right up to the first stranger`(value: String, client: String) throws {
        #expect(try Self.client([("X-Forwarded-For", value)]) == client)
    }

    @Test(arguments: [
        ("for=203.0.113.7", "203.0.113.7"), ("For=\"203.0.113.7:4711\"", "203.0.113.7"),
        ("for=203.0.113.7:4711", "203.0.113.7"), ("for=\"[2001:db8::1]\"", "2001:db8::1"),
        ("for=\"[2001:db8::1]:_http\";proto=https", "2001:db8::1"), ("for=\"\\203.0.113.7\"", "203.0.113.7"),
        ("by=10.0.0.1; FOR=203.0.113.7 ; proto=https", "203.0.113.7"),
        ("for=1.1.1.1, for=203.0.113.7, for=10.0.0.1", "203.0.113.7"), ("for=203.0.113.7,,", "203.0.113.7"),
        ("for=203.0.113.7, for=_hidden", "127.0.0.1"), ("for=203.0.113.7, for=unknown", "127.0.0.1"),
        ("for=203.0.113.7, proto=https", "127.0.0.1"), ("for=_SEVKISEK, for=10.0.0.1", "10.0.0.1"),
        ("for=\"2001:db8::1\"", "127.0.0.1"), ("for=\"[203.0.113.7]\"", "127.0.0.1"),
        ("for=203.0.113.7;for=10.0.0.1", "127.0.0.1"), ("for=203.0.113.7 for=1.1.1.1", "127.0.0.1"),
        ("for=", "127.0.0.1"), ("for", "127.0.0.1"), ("=203.0.113.7", "127.0.0.1"), ("203.0.113.7", "127.0.0.1"),
        ("for=\"203.0.113.7", "127.0.0.1"), ("for=\"203.0.113.7\\", "127.0.0.1"),
        ("for=1.1.1.1;x=\", for=203.0.113.7;by=\"10.0.0.1\"", "127.0.0.1"), ("for=\"203.0.113.7\"x", "127.0.0.1"),
    ]) func `Forwarded is read from the right, and not at all when it is malformed`(value: String, client: String)
        throws
    {
        #expect(try Self.client([("Forwarded", value)]) == client)
    }

    @Test func `several fields of a name are one list, and a malformed one hides those before it`() throws {
        #expect(
            try Self.client([("X-Forwarded-For", "1.1.1.1"), ("x-forwarded-for", "203.0.113.7")]) == "203.0.113.7")
        #expect(
            try Self.client([("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-For", "10.0.0.1")]) == "203.0.113.7")
        #expect(try Self.client([("Forwarded", "for=\"1.1.1.1"), ("Forwarded", "for=203.0.113.7")]) == "203.0.113.7")
        #expect(
            try Self.client([("Forwarded", "for=203.0.113.7"), ("Forwarded", "for=\""), ("Forwarded", "for=10.0.0.1")])
                == "10.0.0.1")
    }

    @Test func `two kinds that disagree are both not believed`() throws {
        let common = ("X-Forwarded-For", "203.0.113.7")
        #expect(try Self.client([common, ("Forwarded", "for=203.0.113.7")]) == "203.0.113.7")
        #expect(try Self.client([common, ("Forwarded", "for=1.1.1.1")]) == "127.0.0.1")
        #expect(try Self.client([common, ("Forwarded", "for=_hidden")]) == "127.0.0.1")
        #expect(try Self.client([("X-Forwarded-Proto", "https"), ("Forwarded", "for=1.1.1.1")]) == "1.1.1.1")
        #expect(
            try Self.sender([("X-Forwarded-Proto", "https"), ("Forwarded", "for=1.1.1.1;proto=http")])
                == Sender(address: "1.1.1.1", isThroughProxy: true))
    }

    @Test(arguments: ["192.0.2.1", "unix", "unknown", "127.0.0.2", "::1", "fe80::1%eth0"])
    func `the fields of a peer that is not listed change nothing`(peer: String) throws {
        let fields = [
            ("Forwarded", "for=203.0.113.7;host=evil.example;proto=https"), ("X-Forwarded-For", "203.0.113.7"),
            ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "https"),
        ]
        #expect(try Self.sender(fields, peer: peer) == Sender(address: peer))
    }

    @Test func `a unix socket is a proxy when it is listed`() {
        let sender = TrustedProxies(unixSockets: true).sender(peer: "unix", headers: ["X-Forwarded-For": "203.0.113.7"])
        #expect(sender == Sender(address: "203.0.113.7", isThroughProxy: true))
        #expect(!TrustedProxies(unixSockets: true).contains(peer: "127.0.0.1"))
    }

    @Test(arguments: ["X_Forwarded_For", "X-Forwarded_For", "X-Real-IP", "X-Forwarded", "Forwarded-For", "X-Client-IP"])
    func `other spellings and other fields are not read`(name: String) throws {
        #expect(try Self.client([(name, "203.0.113.7")]) == "127.0.0.1")
    }

    @Test func `scheme and host are those that the last believed proxy tells`() throws {
        let standard = "for=1.1.1.1;host=evil.example;proto=gopher, for=203.0.113.7;proto=HTTPS;host=\"a.example:8443\""
        #expect(
            try Self.sender([("Forwarded", standard + ", for=10.0.0.1;proto=http;host=inner")])
                == Sender(address: "203.0.113.7", isThroughProxy: true, scheme: "https", host: "a.example:8443"))
        #expect(
            try Self.sender([
                ("X-Forwarded-For", "203.0.113.7"), ("X-Forwarded-Proto", "http, https"),
                ("X-Forwarded-Host", "evil.example, a.example"),
            ]) == Sender(address: "203.0.113.7", isThroughProxy: true, scheme: "https", host: "a.example"))
        #expect(
            try Self.sender([("X-Forwarded-Proto", "javascript"), ("X-Forwarded-Host", "a.example/x")])
                == Sender(address: "127.0.0.1", isThroughProxy: true))
    }

    @Test func `no more than 64 hops are looked at`() throws {
        let value = (["203.0.113.7"] + (1...100).map { "10.0.0.\($0)" }).joined(separator: ", ")
        #expect(try Self.client([("X-Forwarded-For", value)]) == "10.0.0.37")
    }
}
