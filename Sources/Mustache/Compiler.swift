internal import Diagnostics

/// Turns the trees of all templates into one program.
struct Compiler {
    private(set) var program = Program()
    /// What is surely not meant, although the specification allows it.
    private(set) var problems: [Diagnostic] = []
    private var indexOfBlock: [String: Int] = [:]
    private var startOfPath: [String: Program.Path] = [:]
    private var template = 0
    private var source: [UInt8] = []
    /// Text may be joined to the instruction before it only when nothing jumps to the place between.
    private var lastLabel = 0

    init(_ sources: [TemplateSource]) {
        for source in sources {
            program.indexOfTemplate[source.name] = program.templates.count
            program.templates.append(.init(name: source.name, file: source.file, source: source.bytes))
        }
    }

    /// Compiles the template of that index.
    mutating func compile(_ nodes: [Node], template index: Int) {
        template = index
        source = program.templates[index].source
        program.templates[index].start = label()
        emit(nodes, dedent: 0)
        emit(.finish, at: source.count..<source.count)
    }

    private mutating func emit(_ nodes: [Node], dedent: Int) {
        for node in nodes { emit(node, dedent: dedent) }
    }

    /// `dedent`: how many blanks are taken from the start of each line, because the content moves elsewhere.
    private mutating func emit(_ node: Node, dedent: Int) {
        guard let tag = node.tag else {
            emitText(node, dedent: dedent)
            return
        }
        switch node.kind {
        case .text: break
        case .print(let escaped): emit(.print(path(tag), escaped: escaped), at: tag.nameRange)
        case .section: emitSection(node, tag, dedent: dedent) { .section($0, end: $1) }
        case .inverted: emitSection(node, tag, dedent: dedent) { .inverted($0, end: $1) }
        case .partial, .parent: emitInclusion(node, tag, dedent: dedent)
        case .block: emitBlock(node, tag, dedent: dedent)
        }
    }

    private mutating func emitText(_ node: Node, dedent: Int) {
        var range = node.range
        if node.startsLine, dedent > 0 {
            let blanks = source[range].prefix(dedent).prefix(while: \.isBlank).count
            range = range.lowerBound + blanks..<range.upperBound
        }
        guard !range.isEmpty else { return }
        let stored = store(range)
        if lastLabel < program.instructions.count, case .text(let start, stored.lowerBound)? = program.instructions.last
        {
            program.instructions[program.instructions.count - 1] = .text(start: start, end: stored.upperBound)
        } else {
            emit(.text(start: stored.lowerBound, end: stored.upperBound), at: range)
        }
    }

    private mutating func emitSection(
        _ node: Node, _ tag: Tag, dedent: Int, _ instruction: (Program.Path, Int) -> Program.Instruction
    ) {
        let path = path(tag)
        let start = emit(instruction(path, 0), at: tag.nameRange)
        _ = label()
        emit(node.children, dedent: dedent)
        if node.kind == .section { emit(.next, at: tag.range) }
        program.instructions[start] = instruction(path, label())
    }

    private mutating func emitInclusion(_ node: Node, _ tag: Tag, dedent: Int) {
        let index = program.inclusions.count
        let target: Program.Inclusion.Target = tag.isDynamic ? .dynamic(path(tag)) : .missing
        program.inclusions.append(.init(target: target, indent: store(node.indent.dropFirst(dedent))))
        emit(.include(index), at: tag.nameRange)
        var arguments: [Program.Argument] = []
        for child in node.children where child.kind == .block {
            guard let tag = child.tag else { continue }
            let indent = child.ownsLine ? child.children.smallestIndent(in: source) : nil
            let place = Program.Place(template: template, range: tag.nameRange)
            arguments.append(.init(name: block(tag.name), start: label(), place: place))
            emit(child.children, dedent: indent?.count ?? 0)
            emit(.finish, at: child.range)
        }
        program.inclusions[index].end = label()
        program.inclusions[index].arguments = program.arguments.count..<program.arguments.count + arguments.count
        program.arguments += arguments
        if node.kind == .parent { findIgnored(in: node, tag) }
    }

    /// Reports what is lost in a parent: content outside of its arguments, and arguments given twice.
    private mutating func findIgnored(in parent: Node, _ tag: Tag) {
        var given: Set<String> = []
        for child in parent.children {
            let place = Program.Place(template: template, range: child.tag?.nameRange ?? child.range)
            if child.kind == .block, let name = child.tag?.name {
                guard !given.insert(name).inserted else { continue }
                let message = "the block '\(name)' is given twice to \(tag.written)"
                problems.append(program.problem(at: place, message, help: "the last one counts: remove the other"))
            } else if child.kind != .text || !source[child.range].allSatisfy(\.isSpace) {
                let message = "this is never shown: it is inside \(tag.written) but outside of its blocks"
                problems.append(program.problem(at: place, message, help: "put it into a {{$block}} of the parent"))
            }
        }
    }

    private mutating func emitBlock(_ node: Node, _ tag: Tag, dedent: Int) {
        let indent = node.ownsLine ? node.children.smallestIndent(in: source) ?? node.indent : 0..<0
        let index = program.blocks.count
        program.blocks.append(
            .init(
                name: block(tag.name), indent: store(indent.dropFirst(dedent)),
                lineBreak: store(node.ownsLine ? node.closingLineBreak : 0..<0)))
        emit(.block(index), at: tag.nameRange)
        emit(node.children, dedent: dedent)
        program.blocks[index].end = label()
    }

    @discardableResult
    private mutating func emit(_ instruction: Program.Instruction, at range: Range<Int>) -> Int {
        program.instructions.append(instruction)
        program.places.append(.init(template: template, range: range))
        return program.instructions.count - 1
    }

    /// The next instruction, as a place to jump to.
    private mutating func label() -> Int {
        lastLabel = program.instructions.count
        return lastLabel
    }

    private mutating func store(_ range: Range<Int>) -> Range<Int> {
        let start = program.literals.count
        program.literals += source[range]
        return start..<program.literals.count
    }

    private mutating func block(_ name: String) -> Int {
        if let index = indexOfBlock[name] { return index }
        indexOfBlock[name] = program.blockNames.count
        program.blockNames.append(name)
        return program.blockNames.count - 1
    }

    private mutating func path(_ tag: Tag) -> Program.Path {
        if let path = startOfPath[tag.name] { return path }
        let parts = tag.name == "." ? [] : tag.name.split(separator: ".").map { Name(String($0)) }
        let path = Program.Path(start: program.keys.count, count: parts.count)
        program.keys += parts
        startOfPath[tag.name] = path
        return path
    }
}
