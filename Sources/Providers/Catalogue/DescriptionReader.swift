internal import Diagnostics
internal import JSON

/// Reads one description and collects every problem in it. A part that is wrong is left out, and the rest is read on.
struct DescriptionReader {
    typealias Member = SourcedJSON.Member

    let file: String
    let source: [UInt8]
    let name: String
    var problems: [Diagnostic] = []

    // What the description has declared so far.
    var label = ""
    var hosts: [Host] = []
    var fields: [Field] = []
    var generated: [GeneratedValue] = []
    /// What answers to every request mean, after a request's own rules.
    var rules: [Rule] = []
    var signature: Signature?
    /// The values that the templates now being read may name.
    var known: Set<String> = []

    init(file: String, source: [UInt8]) {
        self.file = file
        self.source = source
        name = Self.name(of: file)
    }

    /// `trakt` of `Templates/providers/trakt.json5`.
    static func name(of path: String) -> String {
        let last = path.split(separator: "/").last.map(String.init) ?? ""
        return last.hasSuffix(".json5") ? String(last.dropLast(6)) : last
    }

    // MARK: Problems

    mutating func report(_ node: SourcedJSON, _ message: String, help: String? = nil) {
        report(at: node.offset, length: node.length, message, help: help)
    }

    mutating func report(_ member: Member, _ message: String, help: String? = nil) {
        report(at: member.keyOffset, length: member.keyLength, message, help: help)
    }

    mutating func report(at offset: Int, length: Int, _ message: String, help: String? = nil) {
        problems.append(
            Diagnostic(file: file, source: source, offset: offset, length: length, message: message, help: help))
    }

    // MARK: Objects

    /// An object whose keys are a closed set: `what` names it in messages (`a provider`).
    struct Object {
        let node: SourcedJSON
        let what: String
        let members: [String: Member]

        subscript(key: String) -> SourcedJSON? { members[key]?.value }
    }

    /// The members of an object, after each key that is not one of `keys` was reported.
    mutating func object(_ node: SourcedJSON, _ what: String, keys: [String]) -> Object? {
        guard let members = members(node, what) else { return nil }
        for member in members where !keys.contains(member.key) {
            report(
                member, "'\(member.key)' is not a key of \(what)", help: Suggestion.help(for: member.key, among: keys))
        }
        return Object(
            node: node, what: what, members: Dictionary(members.map { ($0.key, $0) }, uniquingKeysWith: { $1 }))
    }

    /// The members of an object with free keys.
    mutating func members(_ node: SourcedJSON, _ what: String) -> [Member]? {
        if case .object(let members) = node.value { return members }
        report(node, "\(what) must be an object, not \(node.json.kind)")
        return nil
    }

    /// Reports that a key is missing, at the object's opening brace.
    mutating func missing(_ key: String, in object: Object) {
        report(at: object.node.offset, length: 1, "\(object.what) needs '\(key)'")
    }

    // MARK: Scalars

    mutating func string(_ node: SourcedJSON, _ key: String) -> String? {
        if case .string(let text) = node.value { return text }
        report(node, "'\(key)' must be a string, not \(node.json.kind)")
        return nil
    }

    mutating func string(_ object: Object, _ key: String, required: Bool = false) -> String? {
        guard let node = object[key] else {
            if required { missing(key, in: object) }
            return nil
        }
        guard let text = string(node, key) else { return nil }
        if text.isEmpty {
            report(node, "'\(key)' must not be empty")
            return nil
        }
        return text
    }

    mutating func bool(_ object: Object, _ key: String) -> Bool? {
        guard let node = object[key] else { return nil }
        if case .bool(let flag) = node.value { return flag }
        report(node, "'\(key)' must be true or false, not \(node.json.kind)")
        return nil
    }

    mutating func seconds(_ object: Object, _ key: String) -> Double? {
        guard let node = object[key] else { return nil }
        if let number = Self.number(node), number > 0, number <= 31_536_000 { return number }
        report(node, "'\(key)' must be a number of seconds above 0 and at most a year")
        return nil
    }

    private static func number(_ node: SourcedJSON) -> Double? {
        switch node.value {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    mutating func list(_ object: Object, _ key: String) -> [SourcedJSON] {
        guard let node = object[key] else { return [] }
        if case .array(let elements) = node.value { return elements }
        report(node, "'\(key)' must be a list, not \(node.json.kind)")
        return []
    }

    mutating func strings(_ object: Object, _ key: String) -> [String] {
        list(object, key).compactMap { string($0, key) }
    }

    /// One of a closed set of words.
    mutating func word<Word: RawRepresentable & CaseIterable>(
        _ object: Object, _ key: String, _: Word.Type, except: [String] = [], required: Bool = false
    ) -> Word? where Word.RawValue == String {
        guard let text = string(object, key, required: required), let node = object[key] else { return nil }
        if !except.contains(text), let word = Word(rawValue: text) { return word }
        let words = Word.allCases.map(\.rawValue).filter { !except.contains($0) }
        report(node, "'\(text)' is not a value of '\(key)'", help: Suggestion.help(for: text, among: words))
        return nil
    }

    /// A fixed page for people.
    mutating func page(_ object: Object, _ key: String) -> String? {
        guard let text = string(object, key), let node = object[key] else { return nil }
        if let address = WebAddress(text), address.isSecure { return text }
        report(node, "'\(key)' must be an https address")
        return nil
    }

    /// A name that may stand in config paths and templates.
    mutating func key(_ object: Object) -> String? {
        guard let text = string(object, "key", required: true), let node = object["key"] else { return nil }
        if !Self.isName(text) {
            report(
                node, "'\(text)' cannot be a key", help: "use small letters, digits and '_', and begin with a letter")
            return nil
        }
        if Standard.flowNames.contains(text) {
            report(node, "'\(text)' cannot be a key: every sign-in has a value of that name")
            return nil
        }
        return text
    }

    /// `[a-z][a-z0-9_]*`
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, UInt8(ascii: "a")...UInt8(ascii: "z") ~= first else { return false }
        return text.utf8.allSatisfy {
            UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0
                || $0 == UInt8(ascii: "_")
        }
    }
}
