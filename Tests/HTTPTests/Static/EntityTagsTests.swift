import Testing

@testable import HTTP

@Suite struct EntityTagsTests {
    static let rows: [(String, Bool)] = [
        ("\"a\"", true), ("W/\"a\"", true), ("*", true), ("\"b\", \"a\"", true), ("\"b\",W/\"a\"", true),
        ("\"b\" , \"a\" ", true),
        (",,\"a\"", true), ("\"b,a\", \"a\"", true),
        ("", false), ("\"b\"", false), ("a", false), ("\"a", false), ("\"A\"", false), ("w/\"a\"", false),
        ("\"aa\"", false),
        ("*, \"b\"", false), ("x, \"a\"", false), ("\"\"", false), ("W/", false), ("\"b, \"a\"", false),
    ]

    private func matches(_ value: String, _ tag: String, _ comparison: EntityTags.Comparison = .weak) -> Bool {
        let (bytes, tag) = (Array(value.utf8), Array(tag.utf8))
        return EntityTags.matches(bytes.span, Piece(0, bytes.count), tag.span, comparison)
    }

    @Test(arguments: rows)
    func `If-None-Match compares weakly with each tag of its list`(_ value: String, _ expected: Bool) {
        #expect(matches(value, "\"a\"") == expected)
    }

    @Test(arguments: [
        ("\"a\"", true), ("*", true), ("W/\"a\"", false), ("W/\"a\", \"a\"", true), ("\"b\", W/\"a\"", false),
    ])
    func `If-Match compares strongly`(_ value: String, _ expected: Bool) {
        #expect(matches(value, "\"a\"", .strong) == expected)
    }

    @Test func `without a tag only the star matches`() {
        #expect(matches("*", "") && !matches("\"\"", ""))
    }
}
