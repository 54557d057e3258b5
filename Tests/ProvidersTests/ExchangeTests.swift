import FoundationEssentials
import Testing

@testable import Providers

/// For each provider a table of exchanges as its documentation has them: what is sent (`>`), what may be answered (`<`),
/// and what that means (`=`). The tables are in `Exchanges`; `RECORD_EXCHANGES=1` writes what is sent and meant anew.
@Suite struct ExchangeTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Exchanges")
    static let templates = folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Templates/providers")

    static let names: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).filter { $0.hasSuffix(".txt") }
        .map { String($0.dropLast(4)) }.sorted()

    @Test(arguments: names) func `What is sent, and what its answers mean, is as in the table of`(name: String) throws {
        let (table, told, _) = try Self.played(name)
        if ProcessInfo.processInfo.environment["RECORD_EXCHANGES"] != nil {
            try Data(told.utf8).write(to: Self.folder.appending(path: "\(name).txt"))
        }
        #expect(told == table)
    }

    // MARK: Nothing is missing

    static let described: [String] =
        ((try? FileManager.default.contentsOfDirectory(atPath: templates.path)) ?? []).filter { $0.hasSuffix(".json5") }
        .map { String($0.dropLast(6)) }.sorted()

    @Test func `Each provider has a table`() {
        #expect(Self.names == Self.described)
    }

    /// A step counts as covered where another method has the very same one.
    @Test(arguments: names) func `Every step of every method is in the table of`(name: String) throws {
        let (_, _, script) = try Self.played(name)
        let provider = script.provider
        var missing: [String] = []
        for method in provider.methods {
            for step in Self.steps {
                guard let call = script.call(step, of: method), !script.has(step, call, of: method) else { continue }
                missing.append("\(method.id) \(step)")
            }
        }
        if provider.instance?.probe != nil, !script.parts.contains(where: { $0.step == "probe" }) {
            missing.append("probe")
        }
        if provider.discovery != nil, !script.parts.contains(where: { $0.step == "discovery" }) {
            missing.append("discovery")
        }
        #expect(missing == [])
    }

    @Test(arguments: names) func `Every rule of a description judges an answer in the table of`(name: String) throws {
        let (_, _, script) = try Self.played(name)
        let provider = script.provider
        let calls = provider.methods.flatMap { method in Self.steps.compactMap { script.call($0, of: method) } }
        var unused: [Rule] = []
        for rule in (calls + [provider.instance?.probe].compactMap { $0 }).flatMap(\.rules)
        where !script.rules.contains(rule) && !unused.contains(rule) && ![Rule].standard.contains(rule) {
            unused.append(rule)
        }
        #expect(unused == [])
    }

    static let steps = [
        "start", "poll", "exchange", "check", "then", "then-2", "refresh", "refresh-2", "refresh-3", "revoke",
        "identity",
    ]

    /// A table, what playing it tells, and the script that was played.
    private static func played(_ name: String) throws -> (table: String, told: String, script: ExchangeScript) {
        let table = String(decoding: try Data(contentsOf: folder.appending(path: "\(name).txt")), as: UTF8.self)
        let description = Array(try Data(contentsOf: templates.appending(path: "\(name).json5")))
        let provider = try #require(try Catalogue(files: [("\(name).json5", description)])[name])
        var script = try ExchangeScript(table, provider)
        return (table, try script.play(), script)
    }
}

extension ExchangeScript {
    /// Whether there is a part for this call, sent in the same way.
    fileprivate func has(_ step: String, _ call: Call, of method: SignInMethod) -> Bool {
        parts.contains { part in
            guard part.step == step, let other = provider.method(part.method) else { return false }
            return self.call(step, of: other) == call
                && (step != "identity" || provider.placement(for: other) == provider.placement(for: method))
        }
    }
}
