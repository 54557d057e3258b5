import FoundationEssentials
import JSON
import Testing

@testable import Providers

/// The examples of Docs/providers.md are read and used, so that they stay true.
@Suite struct DocumentationTests {
    static func reference() throws -> String {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Docs/providers.md")
        return String(decoding: try Data(contentsOf: file), as: UTF8.self)
    }

    static func examples() throws -> [String] {
        try reference().components("```json5\n").dropFirst().compactMap { $0.components("```").first }
    }

    @Test func `Each file says where its colour is from`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: ExchangeTests.templates.path)
            .filter { $0.hasSuffix(".json5") }
        #expect(files.count >= 30)
        for name in files {
            let file = String(
                decoding: try Data(contentsOf: ExchangeTests.templates.appending(path: name)), as: UTF8.self)
            let line = try #require(file.split(separator: "\n").first { $0.hasPrefix("  color:") }, "\(name)")
            let source = line.firstRange(of: "// ").map { line[$0.upperBound...] } ?? ""
            let known = ["simple-icons", "https://", "UNVERIFIED", "that of"]
            #expect(known.contains { source.contains($0) }, "\(name): \(line)")
        }
    }

    @Test func `The examples are right and short`() throws {
        let examples = try Self.examples()
        try #require(examples.count == 4)
        for example in examples.prefix(2) {
            #expect(try described(example).name == "demo")
            #expect(example.split(separator: "\n").count <= 30)
        }
    }

    @Test func `The standard provider signs in by its defaults`() throws {
        let provider = try described(try #require(try Self.examples().first))
        let context = try context(provider, values: ["client_id": "abc"])
        var flow = PollingFlow(method: context.method)
        #expect(
            text(flow.handle(.begin(state: "s"), at: start, in: context)) == """
                POST https://api.demo.example/oauth/device
                Accept: application/json
                Content-Type: application/x-www-form-urlencoded

                scope=read+write&client_id=abc
                """)
        let code =
            #"{"device_code":"d","user_code":"AB-CD","verification_uri":"https://demo.example/go","expires_in":60}"#
        flow = waiting(context, code)
        #expect(flow.verificationURL == "https://demo.example/go")
        flow = polled(flow, answer(200, #"{"access_token":"t","token_type":"Bearer","expires_in":60}"#), context)
        #expect(flow.tokens == TokenSet(accessToken: "t", tokenType: "Bearer", expiresAt: start + 65))
        let identity = try #require(Identity(TokenSet(accessToken: "t"), in: context))
        #expect(
            identity.outcome(of: answer(200, #"{"sub":"7","preferred_username":"sean","name":"Sean"}"#), at: start)
                == .account(name: "sean", id: "7", more: [:]))
    }

    @Test func `The history of the reference is one`() throws {
        let history = try #require(try Self.examples().dropFirst(2).first)
        let provider = try described(
            """
            { label: "Demo", color: "#000000", hosts: { api: "https://demo.example" }, methods: [{
              kind: "key", check: { url: "{{hosts.api}}/c" } }], \(history) }
            """)
        #expect(provider.hasHistory(.movies) && !provider.hasHistory(.shows))
    }

    @Test func `The list of what comes with Latchkey is that of the files`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: ExchangeTests.templates.path).sorted()
        var rows: [String] = []
        for file in files where file.hasSuffix(".json5") {
            let description = Array(try Data(contentsOf: ExchangeTests.templates.appending(path: file)))
            let provider = try #require(try Catalogue(files: [(file, description)]).providers.first)
            let ways = provider.methods.map(\.label).joined(separator: ", ")
            rows.append("| `\(provider.name)` | \(provider.label) | \(ways) |")
        }
        let section = try #require(try Self.reference().components("## What comes with Latchkey\n").last)
        #expect(section.split(separator: "\n").filter { $0.hasPrefix("| `") }.map(String.init) == rows)
    }

    @Test func `The rules of the reference are rules`() throws {
        let rules = try #require(try Self.examples().last)
        let provider = try described(
            """
            { label: "Demo", color: "#000000", hosts: { api: "https://demo.example" }, methods: [{
              kind: "device", start: { url: "{{hosts.api}}/c" }, poll: { url: "{{hosts.api}}/t", \(rules) } }] }
            """)
        #expect(provider.methods.first?.poll?.rules.count == 6 + [Rule].standard.count)
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}
