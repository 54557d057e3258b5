internal import Crypto
internal import Files
internal import Glibc
internal import JSON
internal import Providers
internal import Synchronization

/// The file to which the pages of one history are added, and what it says.
///
/// Each line is the beginning of a digest and a record. A line is on the disk before anybody is told of what is in it;
/// one that was being written when the process or the machine ended has no good digest, and is cut off. So what is read
/// is always what was there after one of the pages. Only one process has it at a time.
final class HistoryJournal: Sendable {
    private struct State {
        var file: OpenFile
        var ledger: HistoryLedger
        /// Whether the list is older than what is here.
        var isListOld = true
        /// Whether nothing is added any more: a write has failed, and what the end of the file is, the next one that
        /// opens it finds out; or it was written anew.
        var isClosed = false
    }

    /// What a page has come to.
    struct Step: Sendable, Equatable {
        /// The page to ask for next; nil when the walk has ended.
        var next: Int?
        /// How many plays there are here.
        var plays: Int
        /// Whether the provider has as many, as far as it tells.
        var isComplete: Bool
        /// Whether the list shows something else than what is here by now.
        var isListOld: Bool
    }

    private let place: HistoryPlace
    private let account: String?
    /// When the account was connected whose pages these are.
    let linkedAt: Int?
    private let lock: FileLock
    private let state: Mutex<State>

    /// Opens it, and reads what it says.
    ///
    /// - Parameters:
    ///   - account: whose history it is at the provider, where that is known. That of another is forgotten.
    ///   - linkedAt: when the account was connected: while it is not known whose it is, another time means another one.
    init(_ place: HistoryPlace, account: String?, linkedAt: Int?) throws(FileError) {
        (self.place, self.linkedAt) = (place, linkedAt)
        try place.makeFolder()
        lock = try FileLock(place.lock)
        let file = try OpenFile(appendingTo: place.journal)
        let found = try Self.read(file)
        if let found, found.isOf(account, linkedAt) {
            if found.end < (try file.size) { try file.truncate(to: found.end) }
            // A process may have ended between a page and the list that has it.
            let isListOld = try HistoryList.journalSize(of: place.list) != found.end
            state = Mutex(State(file: file, ledger: found.ledger, isListOld: isListOld))
            self.account = account ?? found.account
        } else {
            try Files.remove(place.list)
            try file.truncate(to: 0)
            try file.append(Self.line(Self.head(account, linkedAt, HistoryLedger())))
            try file.synchronise()
            try Files.synchronise(folder: place.folder)
            state = Mutex(State(file: file, ledger: HistoryLedger()))
            self.account = account
        }
    }

    /// How far the last process came.
    var walk: HistoryLedger.Walk? { state.withLock { $0.ledger.walk } }

    /// How many plays there are.
    var plays: Int { state.withLock { $0.ledger.plays.count } }

    // MARK: Writing

    /// Takes a page that a provider has answered. When this returns it is durable.
    func add(_ page: HistoryPage, number: Int, _ walk: HistoryWalk, at now: Int) throws(FileError) -> Step {
        let result = state.withLock { state -> Result<Step, FileError> in
            do throws(FileError) {
                return .success(try add(page, number: number, walk, at: now, &state))
            } catch {
                state.isClosed = true
                return .failure(error)
            }
        }
        return try result.get()
    }

    private func add(
        _ page: HistoryPage, number: Int, _ walk: HistoryWalk, at now: Int, _ state: inout State
    ) throws(FileError) -> Step {
        if state.isClosed { throw FileError("write", place.journal, code: EIO) }
        let (before, isFirst) = (state.ledger.plays.count, state.ledger.walk == nil)
        let turn = state.ledger.walk?.number ?? state.ledger.lastWalk + 1
        var record = state.ledger.record(page, walk: turn, next: nil, at: now)
        record.next = walk.next(after: number, page, state.ledger, fresh: record.plays.count, at: now)
        var records = [HistoryRecord.page(record)]
        let isWhole = walk.isLast(number, page)
        if record.next == nil { records.append(.end(HistoryRecord.End(walk: turn, isWhole: isWhole, at: now))) }
        let saysNothing = record.plays.isEmpty && record.titles.isEmpty && record.next == nil && isFirst && !isWhole
        if !saysNothing {
            try state.file.append(records.flatMap { Self.line($0.json) })
            try state.file.synchronise()
            for record in records { state.ledger.apply(record) }
        }
        let plays = state.ledger.plays.count
        if !record.plays.isEmpty || !record.titles.isEmpty || plays != before { state.isListOld = true }
        return Step(
            next: record.next, plays: plays,
            isComplete: page.items.map { plays + state.ledger.unread == $0 } ?? true, isListOld: state.isListOld)
    }

