import Testing

@testable import Providers

/// What a server says of its addresses, and what is believed of it.
@Suite struct DiscoveryTests {
    static let discovery = Discovery(issuer: "issuer", fields: ["token_endpoint", "revocation_endpoint"])

    @Test(arguments: [
        (
            "https://id.example.org",
            [
                "https://id.example.org/.well-known/openid-configuration",
                "https://id.example.org/.well-known/oauth-authorization-server",
            ]
        ),
        (
            "https://id.example.org/realms/home/",
            [
                "https://id.example.org/realms/home/.well-known/openid-configuration",
                "https://id.example.org/.well-known/oauth-authorization-server/realms/home",
            ]
        ),
        (
            "http://id.home.lan",
            [
                "http://id.home.lan/.well-known/openid-configuration",
                "http://id.home.lan/.well-known/oauth-authorization-server",
            ]
        ),
        ("file:///etc", []), ("", []),
    ]) func `The metadata are where the standards say`(issuer: String, addresses: [String]) {
        #expect(Self.discovery.requests(issuer).map(\.url) == addresses)
    }

    private func endpoints(_ body: String, issuer: String = "https://id.example.org") throws -> String {
        let provider = try #require(try Catalogue(files: shippedFiles())["trakt"])
        do throws(FlowProblem) {
            let found = try Self.discovery.endpoints(in: answer(200, body), issuer: issuer, of: provider)
            return found.filter { !$0.value.isEmpty || $0.key.hasSuffix("endpoint") }.sorted { $0.key < $1.key }.map {
                "\($0.key)=\($0.value)"
            }.joined(separator: " ")
        } catch {
            return error.message
        }
    }

    @Test func `An endpoint that a server has not is empty`() throws {
        #expect(
            try endpoints(#"{"issuer":"https://id.example.org","token_endpoint":"https://other.example/t"}"#)
                == "iss=https://id.example.org revocation_endpoint= token_endpoint=https://other.example/t")
    }

    static let strange = String(repeating: "[", count: 100_000)

    @Test(arguments: [
        ("<html>", "id.example.org does not answer with what it offers (OpenID Connect Discovery, RFC 8414)."),
        (strange, "id.example.org does not answer with what it offers (OpenID Connect Discovery, RFC 8414)."),
        ("[]", "id.example.org does not answer with what it offers (OpenID Connect Discovery, RFC 8414)."),
        ("{}", "id.example.org names another issuer than https://id.example.org."),
        (
            #"{"issuer":"https://ID.example.org"}"#, "id.example.org names another issuer than https://id.example.org."
        ),
        (
            #"{"issuer":"https://id.example.org//"}"#,
            "id.example.org names another issuer than https://id.example.org."
        ),
        (
            #"{"issuer":"https://id.example.org","token_endpoint":"http://id.example.org/t"}"#,
            "id.example.org names a token_endpoint that cannot be used."
        ),
        (
            #"{"issuer":"https://id.example.org","token_endpoint":"http://127.0.0.1:631/t"}"#,
            "id.example.org names a token_endpoint that cannot be used."
        ),
        (
            #"{"issuer":"https://id.example.org","token_endpoint":"https://id.example.org/t#x"}"#,
            "id.example.org names a token_endpoint that cannot be used."
        ),
    ]) func `What cannot be believed is refused`(body: String, message: String) throws {
        #expect(try endpoints(body) == message)
    }
}
