import Crypto
import Files
import Testing

@testable import Site

/// A folder that is gone when the test is.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = "/tmp/latchkey-site-\(try Crypto.randomToken(bytes: 12))"
        try Files.makeFolder(path)
    }

    deinit { try? Files.remove(path) }

    func write(_ files: [String: String]) throws {
        for (name, text) in files {
            try Files.makeFolder(Files.parent(of: Files.join(path, name)))
            try Files.write(Array(text.utf8), to: Files.join(path, name))
        }
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Files.read(Files.join(path, name)), as: UTF8.self)
    }

    func names(in name: String = "") throws -> [String] {
        try Files.names(in: Files.join(path, name))
    }

    /// A builder for this folder, into `Output` in it.
    func builder(output: String = "Output", version: String = "1.0") throws -> SiteBuilder {
        try SiteBuilder(
            site: SiteFolder(path), output: Files.join(path, output), options: SiteOptions(version: version))
    }
}

/// A provider that needs one key; what a test is not about.
let acme = """
    {
      label: "Acme",
      color: "#ed1c24",
      group: "trackers",
      logo: "logos/acme.svg",
      notes: "Ask <Acme> & wait.",
      console: "https://acme.example/apps",
      docs: "https://acme.example/docs",
      hosts: { api: "https://api.acme.example" },
      fields: [
        { key: "api_key", label: "API Key", type: "password", required: true, hint: "Under 'Apps'." },
        { key: "region", label: "Region", type: "select", options: ["eu", "us"], default: "eu" },
      ],
      methods: [
        {
          kind: "key", label: "With a key", button: "Check the key", credential: "api_key",
          check: { url: "{{hosts.api}}/me", headers: { Authorization: "Bearer {{api_key}}" } },
        },
      ],
    }

    """

/// Renders a site that consists of these files alone; its output as text by path, or the problems as printed.
func rendered(
    _ files: [String: String], over builtIn: [String: String] = [:], language: String = "en"
) -> [String: String] {
    var own = files
    if builtIn.keys.first(where: { $0.hasPrefix("Templates/strings/") }) == nil,
        own["Templates/strings/en.json5"] == nil
    {
        own["Templates/strings/en.json5"] = "{}"
    }
    let sources = SiteSources(
        own.map { SourceFile(path: $0, bytes: Array($1.utf8)) },
        over: builtIn.map { SourceFile(path: $0, bytes: Array($1.utf8), isBuiltIn: true) })
    do {
        let site = try SiteRenderer.render(sources, options: SiteOptions(language: language, version: "1.0"))
        let texts = site.files.map { ($0.path, String(decoding: $0.bytes, as: UTF8.self)) }
        return Dictionary(uniqueKeysWithValues: texts)
    } catch {
        return ["problems": error.description]
    }
}
