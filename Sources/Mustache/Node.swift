/// A part of a template, as a tree: what the compiler reads.
struct Node {
    enum Kind: Equatable {
        /// The bytes of `range`.
        case text
        /// `{{name}}` and `{{{name}}}`.
        case print(escaped: Bool)
        case section
        case inverted
        case partial
        /// `children` are its arguments (blocks); everything else in it is never shown.
        case parent
        /// A parameter with its default content, or within a parent an argument.
        case block
    }

    var kind: Kind
    /// Text: its bytes. Otherwise the bytes of the tag.
    var range: Range<Int>
    var tag: Tag?
    /// Nothing stands before it on its line.
    var startsLine = false
    /// The opening tag has a line of its own, or shares it with others of inheritance only.
    var ownsLine = false
    /// The line break after a closing tag that owns its line.
    var closingLineBreak: Range<Int> = 0..<0
    /// The blanks before an opening tag that owns its line.
    var indent: Range<Int> = 0..<0
    var children: [Node] = []
}

extension [Node] {
    /// The smallest indentation of the lines that begin here, or nil when no line with content does.
    func smallestIndent(in bytes: [UInt8]) -> Range<Int>? {
        var smallest: Range<Int>?
        for node in self {
            for candidate in [node.lineIndent(in: bytes), node.innerIndent(in: bytes)].compactMap({ $0 })
            where candidate.count < smallest?.count ?? .max {
                smallest = candidate
            }
        }
        return smallest
    }
}

extension Node {
    /// The indentation of the line that this node begins; nil when it begins none, or a blank one.
    fileprivate func lineIndent(in bytes: [UInt8]) -> Range<Int>? {
        guard startsLine else { return nil }
        guard kind == .text else { return indent }
        let end = bytes[range].firstIndex { !$0.isBlank } ?? range.upperBound
        let isBlankLine = bytes[end..<range.upperBound].allSatisfy(\.isSpace) && end < range.upperBound
        return isBlankLine ? nil : range.lowerBound..<end
    }

    /// The smallest indentation of the lines inside. What is inside a parent is indented where its block stands.
    fileprivate func innerIndent(in bytes: [UInt8]) -> Range<Int>? {
        kind == .parent ? nil : children.smallestIndent(in: bytes)
    }
}
