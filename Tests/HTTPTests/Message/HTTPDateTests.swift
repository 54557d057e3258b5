import Testing

@testable import HTTP

@Suite struct HTTPDateTests {
    /// 21 November 2026.
    static let now: Int64 = 1_795_219_200

    static let rows: [(String, Int64?)] = [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
        ("Sun Nov  6 08:49:37 1994", 784_111_777), ("Wed Nov 16 08:49:37 1994", 784_975_777),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
        ("Thu, 29 Feb 2024 12:00:00 GMT", 1_709_208_000), ("Tue, 29 Feb 2000 00:00:00 GMT", 951_782_400),
        ("Sat, 31 Dec 2016 23:59:60 GMT", 1_483_228_800), ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
        // A year of two digits is never more than 50 years ahead.
        ("Friday, 01-Jan-76 00:00:00 GMT", 3_345_062_400), ("Saturday, 01-Jan-77 00:00:00 GMT", 220_924_800),
        ("Monday, 01-Jan-26 00:00:00 GMT", 1_767_225_600),
        // No calendar has these.
        ("Thu, 30 Feb 2024 12:00:00 GMT", nil), ("Wed, 29 Feb 2023 12:00:00 GMT", nil),
        ("Mon, 29 Feb 1900 00:00:00 GMT", nil), ("Sun, 00 Nov 1994 08:49:37 GMT", nil),
        ("Sun, 31 Nov 1994 08:49:37 GMT", nil), ("Sun, 06 Nov 1994 24:00:00 GMT", nil),
        ("Sun, 06 Nov 1994 08:60:37 GMT", nil), ("Sun, 06 Nov 1994 08:49:61 GMT", nil),
        // Nor do these follow the grammar.
        ("", nil), ("Sun", nil), ("0", nil), ("784111777", nil), ("Sun, 06 Nov 1994", nil),
        ("Sun, 06 Nov 1994 08:49:37", nil), ("Sun, 06 Nov 1994 08:49:37 UTC", nil),
        ("Sun, 06 Nov 1994 08:49:37 gmt", nil), ("sun, 06 nov 1994 08:49:37 GMT", nil),
        ("Sun, 6 Nov 1994 08:49:37 GMT", nil), ("Sun,06 Nov 1994 08:49:37 GMT", nil),
        ("Sun, 06 Nov 1994 8:49:37 GMT", nil), ("Sun, 06 Nov 94 08:49:37 GMT", nil),
        ("Sun, 06 Nov 1994 08:49:37 GMT ", nil), ("Sun, 06 Nov 1994 08:49:37 GMT, x", nil),
        ("Sun, 06 Xxx 1994 08:49:37 GMT", nil), ("Son, 06 Nov 1994 08:49:37 GMT", nil),
        ("Sunday, 06 Nov 1994 08:49:37 GMT", nil), ("Sun, 06-Nov-94 08:49:37 GMT", nil),
        ("Sun Nov 6 08:49:37 1994", nil), ("Sun Nov 06 08:49:37 1994 GMT", nil), ("Sun, -6 Nov 1994 08:49:37 GMT", nil),
        ("Sun, 06 Nov 1994 08:49:37 +0000", nil), ("\"Sun, 06 Nov 1994 08:49:37 GMT\"", nil),
    ]

    private func parse(_ text: String) -> Int64? {
        let bytes = Array(text.utf8)
        return HTTPDate.parse(bytes.span, Piece(0, bytes.count), now: Self.now)
    }

    @Test(arguments: rows)
    func `a date has one of three forms`(_ text: String, _ expected: Int64?) {
        #expect(parse(text) == expected)
    }

    @Test func `what is written is read again`() {
        for day in stride(from: Int64(0), to: 253_402_300_799, by: 86_400 * 97 + 12_345) {
            #expect(parse(HTTPDate.format(epochSeconds: day)) == day)
        }
    }
}
