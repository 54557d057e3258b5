internal import Files
internal import JSON
internal import Synchronization

/// `<data>/telling/sinks.json`: which files Latchkey has written for other programs, and which it could not write. Only those
/// are taken away when a connection ends, and `latchkey doctor` reads what is wrong.
public final class SinkBook: Sendable {
    /// How a file stands.
    public struct Entry: Sendable, Equatable {
        /// Whether there is a file that Latchkey has written.
        public var isWritten = false
        /// Why it is not as it should be; nil when it is.
        public var problem: String?
        /// Since when, in seconds since 1970.
        public var since = 0.0
    }

    private let path: String
    private let entries: Mutex<[String: Entry]>

    /// What an earlier process has written down. What cannot be read is nothing.
    ///
    /// - Parameter folder: `<data>/telling`.
    public init(folder: String) {
        path = Files.join(folder, "sinks.json")
        entries = Mutex(Self.read(path))
    }

    private static func read(_ path: String) -> [String: Entry] {
        let json = (try? Files.read(path)).flatMap { try? JSON.parse($0) } ?? .null
        var found: [String: Entry] = [:]
        for (file, entry) in json.objectValue?.members ?? [] {
            found[file] = Entry(
                isWritten: entry["written"]?.boolValue ?? false, problem: entry["problem"]?.stringValue,
                since: entry["since"]?.doubleValue ?? 0)
        }
        return found
    }

    /// Does work on the files while no other process does, with what others have written down. May block.
    func alone<Result>(_ body: () throws(FileError) -> Result) throws(FileError) -> Result {
        try Files.makeFolder(Files.parent(of: path), mode: 0o700)
        let lock = try FileLock(waitingFor: path + ".lock")
        defer { withExtendedLifetime(lock) {} }
        entries.withLock { $0 = Self.read(path) }
        return try body()
    }

    /// How a file stands.
    public subscript(file: String) -> Entry { entries.withLock { $0[file] ?? Entry() } }

    /// Keeps how a file stands, durably. May block.
    ///
    /// - Returns: whether it was different before.
    @discardableResult
    func set(_ file: String, at now: Double, _ change: (inout Entry) -> Void) throws(FileError) -> Bool {
        let bytes: [UInt8]? = entries.withLock { entries in
            let before = entries[file] ?? Entry()
            var after = before
            change(&after)
            guard after != before else { return nil }
            after.since = now
            entries[file] = after.isWritten || after.problem != nil ? after : nil
            return Self.json(entries).encoded(pretty: true)
        }
        guard let bytes else { return false }
        try Files.writeDurably(bytes, to: path)
        return true
    }

    private static func json(_ entries: [String: Entry]) -> JSON {
        let members = entries.sorted { $0.key < $1.key }.map { file, entry in
            var object: JSONObject = ["written": .bool(entry.isWritten), "since": .seconds(entry.since)]
            object["problem"] = entry.problem.map(JSON.string)
            return (file, JSON.object(object))
        }
        return .object(JSONObject(members))
    }
}
