internal import Diagnostics

/// Connects inclusions with the templates they name, and finds what can be known to be wrong without values.
struct Linker {
    private(set) var program: Program
    private(set) var problems: [Diagnostic] = []

    init(_ program: Program) {
        self.program = program
    }

    mutating func link() {
        for (address, instruction) in program.instructions.enumerated() {
            guard case .include(let index) = instruction, case .missing = program.inclusions[index].target else {
                continue
            }
            if let target = program.indexOfTemplate[name(at: address)] {
                program.inclusions[index].target = .template(target)
            }
        }
        findParameters()
        for (address, instruction) in program.instructions.enumerated() {
            if case .include(let index) = instruction { check(program.inclusions[index], at: address) }
        }
    }

    /// The name that is written at the place of an instruction.
    private func name(at address: Int) -> String {
        let place = program.places[address]
        return String(decoding: program.templates[place.template].source[place.range], as: UTF8.self)
    }

    /// The parameters of each template: its own blocks and, until nothing changes, those of what it includes.
    private mutating func findParameters() {
        var includes: [Set<Int>] = program.templates.map { _ in [] }
        for (address, instruction) in program.instructions.enumerated() {
            let template = program.places[address].template
            switch instruction {
            case .block(let index):
                program.templates[template].parameters?.insert(program.blocks[index].name)
            case .include(let index):
                switch program.inclusions[index].target {
                case .template(let target): includes[template].insert(target)
                case .missing, .dynamic: program.templates[template].parameters = nil
                }
            default: break
            }
        }
        while spreadParameters(includes) {}
    }

    private mutating func spreadParameters(_ includes: [Set<Int>]) -> Bool {
        var changed = false
        for (template, targets) in includes.enumerated() {
            for target in targets {
                let before = program.templates[template].parameters
                guard let known = before else { break }
                let after = program.templates[target].parameters.map { known.union($0) }
                program.templates[template].parameters = after
                changed = changed || after != before
            }
        }
        return changed
    }

    private mutating func check(_ inclusion: Program.Inclusion, at address: Int) {
        switch inclusion.target {
        case .missing: problems.append(program.unknownTemplate(name(at: address), at: address))
        case .template(let target): problems += program.unknownArguments(of: inclusion, for: target)
        case .dynamic: break
        }
    }
}

extension Program {
    /// A problem at a place.
    func problem(at place: Place, _ message: String, help: String?) -> Diagnostic {
        let template = templates[place.template]
        return Diagnostic(
            file: template.file, source: template.source, offset: place.range.lowerBound, length: place.range.count,
            message: message, help: help)
    }

    /// The problem of an inclusion that names no template.
    func unknownTemplate(_ name: String, at address: Int) -> Diagnostic {
        problem(
            at: places[address], "there is no template '\(name)'",
            help: Suggestion.help(for: name, among: templates.map(\.name)))
    }

    /// The problems of arguments that no block of a template takes.
    func unknownArguments(of inclusion: Inclusion, for target: Int) -> [Diagnostic] {
        guard let parameters = templates[target].parameters else { return [] }
        return arguments[inclusion.arguments].filter { !parameters.contains($0.name) }.map { argument in
            problem(
                at: argument.place, "'\(templates[target].name)' has no block '\(blockNames[argument.name])'",
                help: Suggestion.help(for: blockNames[argument.name], among: parameters.map { blockNames[$0] }))
        }
    }
}
