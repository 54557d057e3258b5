internal import Crypto
internal import Files
internal import JSON

/// `<data>/apikeys.json`: what is kept of the API keys, and of none the key itself.
///
///     { "version": 1, "keys": [ { "name": "kodi", "owner": "default", "allow": ["trakt", "plex:alice"],
///       "digest": "…", "created_at": 1790000000, "last_used_at": 1790000100 } ] }
struct ApiKeyFile: Sendable {
    static let version = 1
    /// How many keys there may be.
    static let most = 1000
    let folder: String

    var path: String { Files.join(folder, "apikeys.json") }

    /// The keys that the file holds; none when there is no file.
    func read() throws(ApiKeyError) -> [StoredApiKey] {
        let bytes: [UInt8]
        do throws(FileError) {
            guard try Files.exists(path) else { return [] }
            bytes = try Files.read(path, limit: 4 << 20)
        } catch {
            throw .unreadable("\(error)")
        }
        let json: JSON
        do {
            json = try JSON.parse(bytes, file: path)
        } catch {
            throw .unreadable("'\(path)' is not valid JSON at line \(error.line), column \(error.column)")
        }
        guard json["version"]?.intValue == Self.version, case .array(let elements)? = json["keys"] else {
            throw .unreadable("'\(path)' is not of version \(Self.version), the one that this latchkey reads")
        }
        var keys: [StoredApiKey] = []
        for (index, element) in elements.enumerated() {
            guard let key = StoredApiKey(element), !keys.contains(where: { $0.key.name == key.key.name }) else {
                throw .unreadable("'\(path)' has a key, number \(index + 1), that is not valid")
            }
            keys.append(key)
        }
        return keys
    }

    /// Changes what the file holds, after whoever does so now. When this returns it is durable.
    ///
    /// - Parameter edit: says whether there is something to write.
    func change(
        _ edit: (inout [StoredApiKey]) throws(ApiKeyError) -> Bool
    ) throws(ApiKeyError) {
        let lock: FileLock
        do throws(FileError) {
            try Files.makeFolder(folder, mode: 0o700)
            lock = try FileLock(waitingFor: Files.join(folder, ".apikeys.lock"))
        } catch {
            throw .notWritten("\(error)")
        }
        try withExtendedLifetime(lock) { () throws(ApiKeyError) in
            var keys = try read()
            guard try edit(&keys) else { return }
            let json: JSON = ["version": .int(Self.version), "keys": .array(keys.map(\.json))]
            do throws(FileError) {
                try Files.writeDurably(json.encoded(pretty: true), to: path)
            } catch {
                throw .notWritten("\(error)")
            }
        }
    }
}

/// What is kept of one key.
struct StoredApiKey: Sendable, Equatable {
    private(set) var key: ApiKey
    /// The name that the owner is known by, where there are several.
    let user: String?
    /// SECURITY: the SHA-256 of the key, which has 256 random bits: no salt and no slow hash is needed to keep it secret.
    let digest: [UInt8]
    /// Seconds since 1970.
    let createdAt: Double
    /// Seconds since 1970; nil before the first use.
    var lastUsedAt: Double?

    init(key: ApiKey, user: String?, digest: [UInt8], createdAt: Double) {
        (self.key, self.user, self.digest, self.createdAt) = (key, user, digest, createdAt)
    }

    init?(_ json: JSON) {
        guard let name = json["name"]?.stringValue, ApiKeyBook.isName(name), let owner = json["owner"]?.stringValue,
            Visitor.isOwner(owner), case .array(let allowed)? = json["allow"],
            let digest = json["digest"]?.stringValue.flatMap(Hex.decode), digest.count == 32
        else { return nil }
        let grants = allowed.compactMap { $0.stringValue.flatMap(ApiKey.Grant.init) }
        guard grants.count == allowed.count, !grants.isEmpty else { return nil }
        key = ApiKey(name: name, owner: owner, grants: grants)
        user = json["user"]?.stringValue
        self.digest = digest
        createdAt = json["created_at"]?.doubleValue ?? 0
        lastUsedAt = json["last_used_at"]?.doubleValue
    }

    /// The same key for some of its accounts; nil when it would open none.
    func opening(_ isKept: (ApiKey.Grant) -> Bool) -> StoredApiKey? {
        var stored = self
        stored.key = ApiKey(name: key.name, owner: key.owner, grants: key.grants.filter(isKept))
        return stored.key.grants.isEmpty ? nil : stored
    }

    var json: JSON {
        var json: JSONObject = ["name": .string(key.name), "owner": .string(key.owner)]
        json["user"] = user.map(JSON.string)
        json["allow"] = .array(key.grants.map { .string("\($0)") })
        json["digest"] = .string(Hex.encode(digest))
        json["created_at"] = .seconds(createdAt)
        json["last_used_at"] = lastUsedAt.map(JSON.seconds)
        return .object(json)
    }
}

/// Why the API keys could not be read or changed. Nothing was changed.
public enum ApiKeyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file is there and cannot be read, or is none of ours: a sentence with the path and the reason.
    case unreadable(String)
    /// The disk did not take it: a sentence with the path and the reason.
    case notWritten(String)
    /// There is a key of this name.
    case nameTaken(String)
    /// There is no key of this name.
    case noSuchKey(String)
    /// There are as many keys as there may be.
    case tooMany
    /// libcrypto gave no random bytes.
    case noRandomBytes(String)

    /// A sentence for the person who runs the server.
    public var description: String {
        switch self {
        case .unreadable(let reason): "the API keys cannot be read: \(reason)"
        case .notWritten(let reason): "the API keys could not be saved: \(reason)"
        case .nameTaken(let name): "there is an API key '\(name)' already; revoke it first, or choose another name"
        case .noSuchKey(let name): "there is no API key '\(name)'"
        case .tooMany: "there are \(ApiKeyFile.most) API keys, and more are not allowed; revoke some"
        case .noRandomBytes(let reason): reason
        }
    }
}
