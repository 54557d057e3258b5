internal import Diagnostics
internal import JSON

extension DescriptionReader {
    /// A text with values, after each unknown name was reported at its place.
    mutating func template(_ node: SourcedJSON, _ key: String) -> Template? {
        switch node.value {
        case .int, .double, .bool:
            // A number or a flag in a query or a form is its text.
            return Template(parts: [.text(String(decoding: node.json.encoded(), as: UTF8.self))])
        default: break
        }
        guard let text = string(node, key) else { return nil }
        let template: Template
        do throws(Template.Fault) {
            template = try Template(text)
        } catch {
            reportPart(of: node, "{{", error.message)
            return nil
        }
        for name in template.names where !known.contains(name) {
            let shown = name.isEmpty ? "'{{}}' names no value" : "'{{\(name)}}' is not known here"
            reportPart(of: node, name.isEmpty ? "{{" : name, shown, help: Suggestion.help(for: name, among: known))
        }
        return template
    }

    /// Reports at the first place where `part` is written within a value.
    mutating func reportPart(of node: SourcedJSON, _ part: String, _ message: String, help: String? = nil) {
        let end = min(node.offset + node.length, source.count)
        let range = source[min(node.offset, end)..<end]
        let place = range.firstRange(of: Array(part.utf8))
        report(
            at: place?.lowerBound ?? node.offset, length: place == nil ? node.length : part.count, message, help: help)
    }

    /// The entries of an object with free keys: headers, a query, a form.
    mutating func entries(_ object: Object, _ key: String, isHeader: Bool = false) -> [Entry] {
        guard let node = object[key] else { return [] }
        return entries(node, key, isHeader: isHeader)
    }

    mutating func entries(_ node: SourcedJSON, _ key: String, isHeader: Bool = false) -> [Entry] {
        var result: [Entry] = []
        for member in members(node, "'\(key)'") ?? [] {
            let (name, optional) = Self.optional(member.key)
            if isHeader, !Self.isToken(name) { report(member, "'\(name)' cannot be the name of a header") }
            if isHeader, ["host", "content-length", "transfer-encoding", "connection"].contains(name.lowercased()) {
                report(member, "the header '\(name)' belongs to the connection, not to a description")
            }
            guard let template = template(member.value, member.key) else { continue }
            if isHeader, case .string(let text) = member.value.value, !Encoding.isPlain(text) {
                report(member.value, "a header cannot hold a line break or a control character")
            }
            result.append(Entry(name, template, optional: optional))
        }
        return result
    }

    /// `client_secret?` is the optional `client_secret`.
    static func optional(_ key: String) -> (name: String, optional: Bool) {
        key.hasSuffix("?") ? (String(key.dropLast()), true) : (key, false)
    }

    /// A token of RFC 9110 section 5.6.2.
    private static func isToken(_ text: String) -> Bool {
        let symbols = Set("!#$%&'*+-.^_`|~".unicodeScalars)
        return !text.isEmpty
            && text.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || symbols.contains($0)
            }
    }

    /// An address: a text, or an object with `url`, `query` and `fragment`.
    mutating func link(_ node: SourcedJSON, _ key: String) -> Link? {
        if case .string = node.value { return address(node, key).map { Link(url: $0) } }
        guard let object = object(node, "'\(key)'", keys: ["url", "query", "fragment"]) else { return nil }
        return link(object)
    }

    /// The address in an object that has more than it.
    mutating func link(_ object: Object) -> Link? {
        let query = entries(object, "query")
        let fragment = object.members["fragment"] == nil ? [] : entries(object, "fragment")
        guard let node = object["url"] else {
            missing("url", in: object)
            return nil
        }
        return address(node, "url").map { Link(url: $0, query: query, fragment: fragment) }
    }

    /// SECURITY: an address begins with a named host or with an address that the person has entered, and the host ends
    /// there: nothing from outside can become a part of it.
    private mutating func address(_ node: SourcedJSON, _ key: String) -> Template? {
        guard let template = template(node, key) else { return nil }
        let bases = hosts.map { "hosts." + $0.name } + fields.filter { $0.kind == .url }.map(\.key)
        guard case .value(let name)? = template.parts.first, bases.contains(name) || !known.contains(name) else {
            report(
                node, "an address must begin with a host of the description",
                help: bases.isEmpty ? "name it in 'hosts'" : "begin with one of: " + Self.braced(bases))
            return nil
        }
        if template.parts.count > 1 {
            guard case .text(let text) = template.parts[1], let first = text.first, "/?#".contains(first) else {
                report(node, "'/' must follow the host")
                return nil
            }
        }
        return template
    }

    private static func braced(_ names: [String]) -> String {
        names.map { "'{{\($0)}}'" }.joined(separator: ", ")
    }

    /// A JSON body.
    mutating func json(_ node: SourcedJSON) -> JSONTemplate? {
        switch node.value {
        case .string: return template(node, "json").map { $0.isLiteral ? .literal(node.json) : .text($0) }
        case .array(let elements): return .array(elements.compactMap { json($0) })
        case .object(let members):
            return .object(
                members.compactMap { member in
                    let (name, optional) = Self.optional(member.key)
                    return json(member.value).map { JSONTemplate.Member(key: name, isOptional: optional, value: $0) }
                })
        default: return .literal(node.json)
        }
    }
}
