internal import Diagnostics

/// Cuts the bytes of a template into text and tags.
struct Scanner {
    /// How many problems of one file are reported; after so many, the file is not a template.
    static let mostProblems = 100

    let file: String
    let bytes: [UInt8]
    private(set) var pieces: [Piece] = []
    private(set) var problems: [Diagnostic] = []
    private var open = Array("{{".utf8)
    private var close = Array("}}".utf8)
    private var position = 0

    init(file: String, bytes: [UInt8]) {
        self.file = file
        self.bytes = bytes
        // A byte order mark is a mark of the file, not a part of its text.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// All pieces, with the lines that consist of tags alone already taken out of the text.
    static func scan(file: String, bytes: [UInt8]) -> (pieces: [Piece], problems: [Diagnostic]) {
        var scanner = Scanner(file: file, bytes: bytes)
        scanner.scan()
        return (Lines.mark(scanner.pieces, in: bytes), scanner.problems)
    }

    private mutating func scan() {
        if String(validating: bytes, as: UTF8.self) == nil {
            problems.append(Diagnostic(file: file, message: "the file is not text in UTF-8"))
        }
        while let start = find(open, from: position) {
            addText(position..<start)
            guard let end = scanTag(at: start) else {
                position = bytes.count
                return
            }
            position = end
        }
        addText(position..<bytes.count)
    }

    /// Text is cut after each line break, because whitespace is decided line by line.
    private mutating func addText(_ range: Range<Int>) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = bytes[start..<range.upperBound].firstIndex(of: .newline).map { $0 + 1 } ?? range.upperBound
            pieces.append(Piece(content: .text(start..<end)))
            start = end
        }
    }

    /// Adds the tag that begins at `start`; its end, or nil when it has none.
    private mutating func scanTag(at start: Int) -> Int? {
        let first = bytes[(start + open.count)...].firstIndex { !$0.isBlank } ?? bytes.count
        let (kind, closing) = kind(of: first < bytes.count ? bytes[first] : 0)
        let contentStart = kind == .variable ? first : first + 1
        guard let contentEnd = find(closing, from: contentStart) else {
            let ending = String(decoding: closing, as: UTF8.self)
            report(start..<start + open.count, "this tag is never closed", help: "end it with \(ending)")
            return nil
        }
        let end = contentEnd + closing.count
        let content = trim(contentStart..<contentEnd)
        switch kind {
        case .comment:
            add(Tag(kind: .comment, name: "", range: start..<end, nameRange: content))
        case .delimiters:
            changeDelimiters(content)
            add(Tag(kind: .delimiters, name: "", range: start..<end, nameRange: content))
        default:
            addNamed(kind, content: content, range: start..<end)
        }
        return end
    }

    private func kind(of sigil: UInt8) -> (Tag.Kind, closing: [UInt8]) {
        switch sigil {
        case UInt8(ascii: "#"): (.section, close)
        case UInt8(ascii: "^"): (.inverted, close)
        case UInt8(ascii: "/"): (.close, close)
        case UInt8(ascii: ">"): (.partial, close)
        case UInt8(ascii: "<"): (.parent, close)
        case UInt8(ascii: "$"): (.block, close)
        case UInt8(ascii: "&"): (.unescaped, close)
        case UInt8(ascii: "{"): (.unescaped, [UInt8(ascii: "}")] + close)
        case UInt8(ascii: "!"): (.comment, close)
        case UInt8(ascii: "="): (.delimiters, [UInt8(ascii: "=")] + close)
        default: (.variable, close)
        }
    }

    private mutating func addNamed(_ kind: Tag.Kind, content: Range<Int>, range: Range<Int>) {
        var nameRange = content
        let mayBeDynamic = kind == .partial || kind == .parent || kind == .close
        let isDynamic = mayBeDynamic && !content.isEmpty && bytes[content.lowerBound] == UInt8(ascii: "*")
        if isDynamic { nameRange = trim(content.lowerBound + 1..<content.upperBound) }
        let name = String(decoding: bytes[nameRange], as: UTF8.self)
        let tag = Tag(kind: kind, name: name, isDynamic: isDynamic, range: range, nameRange: nameRange)
        if check(tag) { add(tag) }
    }

    private mutating func check(_ tag: Tag) -> Bool {
        if tag.nameRange.isEmpty {
            report(tag.range, "this tag has no name")
        } else if let next = find(open, from: tag.nameRange.lowerBound), next < tag.nameRange.upperBound {
            report(
                tag.range.lowerBound..<tag.range.lowerBound + open.count, "this tag is not closed before the next one",
                help: "end it with \(String(decoding: close, as: UTF8.self))")
        } else if bytes[tag.nameRange].contains(where: \.isSpace) {
            report(tag.nameRange, "a name cannot contain blanks")
        } else if tag.isPath, tag.name != ".",
            tag.name.split(separator: ".", omittingEmptySubsequences: false).contains("")
        {
            report(tag.nameRange, "a part of '\(tag.name)' is empty", help: "write one dot between two names")
        } else {
            return true
        }
        return false
    }

    private mutating func changeDelimiters(_ content: Range<Int>) {
        let parts = bytes[content].split(whereSeparator: \.isSpace)
        guard parts.count == 2, !bytes[content].contains(UInt8(ascii: "=")) else {
            report(
                content.isEmpty ? content.lowerBound - 1..<content.lowerBound : content,
                "new delimiters are two words without '='", help: "write for example {{=<% %>=}}")
            return
        }
        open = Array(parts[0])
        close = Array(parts[1])
    }

    private mutating func add(_ tag: Tag) {
        pieces.append(Piece(content: .tag(tag)))
    }

    private mutating func report(_ range: Range<Int>, _ message: String, help: String? = nil) {
        guard problems.count < Self.mostProblems else { return }
        problems.append(
            Diagnostic(
                file: file, source: bytes, offset: range.lowerBound, length: range.count, message: message, help: help))
    }

    private func trim(_ range: Range<Int>) -> Range<Int> {
        guard let first = bytes[range].firstIndex(where: { !$0.isSpace }),
            let last = bytes[range].lastIndex(where: { !$0.isSpace })
        else { return range.lowerBound..<range.lowerBound }
        return first..<last + 1
    }

    private func find(_ needle: [UInt8], from start: Int) -> Int? {
        guard let first = needle.first, start <= bytes.count - needle.count else { return nil }
        var position = start
        while position <= bytes.count - needle.count {
            if bytes[position] == first, bytes[position..<position + needle.count].elementsEqual(needle) {
                return position
            }
            position += 1
        }
        return nil
    }
}

extension Tag {
    /// Whether the name leads to a value, part by part.
    fileprivate var isPath: Bool {
        switch kind {
        case .variable, .unescaped, .section, .inverted: true
        case .partial, .parent: isDynamic
        default: false
        }
    }
}

extension UInt8 {
    static let newline = UInt8(ascii: "\n")

    /// A space or a tab.
    var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }

    /// A space, a tab, or a part of a line break.
    var isSpace: Bool { isBlank || self == .newline || self == UInt8(ascii: "\r") }
}
