import Testing

@testable import HTTP

@Suite struct HostNameTests {
    static let hosts: [(String, String?)] = [
        ("localhost", "localhost"), ("localhost:8787", "localhost"), ("LocalHost", "LocalHost"),
        ("localhost.", "localhost"),
        ("localhost.:80", "localhost"), ("127.0.0.1:1", "127.0.0.1"), ("[::1]", "::1"), ("[::1]:8787", "::1"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"), ("a_b.example", "a_b.example"), ("a:", "a"),
        ("", nil), (".", nil), (":80", nil), ("a:b", nil), ("a:123456", nil), ("a:8 0", nil), ("a b", nil),
        ("a/b", nil),
        ("u@a", nil), ("a,b", nil), ("[::1", nil), ("[::1]x", nil), ("[]", nil), ("[:]", nil), ("[g::1]", nil),
        ("::1", nil),
        ("a%2eb", nil), ("a#b", nil), ("a?b", nil), ("a\\b", nil), ("\u{e9}", nil), ("a:-1", nil),
        ("[::1%25eth0]", nil),
    ]

    @Test(arguments: hosts)
    func `a host is what stands before the port`(_ text: String, _ host: String?) {
        let bytes = Array(text.utf8)
        let found = HostName.host(bytes.span, Piece(0, bytes.count)).map { bytes.span.string($0) }
        #expect(found == host)
    }

    @Test func `a host is allowed whatever its case, port and last dot`() {
        let list = HostList(["localhost", "127.0.0.1:8787", "[::1]", "Media.Example.Org."])
        for host in ["localhost", "LOCALHOST:1", "localhost.", "127.0.0.1", "[::1]:3", "media.example.org:443"] {
            #expect(allows(list, host), "\(host)")
        }
        for host in [
            "localhost.evil", "evil", "127.0.0.2", "[::2]", "media.example.or", "xlocalhost", "127.0.0.1.nip.io",
        ] {
            #expect(!allows(list, host), "\(host)")
        }
    }

    @Test func `an address without brackets means the same as with them`() {
        #expect(allows(HostList(["::1"]), "[::1]:8787"))
    }

    @Test func `an empty list allows every host`() {
        #expect(allows(HostList([]), "anything"))
    }

    private func allows(_ list: HostList, _ host: String) -> Bool {
        let bytes = Array(host.utf8)
        return HostName.host(bytes.span, Piece(0, bytes.count)).map { list.allows(bytes.span, $0) } ?? false
    }
}
