internal import Files
internal import JSON
internal import Synchronization

/// By which names people are known who have entered: `<data>/sign-in/names.json`. So it is known of their apps, which
/// come without them, whether they are listed still.
final class KnownPeople: Sendable {
    private let path: String
    private let names: Mutex<[String: [String]]>
    /// One write after another, each with what is true by then.
    private let writing = Mutex(())
    /// How many people there may be.
    private static let most = 10_000

    /// Those whom a file names. What cannot be read names nobody.
    init(path: String) {
        self.path = path
        let json = (try? Files.read(path)).flatMap { try? JSON.parse($0) } ?? .null
        var names: [String: [String]] = [:]
        for (owner, stored) in json["people"]?.objectValue?.members ?? [] {
            names[owner] = stored.arrayValue?.compactMap(\.stringValue)
        }
        self.names = Mutex(names)
    }

    /// The names by which an owner was known when they entered last; none when they have not.
    func names(of owner: String) -> [String] { names.withLock { $0[owner] ?? [] } }

    /// Somebody came under these names. Those who are not let in are remembered no more than they were.
    func note(_ names: [String], of owner: String, isAdmitted: Bool) {
        let isNew = self.names.withLock { known in
            guard known[owner] != names, known[owner] != nil || isAdmitted && known.count < Self.most else {
                return false
            }
            known[owner] = names
            return true
        }
        if isNew { try? BlockingThread.start { [self] in save() } }
    }

    private func save() {
        writing.withLock { _ in
            let people = names.withLock(\.self).sorted { $0.key < $1.key }
                .map { ($0.key, JSON.array($0.value.map(JSON.string))) }
            let json: JSON = ["version": 1, "people": .object(JSONObject(people))]
            _ = try? Files.writeDurably(json.encoded(), to: path)
        }
    }
}

extension OpenIDSettings {
    /// Whether one of somebody's names is listed among those who may enter. An empty list has everybody.
    ///
    /// SECURITY: byte by byte: texts are the same to Swift when they only look the same.
    func admits(_ names: [String]) -> Bool {
        users.isEmpty || Self.isListed(names, users) || Self.isListed(names, administrators)
    }

    /// Whether one of these names is in a list.
    static func isListed(_ names: [String], _ list: Set<String>) -> Bool {
        list.contains { listed in names.contains { $0.utf8.elementsEqual(listed.utf8) } }
    }

    /// The documents of those who are listed by their subjects.
    var listedOwners: Set<String> {
        Set(users.union(administrators).map { Visitor.owner(ofSubject: $0, issuer: issuer) })
    }
}
