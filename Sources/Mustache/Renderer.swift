internal import Diagnostics
internal import Glibc

/// Runs a program. It keeps its own stacks, so that deep templates and deep values cannot exhaust the machine's.
struct Renderer {
    /// A value whose names are visible.
    struct Context {
        /// It keeps the members alive.
        let value: Value
        let members: Members?

        init(_ value: Value) {
            self.value = value
            if case .object(let object) = value { members = object.members } else { members = nil }
        }

        static func members(of value: UnsafePointer<Value>) -> Members? {
            if case .object(let object) = value.pointee { object.members } else { nil }
        }
    }

    /// A section that is being repeated.
    struct Loop {
        var items: [Value]
        var next: Int
        /// The first instruction of its body.
        var start: Int
    }

    /// An inclusion or an argument that is being rendered.
    struct Call {
        /// The instruction that made it.
        var from: Int
        /// Where to go on after it.
        var next: Int
        var indentCount: Int
        var frame: Int
        var frameCount: Int
        /// For an argument whose block has lines of its own: where its output began, and the line break it must end with.
        var ownLines: (from: Int, lineBreak: Range<Int>)?
    }

    /// The arguments that a parent was given, and the frame that was valid where they were written.
    struct Frame {
        var arguments: Range<Int>
        var outer: Int
    }

    let program: Program
    let view: Program.View
    let limits: TemplateSet.Limits
    let mode: TemplateSet.Mode
    var contexts: [Context]
    var calls: [Call] = []
    var problems: [Diagnostic] = []
    /// The instructions whose problem is already known, although they may be rendered many times.
    var reported: Set<Int> = []
    private var output: Output
    private var loops: [Loop] = []
    private var frames: [Frame] = []
    private var frame = -1
    /// What goes before each line of the templates that are being rendered.
    private var indent: [UInt8] = []
    private var atLineStart = false
    private var address = 0
    private var steps = 0

    init(
        _ program: Program, _ view: Program.View, limits: TemplateSet.Limits, mode: TemplateSet.Mode, model: Value,
        reserving size: Int
    ) {
        self.program = program
        self.view = view
        self.limits = limits
        self.mode = mode
        contexts = [Context(model)]
        output = Output(reserving: size)
    }

    /// Renders once.
    mutating func render(template: Int) throws(Diagnostics) -> [UInt8] {
        defer { output.free() }
        address = program.templates[template].start
        do {
            try run()
        } catch {
            problems.append(error)
        }
        guard problems.isEmpty else { throw Diagnostics(problems) }
        return output.array
    }

    private mutating func run() throws(Diagnostic) {
        while true {
            let current = address
            address += 1
            switch view.instructions[current] {
            case .text(let start, let end): write(literals: start..<end)
            case .print(let path, let escaped): print(path, escaped: escaped, at: current)
            case .section(let path, let end): try enter(path, end: end, at: current)
            case .inverted(let path, let end): if isTrue(path, at: current) { address = end }
            case .next: try next(at: current)
            case .include(let index): try include(view.inclusions[index], at: current)
            case .block(let index): try enter(view.blocks[index], at: current)
            case .finish: if try finish(at: current) { return }
            }
        }
    }

    // MARK: Sections

    private mutating func enter(_ path: Program.Path, end: Int, at current: Int) throws(Diagnostic) {
        guard let value = value(path, at: current), value.isTrue else {
            address = end
            return
        }
        if case .list(let items) = value {
            contexts.append(Context(items[0]))
            loops.append(Loop(items: items, next: 1, start: address))
        } else {
            contexts.append(Context(value))
            loops.append(Loop(items: [], next: 0, start: address))
        }
        try step(at: current)
    }

    private mutating func next(at current: Int) throws(Diagnostic) {
        contexts.removeLast()
        let top = loops.count - 1
        let item = loops[top].next
        if item < loops[top].items.count {
            contexts.append(Context(loops[top].items[item]))
            loops[top].next = item + 1
            address = loops[top].start
            try step(at: current)
        } else {
            loops.removeLast()
        }
    }

    private mutating func isTrue(_ path: Program.Path, at current: Int) -> Bool {
        path.count == 0
            ? contexts[contexts.count - 1].value.isTrue : lookUp(path, at: current)?.pointee.isTrue ?? false
    }

    // MARK: Inclusions and blocks

    private mutating func include(_ inclusion: Program.Inclusion, at current: Int) throws(Diagnostic) {
        address = inclusion.end
        guard let target = target(of: inclusion, at: current) else { return }
        if mode == .strict, !inclusion.arguments.isEmpty {
            for problem in program.unknownArguments(of: inclusion, for: target) { report(problem) }
        }
        try call(program.templates[target].start, from: current, indent: inclusion.indent)
        if !inclusion.arguments.isEmpty {
            frames.append(Frame(arguments: inclusion.arguments, outer: frame))
            frame = frames.count - 1
        }
    }

    private mutating func target(of inclusion: Program.Inclusion, at current: Int) -> Int? {
        switch inclusion.target {
        case .template(let index):
            return index
        case .missing:
            let place = program.places[current]
            let name = program.templates[place.template].source[place.range]
            if mode == .strict { report(program.unknownTemplate(String(decoding: name, as: UTF8.self), at: current)) }
            return nil
        case .dynamic(let path):
            return dynamicTarget(path, at: current)
        }
    }

