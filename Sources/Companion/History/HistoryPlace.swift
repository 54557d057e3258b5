internal import Files
internal import Providers

/// Where the history of one account is kept: `<data>/history/<owner>/<account>/<provider>-<kind>.…`
struct HistoryPlace: Sendable, Hashable {
    let folder: String
    private let name: String

    /// The names are those of the vault and of the catalogue: they cannot leave the folder.
    init(root: String, _ key: FlowEngine.Key, _ kind: HistoryKind) {
        folder = Files.join(Files.join(root, key.id.owner), key.id.account)
        name = "\(key.provider)-\(kind.rawValue)"
    }

    /// Every page that came, in order.
    var journal: String { path("journal") }
    /// What the endpoints list, newest first.
    var list: String { path("list") }
    /// Whether a synchronisation is going on, and when one ended last.
    var state: String { path("state") }
    /// Held by the process that synchronises.
    var lock: String { path("lock") }

    private func path(_ ending: String) -> String { Files.join(folder, "\(name).\(ending)") }

    /// Makes the folder, durably.
    func makeFolder() throws(FileError) {
        if Files.kind(of: folder) == .folder { return }
        try Files.makeFolder(folder, mode: 0o700)
        var path = folder
        // The root's own name is in the data folder.
        for _ in 0..<3 {
            path = Files.parent(of: path)
            try Files.synchronise(folder: path)
        }
    }

    /// Removes all that is kept.
    func remove() throws(FileError) {
        for path in [list, journal, state, lock] { try Files.remove(path) }
        if Files.kind(of: folder) == .folder { try Files.synchronise(folder: folder) }
    }
}
