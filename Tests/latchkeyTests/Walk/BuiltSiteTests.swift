import Files
import JSON
import TestSupport
import Testing

/// What a build puts into its files, and what never gets there.
@Suite(.timeLimit(.minutes(1))) struct BuiltSiteTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// All files of a built site with their content.
    private func build(_ site: String, _ variables: [String: String] = [:]) async throws -> [String: [UInt8]] {
        let run = try await Command.latchkey(["build", "--site", folder(site)], variables: variables)
        #expect(run.code == 0, "\(run.errors)")
        let output = folder(site + "/Output")
        let names = try Files.regularFiles(below: output)
        return Dictionary(uniqueKeysWithValues: try names.map { ($0, try Files.read(Files.join(output, $0))) })
    }

    @Test func `what a provider's file says is text, wherever it stands`() async throws {
        let markup = #""><img src=x onerror=alert(1)></script><script>alert(2)</script>"#
        let quoted = String(decoding: JSON.string(markup).encoded(), as: UTF8.self)
        try folder.write(
            """
            {
              label: \(quoted), color: "#112233", notes: \(quoted),
              hosts: { api: "https://api.acme.example" },
              fields: [{ key: "client_id", label: \(quoted), hint: \(quoted), type: "text", required: true }],
              methods: [{ kind: "device", label: \(quoted), button: \(quoted),
                start: { url: "{{hosts.api}}/c" }, poll: { url: "{{hosts.api}}/t" } }],
            }
            """, to: "site/Templates/providers/acme.json5")
        let files = try await build("site")
        var places = 0
        for (name, bytes) in files where !name.hasSuffix(".gz") && !name.hasSuffix(".br") {
            let text = String(decoding: bytes, as: UTF8.self)
            if name.hasSuffix(".html") {
                #expect(!text.contains("<img src=x") && !text.contains("<script>"), "\(name)")
                places += text.split(separator: "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;").count - 1
            }
        }
        #expect(places >= 4)
        let manifests = try JSON.parse(try #require(files["api/auth/providers/index.json"]))
        #expect(manifests.arrayValue?.contains { $0["label"] == .string(markup) } == true)
    }

    @Test func `a build with a vault is the one without it, to the byte`() async throws {
        let without = try await build("one", ["HOME": folder("nobody")])
        let stored = #"{"trakt":{"client_secret":"canary-secret"},"auth":{"trakt":{"access_token":"canary-token"}}}"#
        for place in ["home/.local/state/latchkey/default.json", "state/default.json", "two/data/default.json"] {
            try folder.write(stored, to: place)
        }
        let with = try await build("two", ["HOME": folder("home"), "STATE_DIRECTORY": folder("state")])
        #expect(with == without && without.count > 10)
        #expect(!with.values.contains { String(decoding: $0, as: UTF8.self).contains("canary") })
    }
}
