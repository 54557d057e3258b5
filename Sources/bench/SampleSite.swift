import Files
import Site

/// A site folder whose pages show 20 providers: the built-in ones, and four variations of each.
enum SampleSite {
    static func write(to folder: String) throws {
        let providers = Files.join(folder, "Templates/providers")
        try Files.makeFolder(providers)
        for (index, file) in [SourceFile].builtIn.filter({ $0.path.hasPrefix("Templates/providers/") }).enumerated() {
            let name = file.path.split(separator: "/").last?.split(separator: ".").first.map(String.init) ?? ""
            for number in 2...5 {
                let text = variation(String(decoding: file.bytes, as: UTF8.self), number, color: index * 64 + number)
                try Files.write(Array(text.utf8), to: Files.join(providers, "\(name)\(number).json5"))
            }
        }
    }

    /// The same provider with another label and another colour.
    private static func variation(_ description: String, _ number: Int, color: Int) -> String {
        let digits = String(0x10_0000 + color * 4099, radix: 16)
        let lines = description.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            if line.hasPrefix("  label: \"") { return line.dropLast(2) + " \(number)\"," }
            return line.hasPrefix("  color: ") ? "  color: \"#\(digits.prefix(6))\"," : line
        }
        return lines.joined(separator: "\n")
    }
}
