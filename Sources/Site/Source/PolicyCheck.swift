internal import Diagnostics

/// Finds in HTML what the server's content security policy keeps from working: scripts and styles that stand in the page,
/// and what is loaded from other sites. A page that is silently broken in the browser is worse than a build that says why.
struct PolicyCheck {
    private let file: SourceFile
    private let bytes: [UInt8]
    private var place = 0
    private(set) var problems: [Diagnostic] = []

    /// The problems of a template or a page of a site folder.
    static func problems(of file: SourceFile) -> [Diagnostic] {
        guard isHTML(file.path) else { return [] }
        var check = PolicyCheck(file)
        check.run()
        return check.problems
    }

    /// Pages and partials; a template of a style sheet or a script has its second ending.
    private static func isHTML(_ path: String) -> Bool {
        let name = path.hasSuffix(".mustache") ? String(path.dropLast(".mustache".count)) : path
        if name.hasSuffix(".html") || name.hasSuffix(".htm") { return true }
        return path.hasPrefix("Templates/partials/") && !(name.split(separator: "/").last ?? "").contains(".")
    }

    private init(_ file: SourceFile) { (self.file, bytes) = (file, file.bytes) }

    private struct Attribute {
        let name: String
        let value: String
        let start: Int
        let length: Int
    }

    private mutating func run() {
        while place < bytes.count {
            if skip("<!--", "-->") || skip("{{!", "}}") { continue }
            let start = place
            place += 1
            guard bytes[start] == UInt8(ascii: "<"), place < bytes.count, Self.isLetter(bytes[place]) else { continue }
            let name = word().lowercased()
            let attributes = readAttributes()
            look(name, attributes, start)
            // What stands in a script or a style sheet is no HTML.
            if name == "script" || name == "style" { while place < bytes.count, !follows("</\(name)") { place += 1 } }
        }
    }

    // MARK: What is wrong

    private mutating func look(_ tag: String, _ attributes: [Attribute], _ start: Int) {
        func value(_ name: String) -> Attribute? { attributes.first { $0.name == name } }
        if tag == "script", value("src") == nil, Self.isRun(value("type")?.value) {
            tell(
                start, tag.utf8.count + 1, "an inline script does not run",
                "put it into a file in Static/, and name that with src")
        }
        if tag == "style" {
            tell(start, 6, "an inline style sheet does not count", "put it into a file in Static/, and link it")
        }
        for attribute in attributes {
            let (name, length) = (attribute.name, attribute.length)
            if name == "style" {
                tell(attribute.start, length, "a style attribute does not count", "use a class, and a file in Static/")
            } else if name.hasPrefix("on"), name.utf8.count > 2, name.utf8.allSatisfy(Self.isLetter) {
                tell(
                    attribute.start, length, "'\(name)' does not run",
                    "use addEventListener in a file in Static/, or a data-action")
            } else if Self.loads(tag, name, value("rel")?.value ?? ""), Self.isElsewhere(attribute.value) {
                tell(
                    attribute.start, length, "nothing is loaded from other sites",
                    "put the file into Static/, and name it by a relative address")
            }
        }
    }

    private mutating func tell(_ start: Int, _ length: Int, _ what: String, _ help: String) {
        problems.append(
            Diagnostic(
                file: file.shownPath, source: bytes, offset: start, length: length,
                message: what + ": the content security policy forbids it", help: help))
    }

    /// Whether a browser runs a script of this type; others are data.
    private static func isRun(_ type: String?) -> Bool {
        guard let type = type?.lowercased(), !type.isEmpty else { return true }
        return type == "module" || type == "importmap" || type.hasSuffix("javascript") || type.hasSuffix("ecmascript")
    }

    /// Whether an attribute names something that the page loads.
    private static func loads(_ tag: String, _ attribute: String, _ rel: String) -> Bool {
        switch (tag, attribute) {
        case ("script", "src"), ("img", "src"), ("source", "src"), ("video", "src"), ("audio", "src"),
            ("form", "action"):
            return true
        case ("iframe", "src"), ("embed", "src"), ("object", "data"): return true
        case ("link", "href"):
            let kinds = rel.lowercased().split(separator: " ")
            return kinds.contains { ["stylesheet", "icon", "preload", "modulepreload", "manifest"].contains($0) }
        default: return false
        }
    }

    private static func isElsewhere(_ address: String) -> Bool {
        let text = address.lowercased()
        return text.hasPrefix("//") || text.hasPrefix("http:") || text.hasPrefix("https:")
            || text.hasPrefix("javascript:")
    }

    // MARK: Reading

    private func follows(_ text: String) -> Bool {
        let text = text.utf8
        guard place + text.count <= bytes.count else { return false }
        return zip(bytes[place...], text).allSatisfy { Self.lower($0) == $1 }
    }

    private mutating func skip(_ open: String, _ close: String) -> Bool {
        guard follows(open) else { return false }
        place += open.utf8.count
        while place < bytes.count, !follows(close) { place += 1 }
        place = min(bytes.count, place + close.utf8.count)
        return true
    }

    private mutating func word() -> String {
        let start = place
        while place < bytes.count, !" \t\n\r=/>\"'<{".utf8.contains(bytes[place]) { place += 1 }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    /// The attributes up to the end of the tag. Template tags among them are passed over.
    private mutating func readAttributes() -> [Attribute] {
        var found: [Attribute] = []
        while place < bytes.count, bytes[place] != UInt8(ascii: ">") {
            if skip("{{", "}}") { continue }
            let start = place
            let name = word().lowercased()
            guard !name.isEmpty else {
                place += 1
                continue
            }
            let end = place
            skipSpace()
            var value = ""
            if place < bytes.count, bytes[place] == UInt8(ascii: "=") {
                place += 1
                skipSpace()
                value = readValue()
            } else {
                place = end
            }
            found.append(Attribute(name: name, value: value, start: start, length: end - start))
        }
        return found
    }

    private mutating func readValue() -> String {
        guard place < bytes.count else { return "" }
        let quote = bytes[place]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return word() }
        place += 1
        let start = place
        while place < bytes.count, bytes[place] != quote {
            if !skip("{{", "}}") { place += 1 }
        }
        defer { place = min(bytes.count, place + 1) }
        return String(decoding: bytes[start..<min(place, bytes.count)], as: UTF8.self)
    }

    private mutating func skipSpace() {
        while place < bytes.count, " \t\n\r".utf8.contains(bytes[place]) { place += 1 }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { 0x41...0x5A ~= byte ? byte | 0x20 : byte }

    private static func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= lower(byte) }
}
