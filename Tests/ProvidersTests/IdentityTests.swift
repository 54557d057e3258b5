import Testing

@testable import Providers

/// What an answer to the question whose account it is says.
@Suite struct IdentityTests {
    private func avatar(_ identity: String, _ body: String) throws -> String? {
        let provider = try described(
            """
            { label: "Demo", color: "#000000", hosts: { api: "https://api.example", images: "https://pictures.example" },
              methods: [{ kind: "key", check: { url: "{{hosts.api}}/c" } }],
              identity: { url: "{{hosts.api}}/me", \(identity) } }
            """)
        let identity = try #require(Identity(TokenSet(accessToken: "t"), in: try context(provider)))
        guard case .account(_, _, let more) = identity.outcome(of: answer(200, body), at: start) else { return "?" }
        return more["avatar"]
    }

    @Test(
        arguments: [
            ("https://pictures.example/7.png?s=64", "https://pictures.example/7.png?s=64"),
            ("https://api.example/7.png", "https://api.example/7.png"), ("https://elsewhere.example/7.png", nil),
            ("https://pictures.example.elsewhere.example/7.png", nil),
            ("https://pictures.example@elsewhere.example/", nil),
            ("http://pictures.example/7.png", nil), ("//pictures.example/7.png", nil), ("javascript:alert(1)", nil),
            ("", nil),
        ] as [(String, String?)])
    func `a picture is taken from the provider's own hosts alone`(given: String, taken: String?) throws {
        #expect(try avatar(#"map: { avatar: "picture" }"#, #"{"id":7,"picture":"\#(given)"}"#) == taken)
    }

    @Test(
        arguments: [
            (#""a1b2""#, "https://pictures.example/7/a1b2.png"),
            (#""../../etc""#, "https://pictures.example/7/..%2F..%2Fetc.png"), ("null", nil), (#""""#, nil),
            ("{}", nil),
        ] as [(String, String?)])
    func `its address is made of what the answer has`(hash: String, address: String?) throws {
        let identity = #"map: { avatar: "hash" }, avatar: "{{hosts.images}}/{{id}}/{{avatar}}.png""#
        #expect(try avatar(identity, #"{"id":7,"hash":\#(hash)}"#) == address)
    }

    @Test func `an address of what nothing is mapped to is refused with its place`() {
        #expect(
            CatalogueTests.method(
                """
                { kind: "key", check: { url: "{{hosts.api}}/c" },
                  identity: { url: "{{hosts.api}}/me", avatar: "{{hosts.api}}/{{hash}}.png" } }
                """)
                    == """
                    demo.json5:5:65: error: '{{hash}}' is not known here
                    5 |   identity: { url: "{{hosts.api}}/me", avatar: "{{hosts.api}}/{{hash}}.png" } }
                      |                                                                 ^^^^
                    help: available: app.device, app.name, app.version, client_id, hosts.api, id, name
                    """)
    }
}
