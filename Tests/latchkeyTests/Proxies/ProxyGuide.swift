import Files

/// Docs/reverse-proxy.md: what people copy is what the tests run.
struct ProxyGuide {
    /// Where Latchkey is, as people see it.
    enum Place: String, CaseIterable, CustomStringConvertible {
        case root = "at the root"
        case path = "below a path"

        var host: String { self == .root ? "latchkey.example" : "home.example" }
        var basePath: String { self == .root ? "/" : "/settings/" }
        var description: String { rawValue }
    }

    /// A text of the page lacks what the tests replace in it.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    private let text: String

    init() throws {
        let folder = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        text = String(decoding: try Files.read(folder + "/Docs/reverse-proxy.md"), as: UTF8.self)
    }

    /// The configuration below a heading: the first block of code.
    func block(_ heading: String) throws -> String {
        guard let start = text.firstRange(of: "### \(heading)\n"),
            let open = text[start.upperBound...].firstRange(of: "```")
        else { throw Missing(description: "there is no heading '\(heading)'") }
        let body = text[open.upperBound...].drop { $0 != "\n" }.dropFirst()
        guard let end = body.firstRange(of: "\n```\n") else { throw Missing(description: "a block has no end") }
        return String(body[..<end.lowerBound]) + "\n"
    }

    /// The arguments of the command with this address.
    func command(_ address: String) throws -> [String] {
        guard
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("latchkey serve --listen \(address)") })
        else { throw Missing(description: "there is no command for '\(address)'") }
        return line.split(separator: " ").dropFirst(2).map(String.init)
    }

    /// A text with other values in it; each that is replaced must be there.
    static func replace(_ text: String, _ values: KeyValuePairs<String, String>) throws -> String {
        var text = text
        for (old, new) in values {
            guard text.contains(old) else { throw Missing(description: "'\(old)' is not in:\n\(text)") }
            text = text.replacing(old, with: new)
        }
        return text
    }
}
