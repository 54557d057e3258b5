import JSON
import Testing

@testable import Providers

@Suite struct ConfigSchemaTests {
    @Test func `The settings come from the descriptions`() throws {
        let schema = ConfigSchema(try Catalogue(files: shippedFiles()))
        #expect(
            schema.settings.map { "\($0.path)\($0.isSecret ? " secret" : "")" } == [
                "simkl.client_id", "simkl.client_secret secret", "tmdb.api_key secret", "tmdb.read_token secret",
                "trakt.client_id", "trakt.client_secret secret",
            ])
    }

    @Test(arguments: [
        ("trakt.client_id", false), ("trakt.client_secret", true), ("plex.client_identifier", false),
        ("auth.trakt.access_token", true), ("auth.trakt.refresh_token", true), ("auth.trakt.extras.server", true),
        ("auth.trakt.anything", true), ("auth.trakt.expires_at", false), ("auth.trakt.account_name", false),
        ("auth.nobody.expires_at", true), ("trakt._pending_device", true), ("trakt.unknown", true), ("", true),
    ]) func `What is not known to be harmless is secret`(path: String, secret: Bool) throws {
        #expect(ConfigSchema(try Catalogue(files: shippedFiles())).isSecret(path) == secret)
    }

    @Test func `A generated token is secret, a generated name is not`() throws {
        let text = """
            { label: "Demo", color: "#000000", hosts: { api: "https://demo.example" },
              generated: [{ key: "device", kind: "uuid" }, { key: "seed", kind: "token" }],
              methods: [{ kind: "key", credential: "api_key", check: { url: "{{hosts.api}}/check" } }],
              fields: [{ key: "api_key", label: "Key", type: "password", required: true }] }
            """
        let schema = ConfigSchema(try Catalogue(files: [("demo.json5", Array(text.utf8))]))
        #expect(!schema.isSecret("demo.device"))
        #expect(schema.isSecret("demo.seed"))
    }

    @Test(
        arguments: [
            ("trakt.client_id", "abc", nil), ("trakt.client_id", .null, nil), ("trakt.client_id", "", nil),
            ("trakt.client_id", 5, "The Client ID must be text, not a number."),
            ("trakt.client_id", ["a": 1], "The Client ID must be text, not an object."),
            ("trakt.client_id", "a\nb", "The Client ID has a line break or a control character in it."),
            (
                "trakt.client_id", .string(String(repeating: "a", count: 4097)),
                "The Client ID is longer than 4096 bytes."
            ),
            ("trakt.clientid", "x", "'trakt.clientid' is not a setting (did you mean 'trakt.client_id'?)."),
            (
                "auth.trakt.access_token", "x",
                "'auth.trakt.access_token' is not a setting."
            ),
            (
                "plex.client_identifier", "x",
                "'plex.client_identifier' is not a setting."
            ),
            ("tmdb.api_key", "0123456789ABCDEF0123456789abcdef", nil),
            (
                "tmdb.api_key", "eyJhbGciOiJIUzI1NiJ9.e30.x",
                "The API Key of TMDB is 32 letters and digits. The long text that begins with 'eyJ' is the API Read "
                    + "Access Token, which is another thing."
            ),
        ] as [(String, JSON, String?)]) func `A value is checked before it is stored`(
            path: String, value: JSON, problem: String?
        ) throws
    {
        #expect(ConfigSchema(try Catalogue(files: shippedFiles())).problem(with: value, at: path) == problem)
    }

    @Test(arguments: [
        ("server", "http://192.168.1.5:8096", nil),
        ("server", "https://media.example/jelly/", nil), ("server", "http://127.0.0.1:8096", nil),
        (
            "server", "javascript:alert(1)",
            "The Server must be the address of a server, such as http://192.168.1.5:8096."
        ),
        ("size", "big", nil), ("size", "huge", "The Size must be one of: small, big."),
        ("code", "ab", "The Code does not have the right form."), ("code", "a", nil),
    ]) func `A field is checked by its type`(key: String, value: String, problem: String?) throws {
        let provider = try described(
            """
            { label: "Demo", color: "#000000", hosts: {}, fields: [
              { key: "server", label: "Server", type: "url", required: true },
              { key: "size", label: "Size", type: "select", options: ["small", "big"], default: "small" },
              { key: "code_1", label: "Code", pattern: "[a-z]" },
            ], methods: [{ kind: "key", credential: "code_1", check: { url: "{{server}}/check" } }] }
            """)
        let field = try #require(provider.fields.first { $0.key.hasPrefix(key) })
        #expect(field.problem(with: value) == problem)
    }

    @Test func `A provider is configured when some method has all it needs`() throws {
        let provider = try context("trakt").provider
        #expect(!provider.isConfigured([:]))
        #expect(!provider.isConfigured(["client_id": ""]))
        #expect(provider.isConfigured(["client_id": "x"]))
        #expect(try context("plex").provider.isConfigured([:]))
    }
}
