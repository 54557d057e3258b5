internal import HTTP
internal import JSON

/// What the account of a simulated provider has watched, newest first. It is made up: titles have numbers.
struct WatchHistory: Sendable {
    /// One time at which something was watched.
    struct Play: Sendable {
        let id: Int
        let title: Int
        let watchedAt: Int
    }

    private(set) var plays: [Play] = []
    private var serial = 0

    private static let firstTime = 1_500_000_000
    private static let pause = 600

    /// Adds plays.
    ///
    /// - Parameters:
    ///   - titles: of how many titles, in turn; nil when each is of another one.
    ///   - isEarlier: whether they are older than all others, as when somebody enters what they watched long ago.
    mutating func watch(_ count: Int, titles: Int?, isEarlier: Bool) {
        var more: [Play] = []
        for _ in 0..<count {
            let past = isEarlier ? plays.last?.watchedAt : plays.first?.watchedAt
            let edge = past ?? Self.firstTime
            let steps = (more.count + 1) * Self.pause
            more.append(
                Play(
                    id: 7_000_000_000 + serial, title: titles.map { serial % max(1, $0) } ?? serial,
                    watchedAt: isEarlier ? max(0, edge - steps) : edge + steps))
            serial += 1
        }
        plays = isEarlier ? plays + more : more.reversed() + plays
    }

    /// Removes one play, counted from the newest.
    mutating func unwatch(_ index: Int) {
        if plays.indices.contains(index) { plays.remove(at: index) }
    }

    /// A page as Trakt gives it (https://docs.trakt.tv/docs/pagination; pull request 925 of trakt-api: 100 plays when
    /// nobody says how many, and 250 at most).
    func page(_ call: Call, _ kind: String) -> Response {
        let limit = min(max(1, call.query("limit").flatMap { Int($0) } ?? 100), 250)
        let number = min(max(1, call.query("page").flatMap { Int($0) } ?? 1), 10_000_000)
        let part = plays.dropFirst((number - 1) * limit).prefix(limit)
        var response = Response.json(200, .array(part.map { Self.entry($0, kind) }))
        let counts = [
            ("Page", number), ("Limit", limit), ("Page-Count", (plays.count + limit - 1) / limit),
            ("Item-Count", plays.count),
        ]
        for (name, count) in counts { response.headers["X-Pagination-\(name)"] = String(count) }
        return response
    }

    private static func entry(_ play: Play, _ kind: String) -> JSON {
        let number = play.title + 1
        let movie = kind == "movies"
        let title: JSON = [
            "title": .string("\(movie ? "Film" : "Series") \(number)"), "year": .int(1950 + number % 75),
            "ids": [
                "trakt": .int(number), "slug": .string("\(movie ? "film" : "series")-\(number)"),
                "imdb": .string("tt\(number)"), "tmdb": .int(100_000 + number),
            ],
        ]
        var entry: JSONObject = [
            "id": .int(play.id), "watched_at": .string(Timestamp.iso8601(play.watchedAt).dropLast() + ".000Z"),
            "action": "watch", "type": movie ? "movie" : "episode",
        ]
        if movie {
            entry["movie"] = title
        } else {
            entry["episode"] = [
                "season": .int(1 + play.id % 3), "number": .int(1 + play.id % 20),
                "title": .string("Episode \(play.id % 100)"), "ids": ["trakt": .int(play.id)],
            ]
            entry["show"] = title
        }
        return .object(entry)
    }
}

extension Simulator {
    /// Adds plays to what the account has watched: `movies` or `shows`, newer than all others, or older than all.
    ///
    /// - Parameter titles: of how many films or series, in turn; nil when each play is of another one.
    public func watch(
        _ provider: SimulatedProvider, _ kind: String, count: Int, titles: Int? = nil, isEarlier: Bool = false
    ) {
        update(provider) {
            $0.history[kind, default: WatchHistory()].watch(count, titles: titles, isEarlier: isEarlier)
        }
    }

    /// Removes a play, counted from the newest.
    public func unwatch(_ provider: SimulatedProvider, _ kind: String, index: Int) {
        update(provider) { $0.history[kind]?.unwatch(index) }
    }
}
