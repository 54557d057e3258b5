import Testing

@testable import HTTP

@Suite struct ByteRangeTests {
    /// For ten bytes.
    static let rows: [(String, ByteRange)] = [
        ("bytes=0-0", .part(0..<1)), ("bytes=2-4", .part(2..<5)), ("bytes=5-", .part(5..<10)),
        ("bytes=0-", .part(0..<10)), ("bytes=-3", .part(7..<10)), ("bytes=-10", .part(0..<10)),
        ("bytes=-11", .part(0..<10)), ("bytes=9-9", .part(9..<10)), ("bytes=3-99", .part(3..<10)),
        ("bytes=0-99999999999999999999999", .part(0..<10)), ("BYTES=1-2", .part(1..<3)),
        ("bytes= 1-2 ", .part(1..<3)), ("bytes=1-2,", .part(1..<3)), ("bytes=,, 1-2", .part(1..<3)),
        ("bytes=007-8", .part(7..<9)),
        ("bytes=10-", .outside), ("bytes=10-12", .outside), ("bytes=-0", .outside),
        ("bytes=99999999999999999999999-", .outside),
        ("bytes=0-1,3-4", .whole), ("bytes=0-1, -1", .whole), ("bytes=4-2", .whole), ("bytes=-", .whole),
        ("bytes=", .whole), ("bytes", .whole), ("", .whole), ("bytes=a-b", .whole), ("bytes=1-2x", .whole),
        ("bytes=1", .whole), ("bytes=1--2", .whole), ("bytes=--2", .whole), ("bytes=+1-2", .whole),
        ("bytes=1- 2", .whole), ("bytes =1-2", .whole), ("items=0-1", .whole), ("bytes:0-1", .whole),
        ("bytes=0x1-2", .whole), ("bytes=1-2-3", .whole),
    ]

    @Test(arguments: rows)
    func `one range of bytes is read, and whatever else asks for the whole`(_ value: String, _ expected: ByteRange) {
        let bytes = Array(value.utf8)
        #expect(ByteRange(bytes.span, Piece(0, bytes.count), length: 10) == expected)
    }

    @Test(arguments: [("bytes=0-", ByteRange.outside), ("bytes=-5", .whole), ("bytes=-0", .outside)])
    func `no content has no part`(_ value: String, _ expected: ByteRange) {
        let bytes = Array(value.utf8)
        #expect(ByteRange(bytes.span, Piece(0, bytes.count), length: 0) == expected)
    }

    @Test func `every range of a small file has its bytes`() {
        for length in 0..<5 {
            for first in 0..<6 {
                for last in 0..<6 {
                    let bytes = Array("bytes=\(first)-\(last)".utf8)
                    let expected: ByteRange =
                        last < first ? .whole : first >= length ? .outside : .part(first..<min(last + 1, length))
                    #expect(ByteRange(bytes.span, Piece(0, bytes.count), length: length) == expected)
                }
            }
        }
    }
}
