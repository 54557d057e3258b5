import Companion
import Files
import JSON

/// `latchkey audit`: the audit log for people.
enum Audit: Verb {
    static let name = "audit"
    static let summary = "show who did what with whose account"
    static let options: [Option] = [last, follow, json, .data, Serve.demo, .site, .config]

    private static let last = Option(
        name: "last", value: "COUNT", isForOneCall: true, help: "show so many lines, the newest ones (all)")
    private static let follow = Option(
        name: "follow", value: nil, isForOneCall: true, help: "go on with what is added, until Ctrl-C")
    private static let json = Option(
        name: "json", value: nil, isForOneCall: true, help: "show the lines as they are: one JSON object each")

    static func run(_ settings: Settings) async throws {
        guard settings.arguments.isEmpty else { throw Failure.usage("audit takes no arguments") }
        let path = Serve.auditPath(try DataFolder.path(settings, environment: Environment.all))
        guard Files.kind(of: path) == .file || settings.has(follow) else {
            throw Failure.input("there is no audit log '\(path)'; a server makes it, unless it has --audit-files 0")
        }
        var reader = AuditReader(path)
        var lines = try reader.all()
        if let count = try count(settings) { lines = lines.suffix(count) }
        show(lines, settings)
        while settings.has(follow) {
            try await Task.sleep(for: .milliseconds(500))
            show(try reader.next(), settings)
        }
    }

    private static func count(_ settings: Settings) throws(Failure) -> Int? {
        guard let text = settings[last] else { return nil }
        guard let count = Int(text), count >= 0 else {
            throw .usage("--last '\(text)' should be a number of lines")
        }
        return count
    }

    private static func show(_ lines: some Sequence<Substring>, _ settings: Settings) {
        for line in lines { Terminal.say(settings.has(json) ? String(line) : text(line)) }
    }

    /// `2026-11-21T09:00:00Z revealed account=kids client=… …`; nothing in it can be more than text to a terminal.
    private static func text(_ line: Substring) -> String {
        guard let members = (try? JSON.parse(Array(line.utf8)))?.objectValue?.members else {
            return Log.text("unreadable", ["line": String(line)])
        }
        var details = Dictionary(members.map { ($0.key, $0.value.stringValue ?? "") }, uniquingKeysWith: { $1 })
        let (time, event) = (details.removeValue(forKey: "time"), details.removeValue(forKey: "event"))
        return Log.text("\(time ?? "?") \(event ?? "?")", details)
    }
}

/// Reads an audit log as it grows.
struct AuditReader {
    private let path: String
    /// The file that was read last, and how far.
    private var inode: UInt64?
    private var read = 0

    init(_ path: String) { self.path = path }

    /// All whole lines that there are, the oldest first.
    mutating func all() throws(Failure) -> [Substring] {
        // More files than the server keeps now may be left from before.
        var lines: [Substring] = []
        for number in stride(from: 99, through: 1, by: -1) {
            let older = "\(path).\(number)"
            if Files.kind(of: older) == .file { lines += Self.lines(try bytes(older)[...]) }
        }
        return lines + (try next())
    }

    /// The whole lines that were added since.
    mutating func next() throws(Failure) -> [Substring] {
        guard let stamp = Files.stamp(of: path) else { return [] }
        var lines: [Substring] = []
        if let inode, stamp.inode != inode {
            // It was begun anew: the rest of what was read is in the one before.
            if Files.stamp(of: path + ".1")?.inode == inode {
                lines = Self.lines(try bytes(path + ".1").dropFirst(read))
            }
            read = 0
        }
        inode = stamp.inode
        guard stamp.size > read else { return lines }
        let added = try bytes(path).dropFirst(read)
        let whole = added.prefix(
            (added.lastIndex(of: UInt8(ascii: "\n")) ?? added.startIndex - 1) - added.startIndex + 1)
        read += whole.count
        return lines + Self.lines(whole)
    }

    private func bytes(_ path: String) throws(Failure) -> [UInt8] {
        do throws(FileError) { return try Files.read(path, limit: 2 << 30) } catch { throw .environment("\(error)") }
    }

    private static func lines(_ bytes: ArraySlice<UInt8>) -> [Substring] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    }
}
