import Diagnostics
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

    // MARK: Descriptions

    @Test(arguments: [
        (
            "redirect_refused: { hosts: ['Local Host'], message: 'm' }",
            "'hosts' must be names of hosts, in small letters"
        ),
        ("redirect_refused: { message: 'm' }", "'redirect_refused' needs 'hosts'"),
        ("redirect_refused: { hosts: ['localhost'] }", "'redirect_refused' needs 'message'"),
        (
            "fields: [{ key: 'token_endpoint_auth_method', label: 'How' }]",
            "'token_endpoint_auth_method' says how an app proves itself"
        ),
        ("discovery: { issuer: 'issuer', fields: [] }", "there is no field 'issuer' of type 'url'"),
    ]) func `What is wrong is told at its place`(section: String, message: String) {
        let text = """
            {
              label: "Demo", color: "#000000", hosts: { api: "https://api.demo.example" },
              \(section),
              methods: [{ kind: "key", check: { url: "{{hosts.api}}/c" } }],
            }
            """
        do throws(Diagnostics) {
            _ = try Catalogue(files: [("demo.json5", Array(text.utf8))])
            Issue.record("it is taken")
        } catch {
            #expect(error.list.contains { $0.message == message && $0.line == 3 && $0.column > 2 }, "\(error)")
        }
    }

    @Test(arguments: [
        ("https://id.example.org/o/token/", "https://id.example.org/o/token/"),
        (" id.example.org/t?p=1 ", "https://id.example.org/t?p=1"), ("192.168.1.5:8080/t", "http://192.168.1.5:8080/t"),
        ("https://id.example.org/t#x", nil), ("javascript:alert(1)", nil), ("https://a:b@id.example.org/", nil),
        ("https://id.example.org/../t", nil), ("", nil),
    ]) func `The address of an endpoint stays as it is`(typed: String, kept: String?) {
        #expect(InstanceAddress.endpoint(typed) == kept)
    }
}
