internal import JSON

/// The section `history`: what was watched.
extension DescriptionReader {
    private static let itemKeys = [
        "id", "watched_at", "key", "title", "year", "ids", "season", "episode", "episode_title",
    ]

    /// The histories that the provider can be asked for; `kept` are the values that the sign-ins leave.
    mutating func history(_ object: Object, kept: Set<String>) -> [HistoryKind: HistoryCall] {
        guard let node = object["history"],
            let inner = self.object(node, "'history'", keys: HistoryKind.allCases.map(\.rawValue))
        else { return [:] }
        if inner.members.isEmpty { report(node, "'history' needs 'movies' or 'shows'") }
        known = baseNames.union(kept).union(["access_token", "redirect_uri"])
        var histories: [HistoryKind: HistoryCall] = [:]
        for kind in HistoryKind.allCases {
            if let node = inner[kind.rawValue] { histories[kind] = history(node, kind) }
        }
        return histories
    }

    private mutating func history(_ node: SourcedJSON, _ kind: HistoryKind) -> HistoryCall? {
        let what = "'\(kind.rawValue)'"
        let keys = Self.callKeys.filter { $0 != "map" } + ["list", "item", "paging"]
        guard let object = object(node, what, keys: keys) else { return nil }
        let paging = paging(object)
        let counts = object["paging"] == nil ? [] : ["page", "limit", "offset"]
        known.formUnion(counts)
        defer { known.subtract(counts) }
        // Which keys there are was looked at above.
        let call = call(node, what, extra: ["list", "item", "paging"], Defaults())
        let list = string(object, "list")
        if let list, let node = object["list"] { _ = isPath(list, node) }
        if let call, object["paging"] != nil, !call.request.names.contains(where: { ["page", "offset"].contains($0) }) {
            report(node, "with 'paging' the request must carry '{{page}}' or '{{offset}}'")
        }
        let item = item(object, kind)
        guard let call, let item else { return nil }
        return HistoryCall(call: call, list: list, item: item, paging: paging)
    }

    private mutating func item(_ object: Object, _ kind: HistoryKind) -> HistoryCall.Item? {
        guard let node = object["item"] else {
            missing("item", in: object)
            return nil
        }
        let keys = kind == .shows ? Self.itemKeys : Array(Self.itemKeys.prefix(6))
        guard let inner = self.object(node, "'item'", keys: keys) else { return nil }
        for key in ["watched_at", "key", "title"] where inner[key] == nil { missing(key, in: inner) }
        func at(_ key: String) -> [String] { inner[key].map { paths($0, key) } ?? [] }
        var item = HistoryCall.Item()
        (item.id, item.watchedAt, item.key) = (at("id"), at("watched_at"), at("key"))
        (item.title, item.year, item.ids) = (at("title"), at("year"), at("ids"))
        (item.season, item.episode, item.episodeTitle) = (at("season"), at("episode"), at("episode_title"))
        return item
    }

    private mutating func paging(_ object: Object) -> HistoryCall.Paging? {
        guard let node = object["paging"],
            let inner = self.object(node, "'paging'", keys: ["limit", "first", "pages", "items"])
        else { return nil }
        if inner["limit"] == nil { missing("limit", in: inner) }
        let limit = whole(inner, "limit", 1...10_000) ?? 100
        let first = whole(inner, "first", 0...1) ?? 1
        return HistoryCall.Paging(
            limit: limit, first: first, pages: place(inner, "pages"), items: place(inner, "items"))
    }

    private mutating func whole(_ object: Object, _ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let node = object[key] else { return nil }
        if case .int(let number) = node.value, range.contains(number) { return number }
        report(node, "'\(key)' must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        return nil
    }

    /// `{ header: "X-Pagination-Page-Count" }` or `{ at: "meta.pages" }`.
    private mutating func place(_ object: Object, _ key: String) -> HistoryCall.Place? {
        guard let node = object[key], let inner = self.object(node, "'\(key)'", keys: ["header", "at"]) else {
            return nil
        }
        if inner.members.count != 1 {
            report(node, "'\(key)' needs either 'header' or 'at'")
            return nil
        }
        if let name = string(inner, "header") { return .header(name) }
        guard let path = string(inner, "at"), let node = inner["at"], isPath(path, node) else { return nil }
        return .body(path)
    }
}
