import Files
import Testing

/// The promises of Docs/security.md name the tests that hold them.
@Suite struct SecurityGuideTests {
    private static let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")

    private static func text(_ path: String) throws -> String {
        String(decoding: try Files.read(Files.join(root, path)), as: UTF8.self)
    }

    /// The names of all suites below `Tests/`.
    private static func suites() throws -> Set<String> {
        var names: Set<String> = []
        for file in try Files.regularFiles(below: Files.join(root, "Tests")) where file.hasSuffix("Tests.swift") {
            for match in try text("Tests/" + file).matches(of: /struct ([A-Za-z]+Tests)\b/) {
                names.insert(String(match.1))
            }
        }
        return names
    }

    @Test func `every promise names its tests, and every test that is named exists`() throws {
        let suites = try Self.suites()
        let rows = try Self.text("Docs/security.md").split(separator: "\n")
            .filter { $0.hasPrefix("| ") && !$0.hasPrefix("| promise |") }
        #expect(rows.count >= 35)
        for row in rows {
            let named = row.split(separator: "|").last?.matches(of: /`([A-Za-z]+)`/).map { String($0.1) } ?? []
            #expect(!named.isEmpty && Set(named).isSubset(of: suites), "\(row)")
        }
    }

    @Test func `the page is found from the first pages that people read`() throws {
        for page in ["README.md", "CONTRIBUTING.md"] { #expect(try Self.text(page).contains("(Docs/security.md)")) }
    }
}
