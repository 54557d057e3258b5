internal import Files
internal import JSON

extension HistoryLedger {
    /// What is known, as few records: those of one walk that has ended.
    func eachRecord(_ write: (HistoryRecord) throws(FileError) -> Void) throws(FileError) {
        var keys: [String] = []
        for chunk in stride(from: 0, to: titles.count, by: Self.chunk) {
            var page = HistoryRecord.Page(walk: lastWalk)
            for title in titles[chunk..<min(chunk + Self.chunk, titles.count)] {
                let bytes = Array(text[title.text])
                let key = (try? JSON.parse(bytes))?["id"]?.stringValue ?? ""
                keys.append(key)
                page.titles.append(
                    HistoryRecord.Title(
                        key: key, text: String(decoding: bytes, as: UTF8.self), updatedAt: title.updatedAt))
            }
            try write(.page(page))
        }
        var page = HistoryRecord.Page(walk: lastWalk)
        for (id, play) in plays {
            page.plays.append(record(id, play, key: keys[Int(play.title)]))
            if page.plays.count < Self.chunk { continue }
            try write(.page(page))
            page.plays = []
        }
        try write(.page(page))
        try write(.end(HistoryRecord.End(walk: lastWalk, isWhole: false, at: 0)))
    }

    private static let chunk = 500

    private func record(_ id: UInt64, _ play: Play, key: String) -> HistoryRecord.Play {
        let title = titles[Int(play.title)]
        return HistoryRecord.Play(
            id: id, watchedAt: play.watchedAt, key: key, season: Self.number(play.season),
            episode: Self.number(play.episode),
            episodeTitle: play.watchedAt == title.episodeTime ? title.episodeTitle : nil)
    }

    static func number(_ small: Int32) -> Int? { small == .min ? nil : Int(small) }
}
