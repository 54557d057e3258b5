import JSON
import Testing

@testable import Providers

/// Credentials in HTTP Basic, and scopes that people choose.
@Suite struct KnobTests {
    @Test func `The credentials of an app are form-encoded in HTTP Basic, and those of an account are not`() throws {
        let provider = try described(
            """
            {
              label: "Demo", color: "#000000", hosts: { api: "https://demo.example" },
              fields: [{ key: "user", label: "User" }, { key: "password", label: "Password", type: "password" }],
              methods: [{ kind: "key", credential: "password", check: { url: "{{hosts.api}}/me" } }],
              revoke: { url: "{{hosts.api}}/end", basic: ["{{user}}", "{{password}}"] },
              token: { basic: ["{{user}}", "{{access_token}}"] },
            }
            """)
        let context = try context(provider, values: ["user": "sé an", "password": "p@ss w!"])
        let tokens = TokenSet(accessToken: "p@ss w!")
        var check = KeyCheck(method: context.method)
        let raw = "Authorization: Basic " + "c8OpIGFuOnBAc3MgdyE="  // sé an:p@ss w!
        #expect(text(check.handle(.begin, at: start, in: context)).hasSuffix(raw))
        #expect(try AppCredentials(tokens, in: context).headers.map { "\($0.name): \($0.value)" } == [raw])
        let revoke = try #require(Revoke(tokens, in: context))
        // s%C3%A9+an:p%40ss+w%21
        #expect(try text(revoke.request()).contains("Authorization: Basic cyVDMyVBOSthbjpwJTQwc3MrdyUyMQ=="))
    }

    // MARK: Keys

    private func check(_ call: String, _ more: String = "") throws -> FlowContext {
        try context(
            described(
                """
                {
                  label: "Demo", color: "#000000", hosts: { api: "https://demo.example" },
                  fields: [{ key: "api_key", label: "Key", type: "password" }],
                  methods: [{ kind: "key", credential: "api_key", check: { \(call) } }],
                  \(more)
                }
                """), values: ["api_key": "k-1"])
    }

    @Test func `The reason of a failure is no proof that a key works`() throws {
        let context = try check(#"url: "{{hosts.api}}/me", map: { who: "name", reason: "message" }"#)
        var check = KeyCheck(method: context.method)
        _ = check.handle(.begin, at: start, in: context)
        _ = check.handle(.answer(answer(200, #"{"message":"Wrong key."}"#)), at: start, in: context)
        #expect(check.status == .unreachable)
        #expect(check.message == "Demo answered 200, but not with what was asked for. It says: 'Wrong key.'.")
        #expect(check.tokens == nil)
    }

    @Test func `A key is kept unchecked only where it is looked at later`() throws {
        let alone = try check(#"url: "{{hosts.api}}/me""#)
        #expect(!alone.provider.canBeUnchecked(alone.method))
        #expect(KeyCheck(method: alone.method).unchecked(in: alone) == nil)
        let later = try check(#"url: "{{hosts.api}}/me""#, #"identity: { url: "{{hosts.api}}/me" }"#)
        #expect(later.provider.canBeUnchecked(later.method))
        #expect(KeyCheck(method: later.method).unchecked(in: later) == TokenSet(accessToken: "k-1"))
    }

    // MARK: Scopes

    private static func scopes(_ scope: String, _ fields: String = "") -> String {
        """
        {
          label: "Demo", color: "#000000", hosts: { api: "https://demo.example" },
          fields: [{ key: "client_id", label: "ID" }, { key: "client_secret", label: "Secret", type: "password" },
            { key: "scopes", label: "Scopes", default: "read list" }, { key: "more", label: "More" }],
          methods: [{
            kind: "redirect", scope: \(scope),
            authorize: "{{hosts.api}}/authorize", exchange: { url: "{{hosts.api}}/token" } }],
        }
        """
    }

    private func query(_ provider: Provider, _ values: [String: String]) throws -> [Substring] {
        let context = try context(provider, values: values.merging(["client_id": "app"]) { $1 })
        var flow = RedirectFlow(method: context.method)
        _ = flow.handle(.begin(RedirectFlowTests.secrets), at: start, in: context)
        let query = try #require(flow.authorizationURL.split(separator: "?").last)
        return query.split(separator: "&").filter { $0.hasPrefix("scope") }
    }

    @Test func `A field may say which scopes are asked for, and an empty one leaves them out`() throws {
        let chosen = try described(Self.scopes(#""{{scopes}}""#))
        #expect(try query(chosen, [:]) == ["scope=read%20list"])
        #expect(try query(chosen, ["scopes": "", "more": "x"]) == ["scope=read%20list"])
        #expect(try query(chosen, ["scopes": "write"]) == ["scope=write"])
        let beside = try described(Self.scopes(#"{ request: "read {{more}}", require: ["read"] }"#))
        #expect(try query(beside, ["more": "write"]) == ["scope=read%20write"])
        #expect(try query(try described(Self.scopes(#""{{more}}""#)), [:]) == [])
    }

    @Test func `What was not granted of the scopes that were entered is told`() throws {
        let provider = try described(
            Self.scopes(#"{ request: "{{scopes}} {{more}}", unlisted: ["list"], for: { read: "reading" } }"#))
        let method = try #require(provider.methods.first)
        let tokens = TokenSet(accessToken: "t", scope: "write")
        #expect(tokens.notGranted(provider, method, ["more": "write own"]) == ["read", "own"])
        #expect(tokens.notGranted(provider, method, ["scopes": "write"]) == [])
        #expect(
            tokens.smallerGrant(provider, method, [:])
                == "Demo is linked, but did not grant 'read': reading will not work.")
    }

    @Test func `Scopes that name no field, or not what is asked for, are refused with their place`() {
        func refused(_ scope: String) -> String {
            CatalogueTests.problems(Self.scopes(scope))
        }
        #expect(
            refused(#""{{scope}}""#) == """
                demo.json5:6:33: error: '{{scope}}' is not known here
                6 |     kind: "redirect", scope: "{{scope}}",
                  |                                 ^^^^^
                help: did you mean 'scopes'?
                """)
        // What is secret is no scope: it would stand in the address bar.
        #expect(
            refused(#"{ request: "{{client_secret}}" }"#) == """
                demo.json5:6:44: error: '{{client_secret}}' is not known here
                6 |     kind: "redirect", scope: { request: "{{client_secret}}" },
                  |                                            ^^^^^^^^^^^^^
                help: available: client_id, more, scopes
                """)
        #expect(
            refused(#"{ request: "{{scopes}}", require: ["lst"] }"#) == """
                demo.json5:6:64: error: 'lst' is required but not requested
                6 |     kind: "redirect", scope: { request: "{{scopes}}", require: ["lst"] },
                  |                                                                ^^^^^^^
                help: did you mean 'list'?
                """)
    }
}
