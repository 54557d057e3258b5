internal import JSON
internal import Providers

/// What is known of one history while it is synchronised: every play once, and how far the walk has come.
///
/// It is made by playing the journal's records again, so that what is in memory is always what is on the disk. Plays
/// are small values, and titles are kept as text in one piece: there may be very many.
struct HistoryLedger: Sendable {
    struct Play: Sendable {
        let watchedAt: Int
        let title: Int32
        /// The last walk in which the provider had it.
        var walk: Int32
        /// `Int32.min` where the provider does not tell.
        let season: Int32
        let episode: Int32
    }

    struct Title: Sendable {
        /// Where its text is.
        var text: Range<Int>
        var updatedAt: Int
        /// The title of its newest episode, and whose it is.
        var episodeTitle: String?
        var episodeTime = Int.min
    }

    /// How far the walk has come that is going on.
    struct Walk: Sendable, Equatable {
        var number: Int
        /// The page to ask for next; nil when all were seen.
        var next: Int?
        /// How many plays the provider had when it answered last.
        var items: Int?
        var unread = 0
    }

    private(set) var plays: [UInt64: Play] = [:]
    private(set) var titles: [Title] = []
    private(set) var text: [UInt8] = []
    private var indices: [UInt64: Int32] = [:]
    /// The walk that was begun and has not ended.
    private(set) var walk: Walk?
    private(set) var lastWalk = 0
    /// When every page was seen last, in seconds since 1970, and how many entries could not be read then.
    private(set) var wholeAt: Int?
    private(set) var unread = 0
    /// How many entries the records had that made it: many more than there are plays means that most say nothing new.
    private(set) var entries = 0

    /// What the head of a journal says: what went before its first record.
    init(lastWalk: Int = 0, wholeAt: Int? = nil, unread: Int = 0) {
        (self.lastWalk, self.wholeAt, self.unread) = (lastWalk, wholeAt, unread)
    }

    // MARK: Records

    /// Takes what a record says.
    mutating func apply(_ record: HistoryRecord) {
        switch record {
        case .page(let page): apply(page)
        case .end(let end): apply(end)
        }
    }

    private mutating func apply(_ page: HistoryRecord.Page) {
        if walk?.number != page.walk { walk = Walk(number: page.walk) }
        lastWalk = max(lastWalk, page.walk)
        let number = Int32(clamping: page.walk)
        for title in page.titles { put(title) }
        for play in page.plays { put(play, walk: number) }
        for id in page.seen { plays[id]?.walk = number }
        walk?.next = page.next
        walk?.items = page.items
        walk?.unread += page.unread
        entries += page.plays.count + page.seen.count + 1
    }

    private mutating func put(_ title: HistoryRecord.Title) {
        let range = text.count..<(text.count + title.text.utf8.count)
        text += title.text.utf8
        let key = HistoryRecord.digest(title.key)
        if let index = indices[key] {
            titles[Int(index)].text = range
            titles[Int(index)].updatedAt = max(titles[Int(index)].updatedAt, title.updatedAt)
        } else if let index = Int32(exactly: titles.count) {
            indices[key] = index
            titles.append(Title(text: range, updatedAt: title.updatedAt))
        }
    }

    private mutating func put(_ play: HistoryRecord.Play, walk: Int32) {
        guard plays[play.id] == nil, let index = indices[HistoryRecord.digest(play.key)] else { return }
        plays[play.id] = Play(
            watchedAt: play.watchedAt, title: index, walk: walk, season: Self.small(play.season),
            episode: Self.small(play.episode))
        if let name = play.episodeTitle, play.watchedAt >= titles[Int(index)].episodeTime {
            titles[Int(index)].episodeTitle = name
            titles[Int(index)].episodeTime = play.watchedAt
        }
    }

    private static func small(_ number: Int?) -> Int32 { number.map { Int32(clamping: $0) } ?? .min }

    private mutating func apply(_ end: HistoryRecord.End) {
        if end.isWhole {
            let number = Int32(clamping: end.walk)
            plays = plays.filter { $0.value.walk == number }
            wholeAt = end.at
            unread = walk?.unread ?? 0
        }
        lastWalk = max(lastWalk, end.walk)
        walk = nil
        entries += 1
    }

    // MARK: A page that came

    /// Whether a title is known exactly so.
    private func knows(_ text: String, _ key: String) -> Bool {
        guard let index = indices[HistoryRecord.digest(key)] else { return false }
        return self.text[titles[Int(index)].text].elementsEqual(text.utf8)
    }

    /// The record of a page: what it says that was not known. Plays and titles that come twice are recorded once.
    func record(_ page: HistoryPage, walk: Int, next: Int?, at now: Int) -> HistoryRecord.Page {
        var record = HistoryRecord.Page(walk: walk, items: page.items, unread: page.unread, next: next)
        var (met, fresh): (Set<UInt64>, Set<String>) = ([], [])
        for play in page.plays {
            let id = HistoryRecord.digest(play.id)
            guard met.insert(id).inserted else { continue }
            guard plays[id] == nil else {
                record.seen.append(id)
                continue
            }
            fresh.insert(play.key)
            record.plays.append(
                HistoryRecord.Play(
                    id: id, watchedAt: play.watchedAt, key: play.key, season: play.season, episode: play.episode,
                    episodeTitle: play.episodeTitle))
        }
        var named: Set<String> = []
        for play in page.plays where named.insert(play.key).inserted {
            let text = play.title.text(key: play.key)
            guard fresh.contains(play.key) || !knows(text, play.key) else { continue }
            record.titles.append(HistoryRecord.Title(key: play.key, text: text, updatedAt: now))
        }
        return record
    }
}

extension HistoryTitle {
    /// What lists show.
    fileprivate func text(key: String) -> String {
        let json: JSON = [
            "id": .string(key), "title": .string(title), "year": year.map(JSON.int) ?? .null, "image_url": .null,
            "ids": .object(ids),
        ]
        return String(decoding: json.encoded(), as: UTF8.self)
    }
}
