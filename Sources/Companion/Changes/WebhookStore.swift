internal import Files
internal import JSON

/// `<data>/telling/webhooks.json`: what waits to be posted.
struct WebhookStore: Sendable {
    private let path: String
    /// Held as long as this process keeps the file; nil when another one does, and then nothing is kept.
    private let lock: FileLock?

    init(folder: String) {
        path = Files.join(folder, "webhooks.json")
        try? Files.makeFolder(folder, mode: 0o700)
        lock = try? FileLock(path + ".lock")
    }

    var isKept: Bool { lock != nil }

    /// What an earlier process has left. May block.
    func read() -> [WebhookPost] {
        guard isKept, let bytes = try? Files.read(path), let json = try? JSON.parse(bytes) else { return [] }
        return (json["posts"]?.arrayValue ?? []).compactMap(WebhookPost.init)
    }

    /// Keeps what waits now, durably. May block.
    func write(_ posts: [WebhookPost]) throws(FileError) {
        guard isKept else { return }
        let json: JSON = ["posts": .array(posts.map(\.json))]
        try Files.writeDurably(json.encoded(), to: path)
    }
}
