import Testing

@testable import HTTP

/// A message head and what the parser must say of it.
struct HeadCase: Sendable, CustomTestStringConvertible {
    let text: String
    let outcome: RequestParser.Outcome
    var testDescription: String { String(reflecting: text) }

    static func rejected(_ rejection: Rejection, _ text: String) -> HeadCase {
        HeadCase(text: text, outcome: .rejected(rejection))
    }

    static func complete(_ text: String, then rest: String = "") -> HeadCase {
        HeadCase(text: text + rest, outcome: .complete(length: text.utf8.count))
    }
}

@Suite struct RequestParserTests {
    static let host = "Host: a\r\n"
    static let get = "GET / HTTP/1.1\r\n"

    static let wellFormed: [HeadCase] = [
        .complete("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .complete("GET / HTTP/1.1\r\nHost: a\r\n\r\n", then: "GET /b HTTP/1.1\r\n"),
        .complete("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .complete("GET / HTTP/1.0\r\n\r\n"),
        .complete("GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
        .complete("POST /a?b=c%20d HTTP/1.1\r\nhOST:a\r\ncontent-length:5\r\n\r\n", then: "hello"),
        .complete("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n", then: "0\r\n\r\n"),
        .complete("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"),
        .complete("M-SEARCH / HTTP/1.1\r\nHost: a\r\n\r\n"),
        .complete("GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n"),
        .complete("GET / HTTP/1.1\r\nHost: a\r\nX:\r\nY: \t b c \t\r\nZ: \u{e9}\r\n\r\n"),
        .complete("GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    ]

    static let malformed: [HeadCase] = [
        .rejected(.method, " GET / HTTP/1.1\r\n"),
        .rejected(.method, "GET\t/ HTTP/1.1\r\n"),
        .rejected(.method, "G(T / HTTP/1.1\r\n"),
        .rejected(.method, "\u{16}\u{3}\u{1}\u{2}"),
        .rejected(.method, "\nGET / HTTP/1.1\r\n"),
        .rejected(.method, "\r\n\r\nGET / HTTP/1.1\r\n"),
        .rejected(.lineEnd, "\rGET / HTTP/1.1\r\n"),
        .rejected(.unknownMethod, String(repeating: "A", count: 33) + " / HTTP/1.1\r\n"),
        .rejected(.target, "GET  / HTTP/1.1\r\n"),
        .rejected(.target, "GET /\r\n"),
        .rejected(.target, "GET /\tHTTP/1.1\r\n"),
        .rejected(.target, "GET /\u{e9} HTTP/1.1\r\n"),
        .rejected(.target, "GET /\u{0} HTTP/1.1\r\n"),
        .rejected(.target, "GET /\u{7f} HTTP/1.1\r\n"),
        .rejected(.version, "GET /  HTTP/1.1\r\n"),
        .rejected(.version, "GET / http/1.1\r\n"),
        .rejected(.version, "GET / HTTP/1.1 \r\n"),
        .rejected(.version, "GET / HTTP/11\r\n"),
        .rejected(.version, "GET / HTTP/1.10\r\n"),
        .rejected(.version, "GET / HTTP/1.1\n"),
        .rejected(.version, "GET / HTTP/1,1\r\n"),
        .rejected(.version, "GET / x HTTP/1.1\r\n"),
        .rejected(.version, "GET / \r\n"),
        .rejected(.otherVersion, "GET / HTTP/3.0\r\n"),
        .rejected(.otherVersion, "GET / HTTP/0.9\r\n"),
        .rejected(.otherVersion, "PRI * HTTP/2.0\r\n"),
        .rejected(.otherVersion, "GET / HTTP/2.1\r\n"),
        .rejected(.lineEnd, "GET / HTTP/1.1\rX"),
        .rejected(.fold, get + " Host: a\r\n"),
        .rejected(.fold, get + host + "\tb\r\n"),
        .rejected(.fieldName, get + "Host : a\r\n"),
        .rejected(.fieldName, get + ": a\r\n"),
        .rejected(.fieldName, get + "Host\r\n"),
        .rejected(.fieldName, get + "Ho\u{0}st: a\r\n"),
        .rejected(.fieldName, get + "H\u{e9}: a\r\n"),
        .rejected(.fieldName, get + "\nHost: a\r\n"),
        .rejected(.fieldValue, get + "Host: a\u{0}\r\n"),
        .rejected(.fieldValue, get + "Host: a\u{b}\r\n"),
        .rejected(.fieldValue, get + "X: \u{7f}\r\n"),
        .rejected(.lineEnd, get + "Host: a\n"),
        .rejected(.lineEnd, get + "Host: a\rb\r\n"),
        .rejected(.lineEnd, get + "Host: a\r\r\n"),
        .rejected(.lineEnd, get + host + "\rX"),
        .rejected(.noHost, get + "\r\n"),
        .rejected(.manyHosts, get + host + "HOST: a\r\n"),
        .rejected(.expectation, get + host + "Expect: 200-ok\r\n"),
    ]

    static let badFraming: [HeadCase] = [
        .rejected(.lengths, get + "Content-Length: 1\r\nContent-Length: 1\r\n"),
        .rejected(.length, get + "Content-Length: 1, 1\r\n"),
        .rejected(.length, get + "Content-Length: +1\r\n"),
        .rejected(.length, get + "Content-Length: -1\r\n"),
        .rejected(.length, get + "Content-Length: 0x1\r\n"),
        .rejected(.length, get + "Content-Length: 1 1\r\n"),
        .rejected(.length, get + "Content-Length:\r\n"),
        .rejected(.length, get + "Content-Length: 1.0\r\n"),
        .rejected(.length, get + "Content-Length: \u{661}\r\n"),
        .rejected(.length, get + "Content-Length: 1234567890123456789\r\n"),
        .rejected(.codings, get + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        .rejected(.coding, get + "Transfer-Encoding: chunked, chunked\r\n"),
        .rejected(.coding, get + "Transfer-Encoding: chunked, gzip\r\n"),
        .rejected(.coding, get + "Transfer-Encoding: , chunked\r\n"),
        .rejected(.coding, get + "Transfer-Encoding: xchunked\r\n"),
        .rejected(.coding, get + "Transfer-Encoding: chunked;a=b\r\n"),
        .rejected(.coding, get + "Transfer-Encoding: \"chunked\"\r\n"),
        .rejected(.coding, get + "Transfer-Encoding:\r\n"),
        .rejected(.fieldValue, get + "Transfer-Encoding: \u{b}chunked\r\n"),
        .rejected(.fieldName, get + "Transfer-Encoding : chunked\r\n"),
        .rejected(.fold, get + "Transfer-Encoding: chunked\r\n x\r\n"),
        .rejected(.unknownCoding, get + host + "Transfer-Encoding: gzip, chunked\r\n\r\n"),
        .rejected(.coding, get + "Transfer-Encoding: gzip\r\n"),
        .rejected(.coding, get + "Transfer-Encoding: identity\r\n"),
        .rejected(.codingAndLength, get + host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"),
        .rejected(.codingAndLength, get + host + "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        .rejected(.codingInOldVersion, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ]

    @Test(arguments: wellFormed + malformed + badFraming)
    func `a head is judged the same however it is cut`(_ row: HeadCase) {
        let bytes = Array(row.text.utf8)
        #expect(outcome(bytes, cuts: [bytes.count]) == row.outcome)
        #expect(outcome(bytes, cuts: Array(1...bytes.count)) == row.outcome, "byte by byte")
        for cut in 1..<bytes.count {
            #expect(outcome(bytes, cuts: [cut, bytes.count]) == row.outcome, "cut at \(cut)")
        }
    }

    @Test(arguments: wellFormed)
    func `a head without its last byte is incomplete`(_ row: HeadCase) {
        guard case .complete(let length) = row.outcome else { return }
        let bytes = Array(Array(row.text.utf8).prefix(length - 1))
        #expect(outcome(bytes, cuts: Array(1...bytes.count)) == .incomplete)
    }

    @Test func `limits are refused at the same byte however the head is cut`() {
        var limits = Limits()
        (limits.requestLine, limits.header, limits.fields) = (40, 60, 3)
        let rows: [HeadCase] = [
            .rejected(.longLine, "GET /" + String(repeating: "a", count: 60) + " HTTP/1.1\r\n"),
            .rejected(.longLine, "GET /" + String(repeating: "a", count: 40) + "\u{0}"),
            .rejected(.largeHeader, Self.get + "X: " + String(repeating: "a", count: 80) + "\r\n"),
            .rejected(.largeHeader, Self.get + String(repeating: "x", count: 80)),
            .rejected(.tooManyFields, Self.get + "A: 1\r\nB: 1\r\nC: 1\r\nD: 1\r\n"),
            .complete(Self.get + "A: 1\r\nB: 1\r\nHost: a\r\n\r\n"),
        ]
        for row in rows {
            let bytes = Array(row.text.utf8)
            for cut in 1..<bytes.count {
                #expect(outcome(bytes, cuts: [cut, bytes.count], limits) == row.outcome, "\(row.text) cut at \(cut)")
            }
            #expect(outcome(bytes, cuts: Array(1...bytes.count), limits) == row.outcome)
        }
    }

    @Test func `what a head says is noted`() throws {
        let text = """
            PUT /a/b?c HTTP/1.1\r\nHost: example.org:80\r\nConnection: x, Keep-Alive ,close\r\n\
            Content-Length: 007\r\nExpect: 100-Continue\r\nIf-None-Match: "a"\r\nCookie: \tk=v \r\n\r\n
            """
        var parser = RequestParser()
        let bytes = Array(text.utf8)
        let outcome = parser.parse(bytes.span, limits: Limits())
        #expect(outcome == .complete(length: bytes.count))
        let head = parser.head
        let tag = head.onlyValue(of: "if-none-match", bytes.span)
        let pieces = [head.method, head.target, try #require(head.host), try #require(tag)]
        let texts = pieces.map { bytes.span.string($0) }
        #expect(texts == ["PUT", "/a/b?c", "example.org:80", "\"a\""])
        #expect(head.contentLength == 7 && head.expectsContinue && head.wantsClose && head.wantsKeepAlive)
        #expect(!head.allowsKeepAlive && head.hasBody && !head.isChunked && head.kind == .other)
        let fields = head.headerFields(bytes.span)
        #expect(fields["cookie"] == "k=v" && fields["host"] == "example.org:80" && fields.fields.count == 6)
    }

    private func outcome(_ bytes: [UInt8], cuts: [Int], _ limits: Limits = Limits()) -> RequestParser.Outcome {
        var parser = RequestParser()
        var outcome = RequestParser.Outcome.incomplete
        for cut in cuts {
            outcome = parser.parse(bytes.span.extracting(0..<cut), limits: limits)
            if outcome != .incomplete { break }
        }
        return outcome
    }
}
