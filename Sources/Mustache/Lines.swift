/// Decides line by line which tags stand alone, so that their lines leave nothing behind in the output.
enum Lines {
    /// Takes the blanks and line breaks of lines that hold tags alone out of the text, and keeps them as indentation.
    static func mark(_ pieces: [Piece], in bytes: [UInt8]) -> [Piece] {
        var result: [Piece] = []
        result.reserveCapacity(pieces.count)
        var line: [Piece] = []
        for piece in withClosers(pieces) {
            line.append(piece)
            if case .text(let range) = piece.content, bytes[range].last == .newline {
                finish(&line, in: bytes, into: &result)
            }
        }
        finish(&line, in: bytes, into: &result)
        return result
    }

    private static func finish(_ line: inout [Piece], in bytes: [UInt8], into result: inout [Piece]) {
        guard !line.isEmpty else { return }
        line[0].startsLine = true
        if isOwned(line, in: bytes) { line = owned(line, in: bytes) }
        result += line
        line = []
    }

    /// Whether a line holds one tag that prints nothing, or several of inheritance, and otherwise only blanks.
    private static func isOwned(_ line: [Piece], in bytes: [UInt8]) -> Bool {
        var tags: [Tag] = []
        for piece in line {
            switch piece.content {
            case .text(let range):
                guard bytes[range].allSatisfy(\.isSpace) else { return false }
            case .tag(let tag):
                guard !tag.isPrinted else { return false }
                tags.append(tag)
            }
        }
        if tags.count == 1 { return true }
        return tags.contains(where: \.sharesOwnLine) && tags.allSatisfy { $0.sharesOwnLine || $0.kind == .comment }
    }

    /// Tells the closing tags of parents and blocks from those of sections.
    private static func withClosers(_ pieces: [Piece]) -> [Piece] {
        var open: [Tag] = []
        return pieces.map { piece in
            guard var tag = piece.tag else { return piece }
            if tag.opensScope { open.append(tag) }
            guard tag.kind == .close, let opener = open.popLast() else { return piece }
            tag.closesInheritance = opener.sharesOwnLine
            return Piece(content: .tag(tag))
        }
    }

    private static func owned(_ line: [Piece], in bytes: [UInt8]) -> [Piece] {
        var indent = 0..<0
        if case .text(let range) = line[0].content { indent = range }
        var tags = line.filter { $0.tag != nil }
        for index in tags.indices {
            tags[index].ownsLine = true
            tags[index].startsLine = index == 0
        }
        tags[0].indent = indent
        if case .text(let range)? = line.last?.content, bytes[range].last == .newline {
            let start = bytes[range].firstIndex { !$0.isBlank } ?? range.upperBound
            tags[tags.count - 1].lineBreak = start..<range.upperBound
        }
        return tags
    }
}
