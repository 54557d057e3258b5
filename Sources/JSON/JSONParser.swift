internal import Diagnostics

/// Reads JSON and JSON5 into values with places. Foundation's reader knows JSON5, but tells neither where a value
/// stands nor of keys that come twice, and both are needed to help a person with a file.
struct JSONParser {
    enum Syntax { case json, json5 }

    let bytes: [UInt8]
    let file: String
    let syntax: Syntax
    /// Keys that came twice, in JSON5: told after the whole text was read, so that all are told at once. Only so many,
    /// and only their places: a hostile text may have one at every sixth byte.
    private var duplicates: [(key: String, offset: Int, length: Int)] = []
    private static let mostDuplicates = 20
    var position = 0

    init(_ bytes: [UInt8], file: String, syntax: Syntax) {
        self.bytes = bytes
        self.file = file
        self.syntax = syntax
    }

    mutating func document() throws(Diagnostic) -> SourcedJSON {
        // JSON text must not begin with a byte order mark, but editors write it: it is skipped (RFC 8259 section 8.1).
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        let result = try value(depth: 0)
        try skipSpace()
        guard position == bytes.count else { throw problem("unexpected \(seen()) after the end of the document") }
        return result
    }

    // MARK: Values

    private mutating func value(depth: Int) throws(Diagnostic) -> SourcedJSON {
        try skipSpace()
        guard depth <= JSON.maximumDepth else {
            throw problem("the nesting is deeper than \(JSON.maximumDepth) levels")
        }
        let start = position
        let value: SourcedJSON.Value =
            switch peek {
            case UInt8(ascii: "{"): .object(try object(depth: depth))
            case UInt8(ascii: "["): .array(try array(depth: depth))
            case UInt8(ascii: "\""): .string(try string())
            case UInt8(ascii: "'") where syntax == .json5: .string(try string())
            default: try literal()
            }
        return SourcedJSON(value: value, offset: start, length: position - start)
    }

    private mutating func object(depth: Int) throws(Diagnostic) -> [SourcedJSON.Member] {
        var members: [SourcedJSON.Member] = []
        var seen: Set<String> = []
        try list(until: UInt8(ascii: "}"), what: "the object") { (parser) throws(Diagnostic) in
            let start = parser.position
            let key = try parser.key()
            let length = parser.position - start
            if !seen.insert(key).inserted {
                let duplicate = (key: key, offset: start, length: length)
                guard parser.syntax == .json5 else { throw parser.problem(twice: duplicate) }
                if parser.duplicates.count < Self.mostDuplicates { parser.duplicates.append(duplicate) }
            }
            try parser.skipSpace()
            guard parser.take(UInt8(ascii: ":")) else {
                throw parser.problem("expected ':' after the key '\(key)', found \(parser.seen())")
            }
            let value = try parser.value(depth: depth + 1)
            members.append(SourcedJSON.Member(key: key, keyOffset: start, keyLength: length, value: value))
        }
        return members
    }

    private mutating func array(depth: Int) throws(Diagnostic) -> [SourcedJSON] {
        var elements: [SourcedJSON] = []
        try list(until: UInt8(ascii: "]"), what: "the list") { (parser) throws(Diagnostic) in
            elements.append(try parser.value(depth: depth + 1))
        }
        return elements
    }

    /// The shared shape of objects and lists: an opening bracket, elements between commas, a closing bracket.
    private mutating func list(
        until close: UInt8, what: String, element: (inout JSONParser) throws(Diagnostic) -> Void
    ) throws(Diagnostic) {
        let start = position
        position += 1
        try skipSpace()
        if take(close) { return }
        while true {
            try element(&self)
            try skipSpace()
            if take(close) { return }
            guard take(UInt8(ascii: ",")) else {
                guard position < bytes.count else {
                    throw problem("\(what) is never closed", at: start, help: "it begins here")
                }
                throw problem("expected ',' or '\(Character(UnicodeScalar(close)))', found \(seen())")
            }
            try skipSpace()
            if syntax == .json5, take(close) { return }
        }
    }

    private mutating func key() throws(Diagnostic) -> String {
        if peek == UInt8(ascii: "\"") || (syntax == .json5 && peek == UInt8(ascii: "'")) { return try string() }
        guard syntax == .json5 else { throw problem("expected a key in double quotes, found \(seen())") }
        let word = takeWhile { Self.isIdentifier($0) || $0 >= 0x80 }
        guard let first = word.first, !(0x30...0x39).contains(first) else {
            throw problem("expected a key, found \(seen())")
        }
        guard let key = String(validating: word, as: UTF8.self) else { throw problem("the key is not UTF-8 text") }
        return key
    }

    private mutating func literal() throws(Diagnostic) -> SourcedJSON.Value {
        let start = position
        let word = takeWhile { Self.isIdentifier($0) || "+-.".utf8.contains($0) }
        let text = String(decoding: word, as: UTF8.self)
        switch text {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "":
            throw problem(
                position < bytes.count ? "expected a value, found \(seen())" : "the text ends where a value should be")
        default: break
        }
        if let number = number(text) { return number }
        throw problem("'\(text.prefix(40))' is not a value", at: start, length: word.count, help: "text needs quotes")
    }

    // MARK: Bytes

    var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    mutating func takeWhile(_ belongs: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let start = position
        while let byte = peek, belongs(byte) { position += 1 }
        return bytes[start..<position]
    }

    static func isIdentifier(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"):
            true
        default: false
        }
    }

    /// Skips white space and, in JSON5, comments.
    mutating func skipSpace() throws(Diagnostic) {
        while let byte = peek {
            switch byte {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            case 0x0B...0x0C where syntax == .json5: position += 1
            case 0xC2 where syntax == .json5 && bytes[position...].starts(with: [0xC2, 0xA0]): position += 2
            case UInt8(ascii: "/") where syntax == .json5: try skipComment()
            default: return
            }
        }
    }

    private mutating func skipComment() throws(Diagnostic) {
        let start = position
        let rest = bytes[(position + 1)...]
        if rest.first == UInt8(ascii: "/") {
            _ = takeWhile { $0 != 0x0A }
        } else if rest.first == UInt8(ascii: "*") {
            position += 2
            while position < bytes.count, !bytes[position...].starts(with: [0x2A, 0x2F]) { position += 1 }
            guard position < bytes.count else {
                throw problem("the comment is never closed", at: start, length: 2, help: "it begins here")
            }
            position += 2
        } else {
            throw problem("unexpected '/'")
        }
    }

    /// What stands at the position, for messages.
    func seen() -> String {
        guard position < bytes.count else { return "the end of the text" }
        let character = String(decoding: bytes[position...].prefix(4), as: UTF8.self).first
        return character.map { "'\($0)'" } ?? "a byte that is not text"
    }

    /// The keys that came twice.
    var duplicateProblems: [Diagnostic] { duplicates.map(problem(twice:)) }

    private func problem(twice duplicate: (key: String, offset: Int, length: Int)) -> Diagnostic {
        problem(
            "the key '\(duplicate.key.prefix(80))' comes twice", at: duplicate.offset, length: duplicate.length,
            help: "remove one of them")
    }

    func problem(_ message: String, at offset: Int? = nil, length: Int = 1, help: String? = nil) -> Diagnostic {
        Diagnostic(file: file, source: bytes, offset: offset ?? position, length: length, message: message, help: help)
    }
}
