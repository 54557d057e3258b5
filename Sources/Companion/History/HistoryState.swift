internal import Files
internal import JSON

/// What is kept of a history's synchronisation, besides the history.
struct HistoryState: Sendable, Equatable {
    /// Whether one is going on: a process that finds this when it starts goes on with it.
    var isRunning = false
    /// When one ended well last, in seconds since 1970.
    var syncedAt: Int?
    /// How many plays there were then.
    var plays = 0
    /// Why the last one ended otherwise.
    var error: String?
    var message: String?

    var json: JSON {
        var object: JSONObject = ["running": .bool(isRunning), "plays": .int(plays)]
        object["synced_at"] = syncedAt.map(JSON.int)
        object["error"] = error.map(JSON.string)
        object["message"] = message.map(JSON.string)
        return .object(object)
    }

    /// What a file says; what cannot be read says nothing.
    static func read(_ place: HistoryPlace) -> HistoryState {
        var state = HistoryState()
        guard let bytes = try? Files.read(place.state, limit: 65_536), let json = try? JSON.parse(bytes) else {
            return state
        }
        state.isRunning = json["running"]?.boolValue ?? false
        state.syncedAt = json["synced_at"]?.intValue
        state.plays = json["plays"]?.intValue ?? 0
        state.error = json["error"]?.stringValue
        state.message = json["message"]?.stringValue
        return state
    }

    func write(_ place: HistoryPlace) throws(FileError) {
        try Files.writeDurably(json.encoded(pretty: true), to: place.state)
    }
}
