internal import Diagnostics

extension Renderer {
    /// The value of a name, or nil when there is none; strict rendering reports it when the name is not defined.
    mutating func value(_ path: Program.Path, at current: Int) -> Value? {
        path.count == 0 ? contexts[contexts.count - 1].value : lookUp(path, at: current)?.pointee
    }

    /// As `value`, for names other than `.`, without counting references: everything that has a name belongs to the
    /// model, which the outermost context keeps alive.
    mutating func lookUp(_ path: Program.Path, at current: Int) -> UnsafePointer<Value>? {
        guard var value = first(path.start) else {
            if isFirstProblem(at: current) { reportUndefined(path, at: current) }
            return nil
        }
        var index = path.start &+ 1
        while index < path.start &+ path.count {
            guard let members = Context.members(of: value), let member = members.find(view.names[index]) else {
                return notFound(index, of: path, in: value, at: current)
            }
            value = member
            index &+= 1
        }
        return value
    }

    private mutating func notFound(
        _ index: Int, of path: Program.Path, in value: UnsafePointer<Value>, at current: Int
    ) -> UnsafePointer<Value>? {
        // An optional value that is not there: what would be in it is not there either.
        if case .null = value.pointee { return nil }
        if isFirstProblem(at: current) { report(missing: index, of: path, in: value.pointee, at: current) }
        return nil
    }

    /// The value of the first part of a name: in the innermost object that has it.
    private func first(_ key: Int) -> UnsafePointer<Value>? {
        var index = contexts.count &- 1
        while index >= 0 {
            if let value = contexts[index].members?.find(view.names[key]) { return value }
            index &-= 1
        }
        return nil
    }

    /// Whether a problem here is one (not in lenient mode), and not known yet.
    mutating func isFirstProblem(at current: Int) -> Bool {
        mode == .strict && reported.insert(current).inserted
    }

    /// Adds a problem once, although its place may be rendered many times.
    mutating func report(_ problem: Diagnostic) {
        guard !problems.contains(problem), problems.count < Scanner.mostProblems else { return }
        problems.append(problem)
    }

    mutating func reportUnprintable(_ value: Value, _ path: Program.Path, at current: Int) {
        let name = program.written(path)
        let help =
            if case .list = value { "print its items with {{#\(name)}}{{.}}{{/\(name)}}" } else {
                "print one of its names, for example {{\(name == "." ? "" : name + ".")\(example(of: value))}}"
            }
        report(
            program.problem(
                at: program.places[current], "'\(name)' is \(value.kindInWords), which cannot be printed", help: help))
    }

    private func example(of value: Value) -> String {
        guard case .object(let object) = value else { return "name" }
        return object.names.first ?? "name"
    }

    private mutating func reportUndefined(_ path: Program.Path, at current: Int) {
        let name = program.keys[path.start].text
        var known: Set<String> = []
        for case .object(let object) in contexts.map(\.value) { known.formUnion(object.names) }
        report(
            program.problem(
                at: program.part(path.start, of: path, at: current), "'\(name)' is not defined here",
                help: Suggestion.help(for: name, among: known)))
    }

    private mutating func report(missing index: Int, of path: Program.Path, in value: Value, at current: Int) {
        let name = program.keys[index].text
        let parent = program.written(Program.Path(start: path.start, count: index - path.start))
        let place = program.part(index, of: path, at: current)
        if case .object(let object) = value {
            report(
                program.problem(
                    at: place, "'\(name)' is not defined in '\(parent)'",
                    help: Suggestion.help(for: name, among: object.names)))
        } else {
            report(
                program.problem(
                    at: place, "'\(name)' cannot be in '\(parent)', which is \(value.kindInWords)", help: nil))
        }
    }

    /// The error of templates that include each other too deeply, with the way that leads around.
    func tooDeep(at current: Int) -> Diagnostic {
        var chain: [String] = []
        for call in calls.map(\.from) + [current] {
            guard case .include = program.instructions[call] else { continue }
            let name = program.templates[program.places[call].template].name
            let isRepeated = chain.contains(name)
            chain.append(name)
            if isRepeated { break }
        }
        return program.problem(
            at: program.places[current],
            "templates include each other more than \(limits.depth) deep: \(chain.joined(separator: " > "))",
            help: "end the repetition with a section that becomes empty")
    }
}

extension Program {
    /// The place of one part of a dotted name.
    fileprivate func part(_ index: Int, of path: Path, at address: Int) -> Place {
        var place = places[address]
        let before = keys[path.start..<index].reduce(0) { $0 + $1.text.utf8.count + 1 }
        let start = place.range.lowerBound + before
        place.range = start..<start + keys[index].text.utf8.count
        return place
    }
}
