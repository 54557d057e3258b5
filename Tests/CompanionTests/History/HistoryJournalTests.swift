import Files
import JSON
import Providers
import TestSupport
import Testing

@testable import Companion

/// What is kept of a history, in real files, whatever becomes of the process.
@Suite(.timeLimit(.minutes(1))) struct HistoryJournalTests {
    private let folder: TemporaryFolder
    private let place: HistoryPlace
    private let now = 1_790_000_000

    init() throws {
        folder = try TemporaryFolder()
        let id = AccountID(owner: "default", account: "default")
        place = HistoryPlace(root: folder("history"), FlowEngine.Key(provider: "demo", id: id), .movies)
    }

    /// Opens the journal that was closed just now. A process that another test starts has its lock for a moment, too.
    private func open(_ account: String?, linkedAt: Int? = 1) throws -> HistoryJournal {
        while true {
            do throws(FileError) {
                return try HistoryJournal(place, account: account, linkedAt: linkedAt)
            } catch {
                guard error.isLockHeld else { throw error }
            }
        }
    }

    private func play(_ number: Int, title: Int? = nil) -> HistoryPlay {
        let key = "\(title ?? number)"
        return HistoryPlay(
            id: "id-\(number)", watchedAt: 1_000_000 + number * 60, key: key,
            title: HistoryTitle(title: "Film \(key)", year: 1990, ids: ["demo": .string(key)]))
    }

    private func page(_ numbers: some Sequence<Int>, items: Int? = nil, titles: Int? = nil) -> HistoryPage {
        HistoryPage(plays: numbers.map { number in play(number, title: titles.map { number % $0 }) }, items: items)
    }

    /// Adds pages of four, newest first.
    private func fill(_ journal: HistoryJournal, _ count: Int, titles: Int? = nil) throws -> HistoryJournal.Step {
        let walk = HistoryWalk(first: 1, limit: 4)
        var (number, step): (Int, HistoryJournal.Step?) = (1, nil)
        while true {
            let from = count - (number - 1) * 4
            let numbers = (max(1, from - 3)...max(1, from)).reversed()
            step = try journal.add(
                page(from < 1 ? [] : Array(numbers), items: count, titles: titles), number: number, walk, at: now)
            guard let next = step?.next else { return try #require(step) }
            number = next
        }
    }

    private func listed() throws -> JSON {
        let page = try HistoryList.page(1, size: 100, of: place.list)
        return try JSON.parse(Array("[".utf8) + page.entries + Array("]".utf8))
    }

    @Test func `a journal that was cut anywhere is read to its last whole line, and goes on from there`() throws {
        var journal: HistoryJournal? = try open("sean")
        #expect(try fill(try #require(journal), 11) == .init(next: nil, plays: 11, isComplete: true, isListOld: true))
        journal = nil
        let bytes = try Files.read(place.journal)
        var ends: [Int] = []
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { ends.append(index + 1) }
        // The head, three pages, the end.
        #expect(ends.count == 5)
        for length in 0...bytes.count {
            try Files.write(Array(bytes.prefix(length)), to: place.journal, mode: 0o600)
            var journal: HistoryJournal? = try open("sean")
            let lines = ends.count { $0 <= length }
            #expect(journal?.plays == [0, 0, 4, 8, 11, 11][lines], "\(length)")
            #expect(journal?.walk?.next == [nil, nil, 2, 3, nil, nil][lines])
            journal = nil
            #expect(try OpenFile(reading: place.journal).size == (lines == 0 ? ends[0] : ends[lines - 1]))
        }
    }

    @Test func `a byte that has changed ends what is believed`() throws {
        var journal: HistoryJournal? = try open(nil)
        _ = try fill(try #require(journal), 11)
        journal = nil
        var bytes = try Files.read(place.journal)
        bytes[bytes.count / 2] ^= 1
        try Files.write(bytes, to: place.journal, mode: 0o600)
        journal = try open(nil)
        #expect(journal?.plays == 4)
        #expect(journal?.walk?.next == 2)
        #expect(try fill(try #require(journal), 11).plays == 11)
    }

    @Test func `a play counts once, however often it comes`() throws {
        let journal = try open(nil)
        let walk = HistoryWalk(first: 1, limit: 4)
        #expect(try journal.add(page([4, 4, 3, 4]), number: 1, walk, at: now).plays == 2)
        #expect(try journal.add(page([4, 3, 2, 1]), number: 2, walk, at: now).plays == 4)
        #expect(try journal.add(page([1]), number: 3, walk, at: now).next == nil)
        try journal.writeList(.movies)
        #expect(try listed().arrayValue?.map { $0.text("movie.title") } == ["Film 4", "Film 3", "Film 2", "Film 1"])
    }

    @Test func `a title that has changed is listed as it is now, and one with a new play as updated`() throws {
        let journal = try open(nil)
        let walk = HistoryWalk(first: 1, limit: nil)
        _ = try journal.add(page([1, 2], titles: 2), number: 1, walk, at: now - 7200)
        var page = page([2, 1, 4], titles: 2)
        page.plays[1].title.title = "Renamed"
        let step = try journal.add(page, number: 1, walk, at: now)
        #expect(step.plays == 3 && step.isListOld)
        try journal.writeList(.movies)
        let films = try listed().arrayValue ?? []
        #expect(films.map { $0.text("movie.title") } == ["Film 0", "Renamed"])
        #expect(films.map { $0.text("last_updated_at") } == ["2026-09-21T14:13:20Z", "2026-09-21T14:13:20Z"])
        #expect(films.map { $0["plays"] } == [2, 1])
    }

    @Test func `one process has it at a time`() throws {
        let journal = try open(nil)
        #expect(throws: FileError.self) { try HistoryJournal(place, account: nil, linkedAt: 1) }
        #expect(journal.plays == 0)
    }

    @Test func `the history of another account is not mixed with it`() throws {
        var journal: HistoryJournal? = try open("sean")
        _ = try fill(try #require(journal), 3)
        try journal?.writeList(.movies)
        journal = nil
        journal = try open(nil)
        #expect(journal?.plays == 3)
        journal = nil
        journal = try open("dora")
        #expect(journal?.plays == 0)
        #expect(try HistoryList.page(1, size: 5, of: place.list) == HistoryList.Page())
    }

    @Test func `while it is not known whose it is, another connection is another person`() throws {
        func plays(_ account: String?, linkedAt: Int?, adding count: Int = 0) throws -> Int {
            let journal = try open(account, linkedAt: linkedAt)
            let before = journal.plays
            if count > 0 { _ = try fill(journal, count) }
            return before
        }
        #expect(try plays("sean", linkedAt: 1, adding: 3) == 0)
        #expect(try plays(nil, linkedAt: 2, adding: 5) == 0)
        #expect(try plays("dora", linkedAt: 2) == 5)
        #expect(try plays("sean", linkedAt: 3, adding: 3) == 0)
        #expect(try plays("sean", linkedAt: 4) == 3)
        #expect(try plays(nil, linkedAt: nil, adding: 2) == 0)
        #expect(try plays(nil, linkedAt: nil) == 0)
    }

    @Test func `what is written anew says the same in less`() throws {
        var journal: HistoryJournal? = try open("sean")
        let all = page((1...60).reversed(), items: 60, titles: 7)
        for turn in 0..<40 {
            _ = try journal?.add(all, number: 1, HistoryWalk(first: 1, limit: nil), at: now - 40 + turn)
        }
        try journal?.writeList(.movies)
        let (list, size) = (try listed(), try OpenFile(reading: place.journal).size)
        try journal?.compact()
        journal = nil
        #expect(try OpenFile(reading: place.journal).size < size / 5)
        journal = try open("sean")
        #expect(journal?.plays == 60)
        try Files.remove(place.list)
        journal = nil
        journal = try open("sean")
        try journal?.writeList(.movies)
        #expect(try listed() == list)
        // Nothing is new: one page is enough, and nothing is written.
        let before = try OpenFile(reading: place.journal).size
        let walk = HistoryWalk(first: 1, limit: 4)
        let step = try journal?.add(page([60, 59, 58, 57], items: 60, titles: 7), number: 1, walk, at: now + 60)
        #expect(step == .init(next: nil, plays: 60, isComplete: true, isListOld: false))
        #expect(try OpenFile(reading: place.journal).size == before)
    }

    @Test func `a list that is no list is an error, and an absent one is empty`() throws {
        #expect(try HistoryList.page(1, size: 5, of: place.list) == HistoryList.Page())
        try place.makeFolder()
        for text in ["", "x", String(repeating: "x", count: 100), String(repeating: "\u{FF}", count: 40) + "LKHIST1\n"]
        {
            try Files.write(Array(text.utf8), to: place.list, mode: 0o600)
            #expect(throws: FileError.self) { try HistoryList.page(1, size: 5, of: place.list) }
        }
    }

    @Test func `of very many plays of one series the newest are listed, and all are counted`() throws {
        let journal = try open(nil)
        let plays = (1...150).map { number in
            var play = play(number, title: 1)
            (play.season, play.episode, play.episodeTitle) = (1, number, "Part \(number)")
            return play
        }
        _ = try journal.add(HistoryPage(plays: plays), number: 1, HistoryWalk(first: 1, limit: nil), at: now)
        try journal.writeList(.shows)
        let show = try #require(try listed().arrayValue?.first)
        #expect(show["plays"] == 150)
        #expect(show["times"]?.arrayValue?.count == HistoryList.mostTimes)
        #expect(show["last_episode"] == ["season": 1, "number": 150, "title": "Part 150"])
        #expect(show["last_updated_at"] == "2026-09-21T14:13:20Z")
    }
}

extension JSON {
    fileprivate func text(_ path: String) -> String { self[path: path]?.stringValue ?? "" }
}