    /// Writes what the endpoints list, when it is not there.
    func writeList(_ kind: HistoryKind) throws(FileError) {
        let (ledger, isOld) = state.withLock { ($0.ledger, $0.isListOld) }
        guard isOld else { return }
        let size = try OpenFile(reading: place.journal).size
        try HistoryList.write(ledger, kind, journal: size, to: place.list)
        state.withLock { $0.isListOld = false }
    }

    /// Writes the journal anew when most of it says nothing any more. Nothing can be added to it after that.
    func compact() throws(FileError) {
        let (ledger, isClosed) = state.withLock { state in
            defer { state.isClosed = true }
            return (state.ledger, state.isClosed)
        }
        guard !isClosed, ledger.walk == nil, ledger.entries > 2 * ledger.plays.count + 2000 else { return }
        let head = Self.head(account, linkedAt, ledger)
        try Files.writeDurably(to: place.journal) { (append) throws(FileError) in
            try append(Self.line(head))
            try ledger.eachRecord { (record) throws(FileError) in try append(Self.line(record.json)) }
        }
        state.withLock { $0.isListOld = true }
    }

    // MARK: Lines

    private static let digestLength = 16

    private static func line(_ json: JSON) -> [UInt8] {
        let bytes = json.encoded()
        return digest(bytes) + [UInt8(ascii: " ")] + bytes + [UInt8(ascii: "\n")]
    }

    private static func digest(_ bytes: [UInt8]) -> [UInt8] {
        Array(Hex.encode(Crypto.sha256(bytes).prefix(digestLength / 2)).utf8)
    }

    /// What a line says; nil when it was not written whole.
    private static func json(_ line: ArraySlice<UInt8>) -> JSON? {
        let bytes = Array(line.dropFirst(digestLength + 1))
        guard line.count > digestLength + 1, line.prefix(digestLength).elementsEqual(digest(bytes)) else { return nil }
        return try? JSON.parse(bytes)
    }

    private static func head(_ account: String?, _ linkedAt: Int?, _ ledger: HistoryLedger) -> JSON {
        var head: JSONObject = ["latchkey_history": 1, "walk": .int(ledger.lastWalk), "unread": .int(ledger.unread)]
        head["account"] = account.map(JSON.string)
        head["linked_at"] = linkedAt.map(JSON.int)
        head["whole_at"] = ledger.wholeAt.map(JSON.int)
        return .object(head)
    }

    // MARK: Reading

    private struct Found {
        var account: String?
        var linkedAt: Int?
        var ledger: HistoryLedger
        /// Where the last good line ends.
        var end: Int

        /// SECURITY: two of whom one is not known may be two people: they are one only by the same connection.
        func isOf(_ account: String?, _ linkedAt: Int?) -> Bool {
            if let account, let known = self.account { return account == known }
            return linkedAt != nil && linkedAt == self.linkedAt
        }
    }

    /// What a file says up to its first line that is not good; nil when it is not a journal, or a new one.
    private static func read(_ file: OpenFile) throws(FileError) -> Found? {
        var found: Found?
        var (rest, offset): ([UInt8], Int) = ([], 0)
        while true {
            let chunk = try file.read(at: offset, count: 1 << 20)
            if chunk.isEmpty { return found }
            offset += chunk.count
            rest += chunk
            var start = 0
            while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
                guard take(rest[start..<end], &found) else { return found }
                start = end + 1
            }
            rest.removeFirst(start)
        }
    }

    /// Takes one line; false when it is not good.
    private static func take(_ line: ArraySlice<UInt8>, _ found: inout Found?) -> Bool {
        guard let json = json(line) else { return false }
        if found == nil {
            guard json["latchkey_history"] == 1 else { return false }
            let ledger = HistoryLedger(
                lastWalk: json["walk"]?.intValue ?? 0, wholeAt: json["whole_at"]?.intValue,
                unread: json["unread"]?.intValue ?? 0)
            found = Found(
                account: json["account"]?.stringValue, linkedAt: json["linked_at"]?.intValue, ledger: ledger,
                end: line.count + 1)
            return true
        }
        guard let record = HistoryRecord(json) else { return false }
        found?.ledger.apply(record)
        found?.end += line.count + 1
        return true
    }
}
