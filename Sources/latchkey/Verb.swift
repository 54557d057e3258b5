import Diagnostics
import Files

/// A verb of the command line.
protocol Verb {
    /// What is typed: `build`.
    static var name: String { get }
    /// Half a sentence for the list of verbs.
    static var summary: String { get }
    /// The plain arguments, as the help shows them: `TEMPLATE`.
    static var arguments: String { get }
    /// The options that it knows, besides `--help`.
    static var options: [Option] { get }
    /// The keys of the configuration file, besides those of options, that it reads.
    static var structures: [StructuredKey] { get }

    /// Does the work.
    static func run(_ settings: Settings) async throws
}

extension Verb {
    static var arguments: String { "" }
    static var structures: [StructuredKey] { [] }

    /// What `--help` prints.
    static var help: String {
        let title = ["usage: latchkey", name, arguments, options.isEmpty ? "" : "[options]"].filter { !$0.isEmpty }
        var lines = [title.joined(separator: " "), "", summary.prefix(1).uppercased() + summary.dropFirst() + "."]
        if !options.isEmpty { lines += ["", "options:"] }
        for (index, option) in options.enumerated() where !options[..<index].contains(where: { $0.name == option.name })
        {
            lines.append(
                "  --\(option.name)" + (option.value.map { " " + $0 } ?? "") + (option.isRepeatable ? " …" : ""))
            lines.append("      \(option.help)")
        }
        if !structures.isEmpty { lines += ["", "in the configuration file alone:"] }
        for structure in structures { lines += ["  \(structure.key): \(structure.shape)", "      \(structure.help)"] }
        return lines.joined(separator: "\n")
    }

    /// The settings from the command line, the environment and the configuration file.
    static func settings(_ commandLine: some Sequence<String>, environment: [String: String]) throws -> Settings {
        var settings = try Settings(commandLine: commandLine, options: options)
        try settings.add(environment: environment, options: options)
        guard options.contains(.site) else { return settings }
        let file = settings[.config] ?? Files.join(settings.site, "latchkey.json5")
        guard settings[.config] != nil || Files.kind(of: file) != nil else { return settings }
        let bytes: [UInt8]
        do throws(FileError) { bytes = try Files.read(file) } catch { throw Failure.environment("\(error)") }
        try settings.add(
            file: bytes, name: file, options: options,
            all: Main.verbs.flatMap { $0.options }.filter { !$0.isForOneCall },
            structures: Main.verbs.flatMap { $0.structures })
        return settings
    }
}

extension Settings {
    /// The site folder.
    var site: String { self[.site] ?? "." }

    /// The folder that the site is built into.
    var output: String { self[.output] ?? Files.join(site, "Output") }
}
