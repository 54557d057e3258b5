import FoundationEssentials
import JSON
import Testing

@testable import Mustache

/// The official tests of the Mustache specification (github.com/mustache/spec, folder `specs`, the JSON files).
private enum Specification {
    static let folder = ProcessInfo.processInfo.environment["MUSTACHE_SPEC"]

    /// The files that apply, with how many tests each has in version 1.4; lambdas are left out on purpose.
    static let files = [
        ("comments", 12), ("delimiters", 14), ("interpolation", 42), ("inverted", 22), ("partials", 12),
        ("sections", 34), ("~inheritance", 27), ("~dynamic-names", 21),
    ]

    static func tests(in file: String) throws -> [JSON] {
        let url = URL(filePath: try #require(folder)).appending(path: "\(file).json")
        return try #require(try JSON.parse(Array(Data(contentsOf: url)), file: file)["tests"]?.arrayValue)
    }
}

extension Value {
    init(_ json: JSON) {
        switch json {
        case .null: self = .null
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .int(number)
        case .double(let number): self = .double(number)
        case .string(let text): self = .string(text)
        case .array(let items): self = .list(items.map(Value.init))
        case .object(let object): self = .object(Object(object.members.map { ($0.key, Value($0.value)) }))
        }
    }
}

@Suite struct SpecificationTests {
    @Test(
        .enabled(if: Specification.folder != nil, "set MUSTACHE_SPEC to the folder of the specification's JSON files"),
        arguments: Specification.files)
    func `the official tests pass`(file: String, count: Int) throws {
        let tests = try Specification.tests(in: file)
        #expect(tests.count == count)
        for test in tests {
            let name = test["name"]?.stringValue ?? "?"
            let expected = try #require(test["expected"]?.stringValue)
            #expect(try output(of: test) == expected, "\(file): \(name)")
        }
    }

    private func output(of test: JSON) throws -> String {
        var sources = (test["partials"]?.objectValue?.members ?? []).map { member in
            TemplateSource(name: member.key, file: member.key, bytes: Array((member.value.stringValue ?? "").utf8))
        }
        let template = try #require(test["template"]?.stringValue)
        sources.append(TemplateSource(name: "(test)", file: "(test)", bytes: Array(template.utf8)))
        let model = Value(test["data"] ?? .null)
        let bytes = try TemplateSet(sources).render("(test)", with: model, mode: .lenient)
        return String(decoding: bytes, as: UTF8.self)
    }
}
