import Crypto
import HTTP
import JSON
import TestSupport
import Testing

/// `latchkey try --trace` with a service that repeats, as it reads it, the secret that it does not accept.
@Suite(.timeLimit(.minutes(1))) struct TraceTests {
    /// Forms, queries, JSON and header fields each write it in another way.
    private static let secret = #"S3cret/of+the "app"\1"#

    private static let description = """
        {
          label: "Demo", color: "#4284ca", hosts: { api: "https://demo.example" },
          fields: [{ key: "key", label: "Key", type: "password", required: true }],
          methods: [
            { id: "form", kind: "key",
              check: { url: "{{hosts.api}}/form", form: { secret: "{{key}}" } } },
            { id: "query", kind: "key",
              check: { url: "{{hosts.api}}/query", query: { secret: "{{key}}" } } },
            { id: "basic", kind: "key",
              check: { url: "{{hosts.api}}/basic", basic: ["me", "{{key}}"] } },
            { id: "json", kind: "key",
              check: { url: "{{hosts.api}}/json", json: { secret: "{{key}}" } } },
            { id: "cut", kind: "key",
              check: { url: "{{hosts.api}}/cut", json: { secret: "{{key}}" } } },
          ],
        }
        """

    /// What the service reads as the secret.
    @Sendable private static func read(_ request: Request) -> String {
        let text = String(decoding: request.body, as: UTF8.self)
        switch request.path {
        case "/form": return FormDecoder.items(text).first?.value ?? ""
        case "/query": return request.queryItems.first?.value ?? ""
        case "/basic":
            let pair = request.headers["Authorization"].flatMap { Base64.decode(String($0.dropFirst(6))) } ?? []
            let half = String(decoding: pair, as: UTF8.self).drop { $0 != ":" }.dropFirst()
            return FormDecoder.items("secret=\(half)").first?.value ?? ""
        default: return (try? JSON.parse(request.body))?["secret"]?.stringValue ?? ""
        }
    }

    @Test(arguments: [
        ("form", ["error_description"]), ("query", ["error_description"]), ("basic", ["error_description"]),
        ("json", ["message", "error"]), ("cut", ["message"]),
    ]) func `a secret that the answer repeats is not in the trace`(method: String, members: [String]) async throws {
        let folder = try TemporaryFolder()
        try folder.write(Self.description, to: "site/Templates/providers/demo.json5")
        let isCut = method == "cut"
        let start = isCut ? String(repeating: "x", count: 193) : "bad secret "
        try await TestServer.run(responder: { request in
            let sentence = JSON.string(start + Self.read(request))
            return .json(401, bytes: JSON.object(JSONObject(members.map { ($0, sentence) })).encoded())
        }) { server in
            let terminal = try Pseudoterminal(
                RunningLatchkey.binary,
                [
                    "try", "demo", "--method", method, "--trace", "--site", folder("site"), "--host",
                    "demo.api=http://127.0.0.1:\(server.port)",
                ],
                environment: ["TERM": "dumb", "HOME": folder.path])
            #expect(await terminal.wait(for: "Key: "))
            terminal.type(Self.secret)
            #expect(await terminal.waitForEnd() == .exited(code: 1))
            let shown = isCut ? "<21 cha…" : "<21 characters>"
            let answer = members.map { "\"\($0)\":\"\(start)\(shown)\"" }.joined(separator: ",")
            #expect(terminal.text.contains("< {\(answer)}\n"), "\(terminal.text)")
            #expect(!terminal.text.contains("S3c"), "\(terminal.text)")
        }
    }
}
