internal import Crypto
internal import JSON

/// One line of the journal of a history.
enum HistoryRecord: Sendable, Equatable {
    /// A page that a provider has answered.
    case page(Page)
    /// The end of a walk through all pages, or through as many as were needed.
    case end(End)

    struct Page: Sendable, Equatable {
        /// Which walk it belongs to.
        var walk: Int
        /// How many plays the provider has in all, as far as it tells.
        var items: Int?
        /// The entries of the page that could not be read.
        var unread = 0
        /// Films and series that are new, or have changed.
        var titles: [Title] = []
        /// The plays that were not known before.
        var plays: [Play] = []
        /// The plays that were.
        var seen: [UInt64] = []
        /// The page to ask for after this one; nil when the walk ends here.
        var next: Int?
    }

    struct Title: Sendable, Equatable {
        var key: String
        /// What the lists show of it: JSON, which is kept and answered as it is.
        var text: String
        /// When something was added to it, in seconds since 1970.
        var updatedAt: Int
    }

    struct Play: Sendable, Equatable {
        /// The beginning of the digest of the provider's id.
        var id: UInt64
        var watchedAt: Int
        var key: String
        var season: Int?
        var episode: Int?
        var episodeTitle: String?
    }

    struct End: Sendable, Equatable {
        var walk: Int
        /// Whether every page was seen, so that what was not seen is gone at the provider.
        var isWhole: Bool
        var at: Int
    }

    /// What is kept of a text that tells something from all others.
    static func digest(_ text: String) -> UInt64 {
        Crypto.sha256(text.utf8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }
}

// MARK: As lines

extension HistoryRecord {
    var json: JSON {
        switch self {
        case .end(let end): ["end": .int(end.walk), "whole": .bool(end.isWhole), "at": .int(end.at)]
        case .page(let page): page.json
        }
    }

    init?(_ json: JSON) {
        if let walk = json["end"]?.intValue, let isWhole = json["whole"]?.boolValue, let at = json["at"]?.intValue {
            self = .end(End(walk: walk, isWhole: isWhole, at: at))
        } else if let page = Page(json) {
            self = .page(page)
        } else {
            return nil
        }
    }
}

extension HistoryRecord.Page {
    fileprivate var json: JSON {
        var object: JSONObject = ["page": .int(walk)]
        object["items"] = items.map(JSON.int)
        if unread > 0 { object["unread"] = .int(unread) }
        if !titles.isEmpty {
            object["titles"] = .array(titles.map { [.string($0.key), .string($0.text), .int($0.updatedAt)] })
        }
        if !plays.isEmpty { object["plays"] = .array(plays.map(\.json)) }
        if !seen.isEmpty { object["seen"] = .array(seen.map { .string(String($0, radix: 16)) }) }
        object["next"] = next.map(JSON.int)
        return .object(object)
    }

    fileprivate init?(_ json: JSON) {
        guard let walk = json["page"]?.intValue else { return nil }
        self.walk = walk
        (items, next) = (json["items"]?.intValue, json["next"]?.intValue)
        unread = json["unread"]?.intValue ?? 0
        titles = (json["titles"]?.arrayValue ?? []).compactMap { pair in
            guard let parts = pair.arrayValue, parts.count == 3, let key = parts[0].stringValue,
                let text = parts[1].stringValue, let at = parts[2].intValue
            else { return nil }
            return HistoryRecord.Title(key: key, text: text, updatedAt: at)
        }
        plays = (json["plays"]?.arrayValue ?? []).compactMap(HistoryRecord.Play.init)
        seen = (json["seen"]?.arrayValue ?? []).compactMap { $0.stringValue.flatMap { UInt64($0, radix: 16) } }
    }
}

extension HistoryRecord.Play {
    fileprivate var json: JSON {
        var parts: [JSON] = [.string(String(id, radix: 16)), .int(watchedAt), .string(key)]
        if season != nil || episode != nil || episodeTitle != nil {
            parts += [season.map(JSON.int) ?? .null, episode.map(JSON.int) ?? .null]
        }
        if let episodeTitle { parts.append(.string(episodeTitle)) }
        return .array(parts)
    }

    fileprivate init?(_ json: JSON) {
        guard let parts = json.arrayValue, parts.count >= 3,
            let id = parts[0].stringValue.flatMap({ UInt64($0, radix: 16) }), let watchedAt = parts[1].intValue,
            let key = parts[2].stringValue
        else { return nil }
        self.init(id: id, watchedAt: watchedAt, key: key)
        if parts.count > 4 { (season, episode) = (parts[3].intValue, parts[4].intValue) }
        if parts.count > 5 { episodeTitle = parts[5].stringValue }
    }
}
