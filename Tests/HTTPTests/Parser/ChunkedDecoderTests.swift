import Testing

@testable import HTTP

@Suite struct ChunkedDecoderTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let text: String
        var content = ""
        var rest = ""
        var rejection: Rejection?
        var testDescription: String { String(reflecting: text) }
    }

    static let rows: [Row] = [
        Row(text: "0\r\n\r\n"),
        Row(text: "5\r\nhello\r\n0\r\n\r\n", content: "hello"),
        Row(text: "5\r\nhello\r\n00\r\n\r\nGET", content: "hello", rest: "GET"),
        Row(text: "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", content: "abc0123456789"),
        Row(text: "a\r\n0123456789\r\n0\r\n\r\n", content: "0123456789"),
        Row(text: "1;a=b;c=\"d e\"\r\nx\r\n0;last\r\n\r\n", content: "x"),
        Row(text: "1\r\nx\r\n0\r\nTrailer: v\r\nOther:\r\n\r\n", content: "x"),
        Row(text: "00000001\r\nx\r\n0\r\n\r\n", content: "x"),
        Row(text: "\r\n", rejection: .chunkSize),
        Row(text: "x\r\n", rejection: .chunkSize),
        Row(text: "0x1\r\n", rejection: .chunkSize),
        Row(text: "-1\r\n", rejection: .chunkSize),
        Row(text: "+1\r\n", rejection: .chunkSize),
        Row(text: " 1\r\n", rejection: .chunkSize),
        Row(text: "1 ;a\r\nx\r\n0\r\n\r\n", content: "x"),
        Row(text: "1\t; a = b ;c = \"d\\\"\t;\u{e9}\";e\r\nx\r\n0\r\n\r\n", content: "x"),
        Row(text: "1 \r\n", rejection: .chunkExtension),
        Row(text: "1;\r\n", rejection: .chunkExtension),
        Row(text: "1;a=\r\n", rejection: .chunkExtension),
        Row(text: "1;a \r\n", rejection: .chunkExtension),
        Row(text: "1;a=b \r\n", rejection: .chunkExtension),
        Row(text: "1;=b\r\n", rejection: .chunkExtension),
        Row(text: "1;a b\r\n", rejection: .chunkExtension),
        Row(text: "1;a=\"b\r\n", rejection: .chunkExtension),
        Row(text: "1;a=\"b\"c\r\n", rejection: .chunkExtension),
        Row(text: "1;a;;b\r\n", rejection: .chunkExtension),
        Row(text: "1\nx", rejection: .chunkSize),
        Row(text: "1\rx", rejection: .chunkSize),
        Row(text: ";a\r\n", rejection: .chunkSize),
        Row(text: "000000001\r\n", rejection: .chunkSize),
        Row(text: "ffffffffffffffff\r\n", rejection: .chunkSize),
        Row(text: "1;a\n", rejection: .chunkExtension),
        Row(text: "1;\u{0}\r\n", rejection: .chunkExtension),
        Row(text: "1;\u{e9}\r\n", rejection: .chunkExtension),
        Row(text: "1;" + String(repeating: "a", count: 300), rejection: .chunkExtension),
        Row(text: "1;a\rb", rejection: .chunkSize),
        Row(text: "1\r\nxy\r\n", rejection: .chunkEnd),
        Row(text: "1\r\nx\n", rejection: .chunkEnd),
        Row(text: "1\r\nx\r0", rejection: .chunkEnd),
        Row(text: "0\r\n X: y\r\n", rejection: .trailer),
        Row(text: "0\r\nX y\r\n", rejection: .trailer),
        Row(text: "0\r\nX: y\n", rejection: .trailer),
        Row(text: "0\r\nX: \u{0}\r\n", rejection: .trailer),
        Row(text: "0\r\n\n", rejection: .trailer),
        Row(text: "0\r\n\rx", rejection: .trailer),
        Row(text: "0\r\nX: " + String(repeating: "y", count: 9000), rejection: .trailer),
        Row(text: "fffffff\r\n", rejection: .largeBody),
        Row(text: "40\r\n" + String(repeating: "a", count: 64) + "\r\n1\r\n", rejection: .largeBody),
    ]

    @Test(arguments: rows)
    func `chunks are read the same however they are cut`(_ row: Row) {
        let bytes = Array(row.text.utf8)
        check(row, decode([bytes]), "whole")
        check(row, decode(bytes.map { [$0] }), "byte by byte")
        for cut in 1..<bytes.count where bytes.count < 100 {
            check(row, decode([Array(bytes[..<cut]), Array(bytes[cut...])]), "cut at \(cut)")
        }
    }

    @Test func `many extensions around little content are refused`() {
        let chunk = "1;" + String(repeating: "a", count: 200) + "\r\nx\r\n"
        let (_, _, rejection) = decode([Array(String(repeating: chunk, count: 200).utf8)], limit: 1000)
        #expect(rejection == .chunkExtension)
    }

    private func check(_ row: Row, _ result: (String, String, Rejection?), _ comment: Comment) {
        #expect(result.2 == row.rejection, comment)
        guard row.rejection == nil else { return }
        #expect(result.0 == row.content, comment)
        #expect(result.1 == row.rest, comment)
    }

    private func decode(_ parts: [[UInt8]], limit: Int = 64) -> (String, String, Rejection?) {
        var decoder = ChunkedDecoder()
        var body: [UInt8] = []
        var rest: [UInt8] = []
        do throws(Rejection) {
            for part in parts {
                let used = decoder.isDone ? 0 : try decoder.decode(part.span, into: &body, limit: limit)
                rest += part[used...]
            }
        } catch {
            return ("", "", error)
        }
        #expect(decoder.isDone)
        return (String(decoding: body, as: UTF8.self), String(decoding: rest, as: UTF8.self), nil)
    }
}
