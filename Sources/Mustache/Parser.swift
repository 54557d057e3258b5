internal import Diagnostics

/// Builds the tree of a template from its pieces, and reports every tag that has no partner.
struct Parser {
    /// How deeply sections, blocks and parents may be nested in one file.
    static let deepest = 100

    private let file: String
    private let bytes: [UInt8]
    private var open: [Node] = []
    private var nodes: [Node] = []
    private var problems: [Diagnostic]
    /// Set when tags are nested too deeply: the rest is not read, so that no input can exhaust the stack.
    private var isTooDeep = false

    /// The tree of a template, and its problems.
    static func parse(file: String, bytes: [UInt8]) -> (nodes: [Node], problems: [Diagnostic]) {
        let (pieces, problems) = Scanner.scan(file: file, bytes: bytes)
        var parser = Parser(file: file, bytes: bytes, problems: problems)
        for piece in pieces where !parser.isTooDeep { parser.add(piece) }
        parser.finish()
        return (parser.nodes, parser.problems)
    }

    private init(file: String, bytes: [UInt8], problems: [Diagnostic]) {
        self.file = file
        self.bytes = bytes
        self.problems = problems
    }

    private mutating func add(_ piece: Piece) {
        switch piece.content {
        case .text(let range):
            append(Node(kind: .text, range: range, startsLine: piece.startsLine))
        case .tag(let tag) where tag.kind == .close:
            close(tag, lineBreak: piece.lineBreak)
        case .tag(let tag):
            guard let kind = Node.Kind(tag.kind) else { return }
            let node = Node(
                kind: kind, range: tag.range, tag: tag, startsLine: piece.startsLine, ownsLine: piece.ownsLine,
                indent: piece.indent)
            if tag.opensScope { push(node) } else { append(node) }
        }
    }

    private mutating func append(_ node: Node) {
        if open.isEmpty { nodes.append(node) } else { open[open.count - 1].children.append(node) }
    }

    private mutating func push(_ node: Node) {
        open.append(node)
        guard open.count > Self.deepest, let tag = node.tag else { return }
        report(tag, "tags are nested more than \(Self.deepest) deep", help: "move the inner part into a partial")
        isTooDeep = true
        open = []
    }

    private mutating func close(_ tag: Tag, lineBreak: Range<Int>) {
        guard let depth = open.lastIndex(where: { $0.tag.map { $0.isClosed(by: tag) } ?? false }) else {
            reportStray(tag)
            return
        }
        while open.count > depth + 1 { reportUnclosed(before: tag) }
        var node = open.removeLast()
        node.closingLineBreak = lineBreak
        append(node)
    }

    private mutating func reportStray(_ tag: Tag) {
        let help = open.last?.tag.map { "\($0.written) is open here: close it with \($0.closing)" }
        report(tag, "\(tag.written) closes nothing", help: help)
    }

    /// Reports the innermost open tag, and closes it so that the rest can be read.
    private mutating func reportUnclosed(before tag: Tag? = nil) {
        let node = open.removeLast()
        guard let opener = node.tag else { return }
        let place = tag.map { " before \($0.written)" } ?? ""
        report(opener, "\(opener.written) is never closed\(place)", help: "close it with \(opener.closing)")
        append(node)
    }

    private mutating func finish() {
        while !open.isEmpty { reportUnclosed() }
    }

    private mutating func report(_ tag: Tag, _ message: String, help: String?) {
        guard problems.count < Scanner.mostProblems else { return }
        problems.append(
            Diagnostic(
                file: file, source: bytes, offset: tag.range.lowerBound, length: tag.range.count, message: message,
                help: help))
    }
}

extension Tag {
    fileprivate func isClosed(by closer: Tag) -> Bool {
        name == closer.name && isDynamic == closer.isDynamic
    }

    fileprivate var closing: String {
        "{{/\(isDynamic ? "*" : "")\(name)}}"
    }
}

extension Node.Kind {
    /// The kind of node that a tag begins; nil for comments, delimiters and closing tags.
    fileprivate init?(_ kind: Tag.Kind) {
        switch kind {
        case .variable: self = .print(escaped: true)
        case .unescaped: self = .print(escaped: false)
        case .section: self = .section
        case .inverted: self = .inverted
        case .partial: self = .partial
        case .parent: self = .parent
        case .block: self = .block
        case .close, .comment, .delimiters: return nil
        }
    }
}
