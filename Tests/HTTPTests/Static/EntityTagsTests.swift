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

    @Test(arguments: rows)
    func `If-None-Match compares weakly with each tag of its list`(_ value: String, _ matches: Bool) {
        let bytes = Array(value.utf8)
        let found = EntityTags.matches(bytes.span, Piece(0, bytes.count), Array("\"a\"".utf8))
        #expect(found == matches)
    }

    @Test func `without a tag only the star matches`() {
        let (star, empty) = (Array("*".utf8), Array("\"\"".utf8))
        let found = (EntityTags.matches(star.span, Piece(0, 1), []), EntityTags.matches(empty.span, Piece(0, 2), []))
        #expect(found == (true, false))
    }
}
