/// A text with `{{name}}` values in it, as descriptions use them. No filters: each place encodes for itself.
public struct Template: Sendable, Equatable {
    enum Part: Sendable, Equatable {
        case text(String)
        case value(String)
    }

    let parts: [Part]

    /// What is wrong with a template, and where in it (byte offset and length).
    struct Fault: Error, Equatable {
        let offset: Int
        let length: Int
        let message: String
    }

    init(parts: [Part]) {
        self.parts = parts
    }

    /// Parses a text. Spaces inside the braces do not count.
    init(_ text: String) throws(Fault) {
        var parts: [Part] = []
        var rest = Substring(text)
        while let open = rest.firstRange(of: "{{") {
            if open.lowerBound > rest.startIndex { parts.append(.text(String(rest[..<open.lowerBound]))) }
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
                let offset = text.utf8.distance(from: text.startIndex, to: open.lowerBound)
                throw Fault(offset: offset, length: 2, message: "'{{' without '}}'")
            }
            parts.append(.value(String(rest[open.upperBound..<close.lowerBound].filter { $0 != " " })))
            rest = rest[close.upperBound...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        self.parts = parts
    }

    /// The names of the values in it, in order.
    var names: [String] {
        parts.compactMap { if case .value(let name) = $0 { name } else { nil } }
    }

    /// Whether it says the same whatever the values are.
    var isLiteral: Bool { names.isEmpty }

    /// The text with each value encoded by the place where it stands.
    func text(in scope: Scope, encode: (String) -> String = { $0 }) throws(FlowProblem) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .value(let name): result += encode(try scope.required(name))
            }
        }
        return result
    }
}

/// A name and a template: a header field, query item or form field of a description.
struct Entry: Sendable, Equatable {
    let name: String
    /// Written `name?`: left out when a value in it is empty.
    let isOptional: Bool
    let template: Template

    init(_ name: String, _ template: Template, optional: Bool = false) {
        self.name = name
        self.isOptional = optional
        self.template = template
    }

    /// An entry that is one value.
    init(_ name: String, value: String, optional: Bool = false) {
        self.init(name, Template(parts: [.value(value)]), optional: optional)
    }

    /// An entry that is fixed text.
    init(_ name: String, text: String) {
        self.init(name, Template(parts: [.text(text)]))
    }

    func applies(in scope: Scope) -> Bool {
        !isOptional || template.names.allSatisfy { !scope.value($0).isEmpty }
    }
}

extension [Entry] {
    /// The entries with their values, without the optional ones that have none.
    func parameters(in scope: Scope) throws(FlowProblem) -> [Parameter] {
        var result: [Parameter] = []
        for entry in self where entry.applies(in: scope) {
            result.append(Parameter(entry.name, try entry.template.text(in: scope)))
        }
        return result
    }

    /// These entries, where `others` of the same name take their places.
    func overridden(by others: [Entry], sameName: (String, String) -> Bool = { $0 == $1 }) -> [Entry] {
        filter { mine in !others.contains { sameName($0.name, mine.name) } } + others
    }
}
