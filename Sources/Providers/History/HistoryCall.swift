internal import JSON

/// What somebody has watched. The words are those of the descriptions and of the endpoints.
public enum HistoryKind: String, Sendable, Equatable, CaseIterable {
    /// Films.
    case movies
    /// Series, by their episodes.
    case shows
}

/// How a provider is asked for one kind of history: a request for a page, and where the plays are in its answer.
struct HistoryCall: Sendable, Equatable {
    /// Where the parts of a play are, within one element of the list.
    struct Item: Sendable, Equatable {
        /// What tells this play from all others; when the provider has no such thing, the film and the time do.
        var id: [String] = []
        var watchedAt: [String] = []
        /// What tells the film or the series from all others.
        var key: [String] = []
        var title: [String] = []
        var year: [String] = []
        /// An object of ids of other services.
        var ids: [String] = []
        var season: [String] = []
        var episode: [String] = []
        var episodeTitle: [String] = []
    }

    /// Where the provider says how much there is.
    enum Place: Sendable, Equatable {
        case header(String)
        case body(String)
    }

    /// How the pages are counted.
    struct Paging: Sendable, Equatable {
        /// How many plays a page has.
        let limit: Int
        /// The number of the first page.
        let first: Int
        let pages: Place?
        let items: Place?
    }

    let call: Call
    /// Where the list is; nil when the answer is the list.
    let list: String?
    let item: Item
    /// Nil when all comes in one answer.
    let paging: Paging?
}

extension HistoryCall.Place {
    /// The whole number that stands there, if one does.
    func number(_ response: ProviderResponse, _ body: JSON?) -> Int? {
        let found: Int? =
            switch self {
            case .header(let name): response.header(name).flatMap { Int($0) }
            case .body(let path): body?[path: path]?.intValue
            }
        return found.flatMap { 0...100_000_000 ~= $0 ? $0 : nil }
    }
}