    private mutating func dynamicTarget(_ path: Program.Path, at current: Int) -> Int? {
        guard let value = value(path, at: current) else { return nil }
        if case .string(let name) = value {
            if let index = program.indexOfTemplate[name] { return index }
            if mode == .strict { report(program.unknownTemplate(name, at: current)) }
        } else if mode == .strict, value != .null {
            let message = "'\(program.written(path))' is \(value.kindInWords), not the name of a template"
            report(program.problem(at: program.places[current], message, help: nil))
        }
        return nil
    }

    private mutating func enter(_ block: Program.Block, at current: Int) throws(Diagnostic) {
        guard let (argument, outer) = argument(for: block.name) else {
            // The default content: it stands where it was written, with nothing to return from.
            return
        }
        address = block.end
        try call(argument.start, from: current, indent: block.indent)
        if !block.lineBreak.isEmpty { calls[calls.count - 1].ownLines = (output.count, block.lineBreak) }
        frame = outer
    }

    /// The argument for a block: the one given from farthest outside wins. With it, the frame where it was written.
    private func argument(for name: Int) -> (Program.Argument, outer: Int)? {
        var found: (Program.Argument, outer: Int)?
        var index = frame
        while index >= 0 {
            if let argument = program.arguments[frames[index].arguments].last(where: { $0.name == name }) {
                found = (argument, frames[index].outer)
            }
            index = frames[index].outer
        }
        return found
    }

    private mutating func call(_ start: Int, from current: Int, indent added: Range<Int>) throws(Diagnostic) {
        guard calls.count < limits.depth else { throw tooDeep(at: current) }
        try step(at: current)
        calls.append(
            Call(
                from: current, next: address, indentCount: indent.count, frame: frame, frameCount: frames.count))
        if !added.isEmpty {
            indent += view.literals[added]
            atLineStart = true
        }
        address = start
    }

    /// Goes back to where the template or argument was included; true when it was the outermost.
    private mutating func finish(at current: Int) throws(Diagnostic) -> Bool {
        guard output.count <= limits.bytes else {
            throw program.problem(
                at: program.places[current], "the output is longer than \(limits.bytes) bytes", help: nil)
        }
        guard let call = calls.popLast() else { return true }
        if let (start, lineBreak) = call.ownLines, output.count > start, output.last != .newline {
            append(literals: lineBreak)
        }
        address = call.next
        frame = call.frame
        frames.removeLast(frames.count - call.frameCount)
        if call.indentCount < indent.count {
            indent.removeLast(indent.count - call.indentCount)
            atLineStart = true
        }
        return false
    }

    private mutating func step(at current: Int) throws(Diagnostic) {
        steps += 1
        guard steps <= limits.steps, output.count <= limits.bytes else {
            throw program.problem(
                at: program.places[current],
                steps > limits.steps
                    ? "this repeats without end: \(limits.steps) items and partials are rendered"
                    : "the output is longer than \(limits.bytes) bytes",
                help: nil)
        }
    }

    // MARK: Output

    private mutating func write(literals range: Range<Int>) {
        if indent.isEmpty {
            append(literals: range)
        } else {
            writeLines(range)
        }
    }

    private func lineBreak(in range: Range<Int>) -> Int? {
        guard let base = view.literals.baseAddress,
            let found = memchr(base + range.lowerBound, Int32(UInt8.newline), range.count)
        else { return nil }
        return UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }

    private mutating func append(literals range: Range<Int>) {
        output.append(UnsafeBufferPointer(rebasing: view.literals[range]))
    }

    /// Writes text with the indentation before each line that is not blank.
    private mutating func writeLines(_ range: Range<Int>) {
        var start = range.lowerBound
        while start < range.upperBound {
            let lineBreak = self.lineBreak(in: start..<range.upperBound)
            let endsLine = lineBreak != nil
            let end = lineBreak.map { $0 + 1 } ?? range.upperBound
            if atLineStart, !endsLine || !view.literals[start..<end].allSatisfy(\.isSpace) { output.append(indent) }
            append(literals: start..<end)
            atLineStart = endsLine
            start = end
        }
    }

    private mutating func print(_ path: Program.Path, escaped: Bool, at current: Int) {
        guard path.count > 0 else {
            return print(contexts[contexts.count - 1].value, of: path, escaped: escaped, at: current)
        }
        if let value = lookUp(path, at: current) { print(value.pointee, of: path, escaped: escaped, at: current) }
    }

    private mutating func print(_ value: Value, of path: Program.Path, escaped: Bool, at current: Int) {
        if atLineStart, !indent.isEmpty {
            output.append(indent)
            atLineStart = false
        }
        switch value {
        case .null: break
        case .string(let text): if escaped { output.append(escaping: text) } else { output.append(verbatim: text) }
        case .html(let text): output.append(verbatim: text)
        case .bool(let flag): output.append(verbatim: flag ? "true" : "false")
        case .int(let number): output.append(verbatim: number.description)
        case .double(let number): output.append(verbatim: number.description)
        case .list, .object: if isFirstProblem(at: current) { reportUnprintable(value, path, at: current) }
        }
    }
}
