import Diagnostics
import Testing

@testable import Providers

/// The section `instance`, addresses as people type them, and values that are not kept.
@Suite struct InstanceDescriptionTests {
    @Test(arguments: [
        ("192.168.1.5:8096", "http://192.168.1.5:8096"), ("jellyfin:8096/", "http://jellyfin:8096"),
        ("media.example.org", "https://media.example.org"), ("nas.local:8096", "http://nas.local:8096"),
        ("HTTPS://Media.Example.org:443/", "https://media.example.org"), ("http://nas:80", "http://nas"),
        (" http://home/jellyfin/web/index.html#!/home.html ", "http://home/jellyfin"),
        ("https://home/jellyfin//", "https://home/jellyfin"), ("https://home/web/?x=1", "https://home"),
        ("[fd00::5]:8096", "http://[fd00::5]:8096"), ("http://home/webcam", "http://home/webcam"),
        ("javascript:alert(1)", nil), ("ftp://home/", nil), ("http://a:b@home/", nil), ("http://home/../x", nil),
        ("", nil), ("http://", nil), ("http://home:99999/", nil), ("http://ho me/", nil),
    ]) func `An address is tidied`(typed: String, kept: String?) {
        #expect(InstanceAddress.normalized(typed, without: [["web"]]) == kept)
    }

    @Test(arguments: [
        ("10.9", "10.9", false), ("10.10.3", "10.9", false), ("10.8.13", "10.9", true), ("v2.13", "2.14", true),
        ("4", "4.0.0", false), ("", "1", true), ("nightly", "1", true), ("999999999999999999999", "2", false),
    ]) func `Versions are compared by their numbers`(version: String, wanted: String, isOlder: Bool) {
        #expect(InstanceProbe.isOlder(version, than: wanted) == isOlder)
    }

    private static func description(_ instance: String, fields: String = "") -> String {
        """
        {
          label: "Demo", color: "#000000",
          fields: [{ key: "server", label: "Server", type: "url", required: true }, \(fields)],
          instance: \(instance),
          methods: [{ kind: "key", check: { url: "{{server}}/c" } }],
        }
        """
    }

    @Test(arguments: [
        ("{ field: 'sever' }", "", "there is no field 'sever' of type 'url'"), ("{}", "", "'instance' needs 'field'"),
        ("{ field: 'server', product: 'x' }", "", "'product' needs a 'probe' whose 'map' has 'product'"),
        ("{ field: 'server', prob: 1 }", "", "'prob' is not a key of 'instance'"),
        (
            "{ field: 'server' }", "{ key: 'tls', label: 'T' }",
            "every provider with 'instance' has a field 'tls' already"
        ),
        (
            "{ field: 'server' }", "{ key: 'other', label: 'T', type: 'url', kept: false }",
            "the address of a server must be kept: later requests go there"
        ),
    ]) func `A wrong section is told at its place`(instance: String, fields: String, message: String) {
        let text = Self.description(instance, fields: fields)
        let problems: [Diagnostic]
        do throws(Diagnostics) {
            _ = try Catalogue(files: [("demo.json5", Array(text.utf8))])
            problems = []
        } catch {
            problems = error.list
        }
        #expect(problems.contains { $0.message == message && $0.line > 1 && $0.column > 1 }, "\(problems)")
    }

    @Test func `A section adds the fields of the certificate`() throws {
        let provider = try described(Self.description("{ field: 'server' }"))
        #expect(provider.fields.map(\.key) == ["server", "tls", "ca_file"])
        #expect(Instance.trust(["tls": "ca_file", "ca_file": "home.pem"]) == .file("home.pem"))
        #expect(Instance.trust(["tls": "none"]) == .anyone)
        #expect(Instance.trust([:]) == .system)
    }

    @Test func `A look at a server carries no secret, whatever is described`() throws {
        let probe = #"{ url: "{{server}}/s", headers: { "X-Key": "{{key}}" }, query: { "k?": "{{key}}" }, map: {} }"#
        let provider = try described(
            Self.description(
                "{ field: 'server', probe: \(probe) }", fields: "{ key: 'key', label: 'Key', type: 'password' }"))
        let context = FlowContext(
            provider: provider, method: try #require(provider.methods.first),
            values: ["server": "https://home", "key": "secret"],
            app: AppIdentity(name: "Latchkey", version: "1", device: "here"), redirectURI: "")
        let wanted = FlowProblem(
            code: "misconfigured", message: "Demo needs the Key, which is empty.",
            hint: "Enter the Key in the settings of Demo and save it.")
        #expect(throws: wanted) { try #require(InstanceProbe(context)).request() }
    }

    @Test func `A reason that repeats a key is told without it`() throws {
        let provider = try described(
            """
            {
              label: "Demo", color: "#000000", hosts: { api: "https://demo.example" },
              fields: [{ key: "key", label: "Key", type: "password" }],
              methods: [{
                kind: "key", credential: "key",
                check: { url: "{{hosts.api}}/c", map: { reason: "why" }, rules: [{ status: 401, then: "unauthorized" }] },
              }],
            }
            """)
        let method = try #require(provider.methods.first)
        let context = FlowContext(
            provider: provider, method: method, values: ["key": "canary-1"],
            app: AppIdentity(name: "Latchkey", version: "1", device: "here"), redirectURI: "")
        var check = KeyCheck(method: method)
        _ = check.handle(.begin, at: 0, in: context)
        let body = Array(#"{"why": "no key canary-1 \u001b[31m<b>"}"#.utf8)
        _ = check.handle(.answer(.response(ProviderResponse(status: 401, body: body))), at: 0, in: context)
        #expect(
            check.message == "Demo does not accept what was entered. It says: 'no key \(Explanation.mask)  [31m<b>'.")
    }
}
