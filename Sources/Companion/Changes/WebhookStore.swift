internal import Crypto
internal import Files
internal import Glibc
internal import JSON

/// `<data>/telling/webhooks.json`: what waits to be posted. The server keeps it; a command that runs beside it leaves what it
/// could not post in a file of its own, `post-….json`, which the server takes over.
struct WebhookStore: Sendable {
    private let folder: String
    private let path: String
    /// Held as long as this process keeps the file; nil when another one does.
    private let lock: FileLock?

    init(folder: String) {
        self.folder = folder
        path = Files.join(folder, "webhooks.json")
        try? Files.makeFolder(folder, mode: 0o700)
        lock = try? FileLock(path + ".lock")
    }

    /// Whether this process keeps the file.
    var isKeeper: Bool { lock != nil }

    /// What an earlier process has left. May block.
    func read() -> [WebhookPost] { isKeeper ? Self.posts(path) : [] }

    private static func posts(_ path: String) -> [WebhookPost] {
        guard let bytes = try? Files.read(path), let json = try? JSON.parse(bytes) else { return [] }
        return (json["posts"]?.arrayValue ?? []).compactMap(WebhookPost.init)
    }

    /// Keeps what waits now, durably. May block.
    func write(_ posts: [WebhookPost]) throws(FileError) {
        if isKeeper { try Self.write(posts, to: path) }
    }

    private static func write(_ posts: [WebhookPost], to path: String) throws(FileError) {
        let json: JSON = ["posts": .array(posts.map(\.json))]
        try Files.writeDurably(json.encoded(), to: path)
    }

    // MARK: What commands leave

    /// Leaves posts to the process that keeps the file. May block.
    func leave(_ posts: [WebhookPost]) throws(FileError) {
        guard let name = try? Crypto.randomUUID() else { throw FileError("write", path, code: EIO) }
        try Self.write(posts, to: Files.join(folder, "post-\(name).json"))
    }

    /// What commands have left, with the files that it is in: they are removed when it is kept elsewhere. May block.
    func left() -> (posts: [WebhookPost], files: [String]) {
        guard isKeeper, let names = try? Files.names(in: folder) else { return ([], []) }
        let files = names.filter { $0.hasPrefix("post-") && $0.hasSuffix(".json") }.map { Files.join(folder, $0) }
        return (files.flatMap(Self.posts), files)
    }

    static func remove(_ files: [String]) {
        for file in files { try? Files.remove(file) }
    }
}
