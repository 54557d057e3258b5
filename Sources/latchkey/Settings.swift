import Diagnostics
import JSON

/// What a verb was asked for: its options from the command line, the environment and the configuration file, and its
/// plain arguments.
struct Settings: Equatable {
    private(set) var arguments: [String] = []
    private var values: [String: [String]] = [:]
    private var given: Set<String> = []
    private var structures: [String: Structure] = [:]
    /// Where the values of options stand that come from the configuration file.
    private var places: [String: Structure] = [:]

    /// Reads the command line alone.
    init(commandLine: some Sequence<String>, options: [Option]) throws(Failure) {
        var words = Array(commandLine)[...]
        while let word = words.popFirst() {
            guard word.hasPrefix("--"), word != "--" else {
                guard !word.hasPrefix("-") || word == "-" || word == "--" else {
                    throw .usage("'\(word)' is not an option; options begin with two dashes")
                }
                arguments += word == "--" ? Array(words) : [word]
                if word == "--" { break }
                continue
            }
            let parts = word.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(
                String.init)
            let option = try Self.option(parts[0], of: options)
            given.insert(option.name)
            guard option.value != nil else {
                if parts.count > 1 { throw .usage("--\(option.name) takes no value") }
                values[option.name] = ["true"]
                continue
            }
            guard let value = parts.count > 1 ? parts[1] : words.popFirst(), !value.isEmpty else {
                throw .usage("--\(option.name) needs a value: --\(option.name) \(option.value ?? "")")
            }
            if values[option.name] != nil, !option.isRepeatable { throw .usage("--\(option.name) is given twice") }
            values[option.name, default: []].append(value)
        }
    }

    private static func option(_ name: String, of options: [Option]) throws(Failure) -> Option {
        if let option = options.first(where: { $0.name == name }) { return option }
        let names = options.map { "--\($0.name)" }
        throw .usage(
            "unknown option '--\(name)'" + (Suggestion.help(for: "--\(name)", among: names).map { "; \($0)" } ?? ""))
    }

    /// Adds what the environment says and the command line does not.
    mutating func add(environment: [String: String], options: [Option]) throws(Failure) {
        for option in options where values[option.name] == nil && !option.isForOneCall {
            guard let text = environment[option.variable], !text.isEmpty else { continue }
            if option.value == nil {
                switch text {
                case "1", "true", "yes": values[option.name] = ["true"]
                case "0", "false", "no": break
                default: throw .usage("\(option.variable) is '\(text)'; write 1 or 0")
                }
            } else {
                values[option.name] = option.isRepeatable ? text.split(separator: ",").map(String.init) : [text]
            }
        }
    }

    /// Adds what the configuration file says and neither the command line nor the environment does. Every problem of
    /// the file is told at once. Options of other verbs are allowed in it.
    ///
    /// - Parameter structures: the keys whose values are more than text; who wants one reads it.
    mutating func add(
        file bytes: [UInt8], name file: String, options: [Option], all: [Option], structures: [StructuredKey] = []
    ) throws(Diagnostics) {
        let document = try SourcedJSON.parse(bytes, file: file)
        guard case .object(let members) = document.value else {
            throw Diagnostics([
                Diagnostic(
                    file: file, source: bytes, offset: document.offset, message: "the configuration should be an object"
                )
            ])
        }
        var problems: [Diagnostic] = []
        for member in members {
            if structures.contains(where: { $0.key == member.key }) {
                self.structures[member.key] = Structure(file: file, bytes: bytes, value: member.value)
                continue
            }
            guard let option = all.first(where: { $0.key == member.key }) else {
                problems.append(
                    Diagnostic(
                        file: file, source: bytes, offset: member.keyOffset, length: member.keyLength,
                        message: "'\(member.key)' is not an option",
                        help: Suggestion.help(
                            for: member.key, among: Set(all.map(\.key) + structures.map(\.key)).sorted())))
                continue
            }
            do throws(WrongType) {
                let given = try Self.values(member.value.json, for: option)
                if values[option.name] == nil, options.contains(option) {
                    values[option.name] = given
                    places[option.name] = Structure(file: file, bytes: bytes, value: member.value)
                }
            } catch {
                problems.append(
                    Diagnostic(
                        file: file, source: bytes, offset: member.value.offset, length: member.value.length,
                        message: "'\(option.key)' should be \(error.expected), not \(member.value.json.kind)"))
            }
        }
        if !problems.isEmpty { throw Diagnostics(problems) }
    }

    private struct WrongType: Error { let expected: String }

    /// nil for a flag that is off.
    private static func values(_ json: JSON, for option: Option) throws(WrongType) -> [String]? {
        if option.value == nil {
            guard let flag = json.boolValue else { throw WrongType(expected: "true or false") }
            return flag ? ["true"] : nil
        }
        switch json {
        case .string(let text) where !text.isEmpty: return [text]
        case .int(let number): return [String(number)]
        case .array(let elements) where option.isRepeatable:
            let texts = elements.compactMap(\.stringValue)
            if texts.count == elements.count { return texts }
        default: break
        }
        throw WrongType(expected: option.isRepeatable ? "a string or a list of strings" : "a string")
    }

    /// Takes the values of some options from other settings; those that were different.
    mutating func keep(_ options: [Option], of other: Settings) -> [Option] {
        let different = options.filter { values[$0.name] != other.values[$0.name] }
        for option in different {
            values[option.name] = other.values[option.name]
            places[option.name] = other.places[option.name]
        }
        return different
    }

    /// The value of an option.
    subscript(option: Option) -> String? { values[option.name]?.last }

    /// The value of a key of the configuration file that is more than text.
    func structure(_ key: StructuredKey) -> Structure? { structures[key.key] }

    /// All values of an option.
    func all(_ option: Option) -> [String] { values[option.name] ?? [] }

    /// All values of an option, each with the place where it stands in the configuration file, if that is where it is from.
    func placed(_ option: Option) -> [(text: String, place: Diagnostic?)] {
        guard let file = places[option.name] else { return all(option).map { ($0, nil) } }
        let items = if case .array(let items) = file.value.value { items } else { [file.value] }
        return zip(all(option), items).map { ($0, file.problem($1, "")) }
    }

    /// Whether an option stands on the command line.
    func isGiven(_ option: Option) -> Bool { given.contains(option.name) }

    /// Whether a flag is set.
    func has(_ option: Option) -> Bool { values[option.name] != nil }
}
