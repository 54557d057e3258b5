internal import Files
internal import HTTP
internal import JSON
internal import Providers

/// What was watched: fetched from providers, stored here, listed in pages.
extension Companion {
    /// How many entries a page has when nobody says, as NowPlaying has it, and at most.
    private static let pageSizes = (standard: 5, most: 100)

    /// `{message, status: "processing"}`: begins a synchronisation, or joins the one that is going on.
    static func fetchHistory(_ kind: HistoryKind) -> Endpoint.Handler {
        { companion in
            { (call) throws(Problem) in try await companion.fetch(kind, call) }
        }
    }

    /// `{page, page_size, total_items, total_pages, movies: […]}`, newest first.
    static func readHistory(_ kind: HistoryKind) -> Endpoint.Handler {
        { companion in
            { (call) throws(Problem) in try await companion.list(kind, call) }
        }
    }

    private func fetch(_ kind: HistoryKind, _ call: Endpoint.Call) async throws(Problem) -> Response {
        let provider = try call.named()
        let wasGoingOn: Bool
        do throws(Problem) {
            wasGoingOn = try await history.begin(HistorySync.Key(account: try call.key(), kind: kind))
        } catch {
            guard error.code == "not_linked", var body = error.body.objectValue else { throw error }
            body["auth_url"] = .string(authenticationURL(provider, call.id))
            return .json(error.status, .object(body))
        }
        let what = kind == .movies ? "Movie" : "Show"
        return .json(
            200,
            [
                "message": .string(
                    wasGoingOn ? "\(what) sync is going on already" : "\(what) sync started in background"),
                "status": "processing",
            ])
    }

    private func list(_ kind: HistoryKind, _ call: Endpoint.Call) async throws(Problem) -> Response {
        let place = try await history.place(HistorySync.Key(account: try call.key(), kind: kind))
        let number = try call.whole("page", 1, in: 1...1_000_000_000)
        let size = try call.whole("page_size", Self.pageSizes.standard, in: 1...Self.pageSizes.most)
        let page = try await history.onDisk { () throws(FileError) in
            try HistoryList.page(number, size: size, of: place.list)
        }
        let pages = (page.total + size - 1) / size
        let head =
            "{\"page\":\(number),\"page_size\":\(size),\"total_items\":\(page.total),\"total_pages\":\(pages),"
            + "\"\(kind.rawValue)\":["
        return Response(
            status: 200, headers: ["Content-Type": "application/json"],
            body: .bytes(Array(head.utf8) + page.entries + Array("]}".utf8)))
    }

    /// `{ok, movies: {status, …}, shows: {…}}`: how the synchronisations of an account stand.
    func readSyncStatus(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let provider = try call.named()
        var answer: JSONObject = ["ok": true]
        for kind in HistoryKind.allCases where provider.hasHistory(kind) {
            answer[kind.rawValue] = try await status(HistorySync.Key(account: try call.key(), kind: kind))
        }
        if answer.members.count == 1 { _ = try await history.place(.init(account: try call.key(), kind: .movies)) }
        return .json(200, .object(answer))
    }

    private func status(_ key: HistorySync.Key) async throws(Problem) -> JSON {
        let place = try await history.place(key)
        if let progress = await history.progress(key) { return progress.json }
        let state = try await history.onDisk { () throws(FileError) in HistoryState.read(place) }
        let status = state.error != nil ? "failed" : state.syncedAt != nil ? "done" : "idle"
        var object: JSONObject = ["status": .string(status), "plays": .int(state.plays)]
        object["synced_at"] = state.syncedAt.map { Self.time(Double($0)) }
        object["error"] = state.error.map(JSON.string)
        object["message"] = state.message.map(JSON.string)
        return .object(object)
    }

    /// Removes what is stored of an account's history here; at the provider nothing changes.
    func forgetHistory(_ call: Endpoint.Call) async throws(Problem) -> Response {
        let provider = try call.named()
        var forgotten: [JSON] = []
        for kind in HistoryKind.allCases where provider.hasHistory(kind) {
            let key = HistorySync.Key(account: try call.key(), kind: kind)
            if try await history.forget(key) { forgotten.append(.string(kind.rawValue)) }
        }
        if !forgotten.isEmpty { parts.log.info("history forgotten", try call.key()) }
        return .json(200, ["ok": true, "forgotten": .array(forgotten)])
    }
}

extension HistorySync.Progress {
    fileprivate var json: JSON {
        var object: JSONObject = [
            "status": retryAt == nil ? "processing" : "waiting", "page": .int(read), "plays": .int(plays),
            "started_at": Companion.time(startedAt),
        ]
        object["pages"] = pages.map(JSON.int)
        object["items"] = items.map(JSON.int)
        object["retry_at"] = retryAt.map { Companion.time($0.rounded(.up)) }
        object["message"] = message.map(JSON.string)
        return .object(object)
    }
}

extension Endpoint.Call {
    /// A whole number of the query.
    fileprivate func whole(_ name: String, _ standard: Int, in range: ClosedRange<Int>) throws(Problem) -> Int {
        let given = request.queryItems.filter { $0.name == name }.map(\.value)
        guard let text = given.first else { return standard }
        guard given.count == 1, let number = Int(text), range.contains(number) else {
            throw Problem(
                422, "bad_page", "'\(name)' must be a whole number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}
