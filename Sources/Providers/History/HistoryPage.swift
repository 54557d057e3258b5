public import JSON

/// One time at which something was watched.
public struct HistoryPlay: Sendable, Equatable {
    /// What tells it from all others of the account and kind.
    public var id: String
    /// When, in seconds since 1970.
    public var watchedAt: Int
    /// What tells the film or the series from all others.
    public var key: String
    /// The film or the series.
    public var title: HistoryTitle
    /// The number of the season, where the provider tells.
    public var season: Int?
    /// The number of the episode within its season.
    public var episode: Int?
    /// The title of the episode.
    public var episodeTitle: String?

    /// A play.
    public init(
        id: String, watchedAt: Int, key: String, title: HistoryTitle, season: Int? = nil, episode: Int? = nil,
        episodeTitle: String? = nil
    ) {
        self.id = id
        self.watchedAt = watchedAt
        self.key = key
        self.title = title
        self.season = season
        self.episode = episode
        self.episodeTitle = episodeTitle
    }
}

/// A film or a series.
public struct HistoryTitle: Sendable, Equatable {
    /// Its name.
    public var title: String
    /// When it came out, where the provider tells.
    public var year: Int?
    /// Its ids: `{"trakt": 1, "imdb": "tt0000001"}`. Only texts and numbers.
    public var ids: JSONObject

    /// A title.
    public init(title: String, year: Int? = nil, ids: JSONObject = [:]) {
        self.title = title
        self.year = year
        self.ids = ids
    }
}

/// What a provider answered to the question for a page.
public struct HistoryPage: Sendable, Equatable {
    /// The plays, as they came.
    public var plays: [HistoryPlay]
    /// How many entries of the list were no plays that can be read.
    public var unread: Int
    /// How many pages there are, where the provider tells.
    public var pages: Int?
    /// How many plays there are, where the provider tells.
    public var items: Int?

    /// A page.
    public init(plays: [HistoryPlay], unread: Int = 0, pages: Int? = nil, items: Int? = nil) {
        self.plays = plays
        self.unread = unread
        self.pages = pages
        self.items = items
    }
}
