import FoundationEssentials

/// Writes a Swift file that holds other files: `embed OUTPUT ROOT FILE…`. The package's plugin runs it at build time.
///
/// Text goes into string literals, which the compiler stores as they are; a file that is not UTF-8 is refused, because
/// everything that Latchkey ships is text (logos are SVG).
@main
enum Embed {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard let output = arguments.first, let root = arguments.dropFirst().first else {
            throw Problem(description: "usage: embed OUTPUT ROOT FILE…")
        }
        var lines = [
            "/// The files of Templates/ and Static/, by path, as they were when the binary was built.",
            "enum EmbeddedFiles {",
            "    static let all: [(path: StaticString, content: StaticString)] = [",
        ]
        for file in arguments.dropFirst(2).sorted() {
            lines.append(
                "        (\(literal(String(file.dropFirst(root.count + 1)))), \(literal(try text(of: file)))),")
        }
        lines += ["    ]", "}", ""]
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: output))
    }

    struct Problem: Error, CustomStringConvertible {
        let description: String
    }

    static func text(of file: String) throws -> String {
        guard let text = String(validating: try Data(contentsOf: URL(filePath: file)), as: UTF8.self) else {
            throw Problem(description: "\(file) is not UTF-8 text, so it cannot be embedded; write images as SVG")
        }
        return text
    }

    /// A Swift string literal on one line.
    static func literal(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
