internal import Files
internal import Glibc
internal import HTTP
internal import JSON
internal import Providers

/// The file from which the endpoints list: the films or series, newest first, as they are answered, and then where each
/// begins. A page is two short reads, however many there are, and nothing of it is kept in memory.
enum HistoryList {
    /// How many times of one title are listed; the newest ones.
    static let mostTimes = 100

    private static let mark = Array("LKHIST1\n".utf8)
    /// How long the journal was of which it was made, the number of entries, and the mark.
    private static let tail = 24
    private static let separator = Array(",\n".utf8)

    // MARK: Reading

    /// A page of entries, joined by commas, and how many entries there are in all.
    struct Page: Sendable, Equatable {
        var total = 0
        var entries: [UInt8] = []
    }

    /// Reads a page.
    ///
    /// - Parameter number: from 1.
    /// - Throws: when it cannot be read. Where there is no file there are no entries.
    static func page(_ number: Int, size: Int, of path: String) throws(FileError) -> Page {
        guard try Files.exists(path) else { return Page() }
        let file = try OpenFile(reading: path)
        let length = try file.size
        let foot = try file.read(at: max(0, length - tail), count: tail)
        let total = foot.count == tail && foot.suffix(mark.count).elementsEqual(mark) ? integer(foot.dropFirst(8)) : -1
        guard total >= 0, total <= length / 8, let index = index(length, total) else { throw broken(path) }
        let (skipped, overflow) = (number - 1).multipliedReportingOverflow(by: size)
        guard !overflow, skipped < total else { return Page(total: total) }
        let count = min(size, total - skipped)
        let places = try file.read(at: index + skipped * 8, count: (count + 1) * 8)
        guard places.count == (count + 1) * 8 else { throw broken(path) }
        let (start, end) = (integer(places[...]), integer(places.suffix(8)))
        guard 0 <= start, start < end, end <= index else { throw broken(path) }
        return Page(total: total, entries: try file.read(at: start, count: end - start - separator.count))
    }

    /// How long the journal was of which a list was made; nil when there is no list.
    static func journalSize(of path: String) throws(FileError) -> Int? {
        guard try Files.exists(path) else { return nil }
        let file = try OpenFile(reading: path)
        let foot = try file.read(at: max(0, try file.size - tail), count: tail)
        return foot.count == tail && foot.suffix(mark.count).elementsEqual(mark) ? integer(foot[...]) : nil
    }

    /// Where the places of the entries begin.
    private static func index(_ length: Int, _ total: Int) -> Int? {
        let index = length - tail - (total + 1) * 8
        return index >= 0 ? index : nil
    }

    private static func broken(_ path: String) -> FileError { FileError("read", path, code: EBADMSG) }

    private static func integer(_ bytes: ArraySlice<UInt8>) -> Int {
        Int(truncatingIfNeeded: bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    private static func bytes(_ number: Int) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    // MARK: Writing

    /// When a title was watched: a part of `plays`, which is sorted so that those of one title follow each other.
    private struct Group {
        let range: Range<Int>
        let newest: Int
    }

    /// Writes what is known, durably.
    ///
    /// - Parameter journal: how long the journal is that says it.
    static func write(
        _ ledger: HistoryLedger, _ kind: HistoryKind, journal: Int, to path: String
    ) throws(FileError) {
        var plays = Array(ledger.plays.values)
        plays.sort { ($0.title, $1.watchedAt, $0.season, $0.episode) < ($1.title, $0.watchedAt, $1.season, $1.episode) }
        let groups = groups(plays)
        try Files.writeDurably(to: path) { (append) throws(FileError) in
            var (piece, index, offset): ([UInt8], [UInt8], Int) = ([], bytes(0), 0)
            for group in groups {
                let before = piece.count
                piece += entry(plays[group.range], ledger, kind)
                piece += separator
                offset += piece.count - before
                index += bytes(offset)
                if piece.count < 1 << 18 { continue }
                try append(piece)
                piece.removeAll(keepingCapacity: true)
            }
            try append(piece)
            try append(index + bytes(journal) + bytes(groups.count) + mark)
        }
    }

    private static func groups(_ plays: [HistoryLedger.Play]) -> [Group] {
        var (groups, start): ([Group], Int) = ([], 0)
        for index in plays.indices where index + 1 == plays.count || plays[index + 1].title != plays[index].title {
            groups.append(Group(range: start..<(index + 1), newest: plays[start].watchedAt))
            start = index + 1
        }
        // Of the same time the order stays the same from one writing to the next.
        return groups.sorted { ($1.newest, $0.range.lowerBound) < ($0.newest, $1.range.lowerBound) }
    }

    private static func entry(
        _ plays: ArraySlice<HistoryLedger.Play>, _ ledger: HistoryLedger, _ kind: HistoryKind
    ) -> [UInt8] {
        guard let newest = plays.first else { return [] }
        let title = ledger.titles[Int(newest.title)]
        let times = plays.prefix(mostTimes).map { "\"\(HTTPDate.rfc3339(epochSeconds: Int64($0.watchedAt)))\"" }
        let updated = HTTPDate.rfc3339(epochSeconds: Int64(title.updatedAt))
        let last = HTTPDate.rfc3339(epochSeconds: Int64(newest.watchedAt))
        let head =
            "{\"plays\":\(plays.count),\"last_watched_at\":\"\(last)\",\"last_updated_at\":\"\(updated)\","
            + "\"times\":[\(times.joined(separator: ","))]"
        let name = kind == .movies ? "movie" : "show"
        return Array("\(head),\"\(name)\":".utf8) + ledger.text[title.text] + episode(newest, title) + [
            UInt8(ascii: "}")
        ]
    }

    /// The newest episode, where the provider tells of episodes.
    private static func episode(_ newest: HistoryLedger.Play, _ title: HistoryLedger.Title) -> [UInt8] {
        let (season, number) = (HistoryLedger.number(newest.season), HistoryLedger.number(newest.episode))
        guard season != nil || number != nil else { return [] }
        let name = title.episodeTime == newest.watchedAt ? title.episodeTitle : nil
        let json: JSON = [
            "season": season.map(JSON.int) ?? .null, "number": number.map(JSON.int) ?? .null,
            "title": name.map(JSON.string) ?? .null,
        ]
        return Array(",\"last_episode\":".utf8) + json.encoded()
    }
}
