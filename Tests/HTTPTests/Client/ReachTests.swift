import TestSupport
import Testing

@testable import HTTP

/// Which servers a request may reach.
@Suite(.timeLimit(.minutes(1))) struct ReachTests {
    private let client = Client(userAgent: "latchkey-test/1", connectTimeout: .seconds(5))
    private let home = Reach(allowsPrivateHTTP: true, trust: .system)

    @Test(arguments: [
        ("10.1.2.3", true, false), ("172.16.0.1", true, false), ("172.32.0.1", false, false),
        ("192.168.1.5", true, false), ("100.64.0.1", true, false), ("8.8.8.8", false, false), ("fd12::1", true, false),
        ("2001:db8::1", false, false), ("169.254.169.254", false, true), ("169.254.170.2", false, true),
        ("fd00:ec2::254", true, true), ("100.100.100.200", true, true), ("168.63.129.16", false, true),
        ("::ffff:169.254.169.254", false, true), ("64:ff9b::a9fe:a9fe", false, true), ("2002:a9fe:a9fe::", false, true),
        ("64:ff9b::808:808", false, false), ("127.0.0.1", false, false),
        // OpenStack's, and every other one of the wire.
        ("fe80::a9fe:a9fe", false, true), ("febf::1", false, true), ("fec0::1", false, false),
        // Scaleway's and Linode's.
        ("fd00:42::42", true, true), ("fd00:a9fe:a9fe::1", true, true), ("fd00:42::43", true, false),
        ("192.0.0.192", false, true), ("169.254.0.23", false, true), ("fd20:ce::254", true, true),
        // IPv4-compatible, IPv4-translated, NAT64 of a network's own with 96, 48, 56 and 64 bits, Teredo, ISATAP.
        ("::169.254.169.254", false, true), ("::ffff:0:169.254.169.254", false, true),
        ("64:ff9b:1::a9fe:a9fe", false, true), ("64:ff9b:1:a9fe:a9:fe00::", false, true),
        ("64:ff9b:1:12a9:fe:a9fe::", false, true), ("64:ff9b:1:1234:a9:fea9:fe00:0", false, true),
        ("64:ff9b:1::808:808", false, false), ("2001::5601:5601", false, true),
        ("2001:db8::5efe:a9fe:a9fe", false, true), ("2001:db8::200:5efe:a9fe:a9fe", false, true),
        ("2002:808:808::", false, false), ("::1", false, false),
    ]) func `an address is private, of a metadata service, or neither`(
        text: String, isPrivate: Bool, isMetadata: Bool
    ) throws {
        let address = try #require(ClientAddress(text))
        #expect(address.isPrivate == isPrivate)
        #expect(address.isMetadataService == isMetadata)
    }

    @Test(
        arguments: [
            ("http://192.168.1.5:8096/", nil), ("http://jellyfin:8096/", nil), ("https://media.example.org/", nil),
            ("http://8.8.8.8/", .notPrivate("8.8.8.8")),
            ("http://169.254.169.254/latest", .forbidden("169.254.169.254")),
            ("https://169.254.169.254/", .forbidden("169.254.169.254")),
            ("http://2852039166/", .forbidden("169.254.169.254")),
            ("http://[::ffff:a9fe:a9fe]/", .forbidden("[::ffff:a9fe:a9fe]")),
            ("http://Metadata.Google.Internal./", .forbidden("Metadata.Google.Internal.")),
            ("https://0251.0376.0251.0376/", .forbidden("169.254.169.254")),
            ("https://0xa9.0xfe.0xa9.0xfe/", .forbidden("169.254.169.254")),
            ("https://169.16689662/", .forbidden("169.254.169.254")),
            ("https://169.254.169.254./", .forbidden("169.254.169.254.")),
            ("https://%31%36%39.254.169.254/", .forbidden("169.254.169.254")),
            ("https://[fe80::a9fe:a9fe%25eth0]/", .forbidden("[fe80::a9fe:a9fe]")),
            ("https://[0:0:0:0:0:ffff:169.254.169.254]/", .forbidden("[::ffff:169.254.169.254]")),
            ("https://[64:ff9b::169.254.169.254]/", .forbidden("[64:ff9b::a9fe:a9fe]")),
            ("https://100.100.100.200/", .forbidden("100.100.100.200")),
            ("https://168.63.129.16/", .forbidden("168.63.129.16")),
            ("https://192.0.0.192/", .forbidden("192.0.0.192")),
            ("https://[fd00:ec2::254]/", .forbidden("[fd00:ec2::254]")),
            (
                "https://user@169.254.169.254/",
                .malformed("the address of 169.254.169.254 holds a user name or a password")
            ),
            ("file:///etc/passwd", .malformed("the address is not a URL that begins with https://")),
            ("gopher://127.0.0.1/", .insecureURL("127.0.0.1")),
        ] as [(String, ClientError?)]) func `an address is judged before its name is resolved`(
            url: String, problem: ClientError?
        )
    {
        var thrown: ClientError?
        do throws(ClientError) { try Client.check(url, home) } catch { thrown = error }
        #expect(thrown == problem)
    }

    @Test func `http to a private network needs a request that says so`() {
        #expect(throws: ClientError.insecureURL("192.168.1.5")) { try Client.check("http://192.168.1.5/") }
    }

    /// What an address is judged by when libcurl is about to connect to it, whatever name led there.
    @Test func `an address is judged again when it is connected to`() async throws {
        try await TestServer.run(Samples.configuration()) { server in
            let near = ClientRequest(url: "http://localhost:\(server.port)/", reach: home)
            let response = try await client.send(near)
            #expect(response.status > 0)
        }
        // RFC 5735: 0.0.0.0 is this machine to Linux, and neither private nor loopback to us.
        await #expect(throws: ClientError.notPrivate("0.0.0.0")) {
            try await client.send(ClientRequest(url: "http://0.0.0.0:1/", reach: home))
        }
    }
}
