import Testing

@testable import HTTP

@Suite struct PathDecoderTests {
    static let decoded: [(String, String)] = [
        ("/", "/"), ("", "/"), ("/a", "/a"), ("/a/", "/a/"), ("/a/b.css", "/a/b.css"),
        ("/a%20b", "/a b"), ("/%61", "/a"), ("/%C3%A9", "/é"), ("/a%3Fb", "/a?b"), ("/%25", "/%"),
        ("/100%25", "/100%"), ("/%25zz", "/%zz"), ("/%25%32", "/%2"),
        ("/.", "/"), ("/./", "/"), ("/./a", "/a"), ("/a/.", "/a/"), ("/a/./b", "/a/b"),
        ("/a/..", "/"), ("/a/../", "/"), ("/a/../b", "/b"), ("/a/b/../c", "/a/c"), ("/a/b/../../c", "/c"),
        ("/a/%2e%2e/b", "/b"), ("/a/.%2E/b", "/b"), ("/a/%2e/b", "/a/b"),
        ("/a/...", "/a/..."), ("/..a", "/..a"), ("/a..", "/a.."), ("/a;x=1/b", "/a;x=1/b"),
        ("//a", "//a"), ("/a//b", "/a//b"), ("/a//..", "/a/"), ("/A", "/A"), ("/a:b@c!$&'()*+,=~", "/a:b@c!$&'()*+,=~"),
    ]

    static let refused: [(String, Rejection)] = [
        ("/..", .aboveRoot), ("/../a", .aboveRoot), ("/a/../..", .aboveRoot), ("/%2e%2e/a", .aboveRoot),
        ("/a/..%2fb", .forbiddenInPath), ("/%2F", .forbiddenInPath), ("/a%5cb", .forbiddenInPath),
        ("/a\\b", .forbiddenInPath), ("/..\\a", .forbiddenInPath),
        ("/%00", .forbiddenInPath), ("/a%0d%0a", .forbiddenInPath), ("/%7f", .forbiddenInPath),
        ("/%", .escape), ("/%2", .escape), ("/%zz", .escape), ("/%+1", .escape), ("/a%2", .escape),
        ("/%FF", .pathEncoding), ("/%C0%AE%C0%AE/", .pathEncoding), ("/%C0%AF", .pathEncoding),
        ("/%E0%80%AF", .pathEncoding), ("/%ED%A0%80", .pathEncoding), ("/%F4%90%80%80", .pathEncoding),
        ("/%252e%252e/x", .escapedTwice), ("/%25%32%65", .escapedTwice), ("/a%2541", .escapedTwice),
        ("/\"", .target), ("/<", .target), ("/#", .target), ("/`", .target), ("/{", .target), ("/|", .target),
    ]

    @Test(arguments: decoded)
    func `a path is decoded once and its dot segments are resolved`(_ raw: String, _ path: String) throws {
        #expect(try decode(raw) == path)
    }

    @Test(arguments: refused)
    func `a path that others could read differently is refused`(_ raw: String, _ rejection: Rejection) {
        #expect(throws: rejection) { try decode(raw) }
    }

    @Test func `no path that is accepted has a dot segment or a control character`() throws {
        var random = SplitMix(state: 7)
        let alphabet = ["/", ".", "..", "%2e", "%2E", "%2f", "%00", "%5c", "a", "//", "%c3%a9", "%c0", "%", "/../"]
        var bad: [String] = []
        for _ in 0..<20_000 {
            let raw = "/" + (0..<Int(random.next() % 9)).map { _ in alphabet[Int(random.next() % 14)] }.joined()
            guard let path = try? decode(raw) else { continue }
            let segments = path.split(separator: "/", omittingEmptySubsequences: false)
            let isPlain = path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\\") }
            if !isPlain || !path.hasPrefix("/") || segments.contains(".") || segments.contains("..") { bad.append(raw) }
        }
        #expect(bad == [])
    }

    private func decode(_ raw: String) throws(Rejection) -> String {
        var result: [UInt8] = []
        let bytes = Array(raw.utf8)
        try PathDecoder.decode(bytes.span, Piece(0, bytes.count), into: &result)
        return String(decoding: result, as: UTF8.self)
    }
}

/// A small generator whose numbers are the same in every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
