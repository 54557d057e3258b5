public import JSON

/// Where config and tokens are kept: one document for each owner, with one part for each account.
///
/// This is the one place that writes state. `FileVault` keeps it in files on one machine; another implementation may
/// keep it in a distributed store, which is why revisions and changes by path are all that callers get.
///
/// Nobody holds the vault during a network call: callers read, talk to the provider, then hand in changes by path,
/// which are applied to whatever the document is by then. So a save never erases what somebody else wrote meanwhile.
public protocol Vault: Sendable {
    /// What is known of an account: app keys under `<provider>.*`, tokens under `auth.<provider>.*`. Empty when new.
    /// Only durable state is seen.
    func read(owner: String, account: String) async throws(VaultError) -> AccountSnapshot

    /// The names of all owners that hold anything, sorted. There may be others that are no visitor's.
    func owners() async throws(VaultError) -> [String]

    /// The names of all accounts of an owner that hold anything, sorted.
    func accounts(owner: String) async throws(VaultError) -> [String]

    /// Applies all changes or none. When this returns they are durable.
    ///
    /// - Parameters:
    ///   - revision: refuse when the account's revision is another by now (`staleRevision`).
    ///   - spare: refuse when, with the changes, there is no room for so many bytes more (`notWritten`).
    /// - Returns: the account's state with the changes.
    @discardableResult
    func apply(
        _ changes: [VaultChange], owner: String, account: String, ifRevision revision: Int?, spare: Int
    ) async throws(VaultError) -> AccountSnapshot

    /// Takes the sole right to do something, among all who use the vault, in this process and in others; waits for it.
    /// Nothing else of the vault waits meanwhile.
    ///
    /// - Returns: the right, which lasts as long as it is held.
    /// - Throws: `busy` when nobody lets go of it for a minute.
    func lease(_ name: String) async throws(VaultError) -> any Sendable

    /// What others write: the owner whose state is another now, or why it cannot be read (then the one before is still
    /// told, and nothing is written). One stream for one listener.
    func changesByOthers() -> AsyncStream<ForeignChange>
}

/// Somebody else has written to the vault.
public struct ForeignChange: Sendable, Equatable {
    /// Whose state.
    public let owner: String
    /// Why it cannot be read; nil when it can.
    public let problem: VaultError?
}

extension Vault {
    /// Applies changes whatever the revision is.
    @discardableResult
    public func apply(
        _ changes: [VaultChange], owner: String, account: String
    ) async throws(VaultError) -> AccountSnapshot {
        try await apply(changes, owner: owner, account: account, ifRevision: nil, spare: 0)
    }

    /// Applies changes if the account's revision is this one.
    @discardableResult
    public func apply(
        _ changes: [VaultChange], owner: String, account: String, ifRevision revision: Int?
    ) async throws(VaultError) -> AccountSnapshot {
        try await apply(changes, owner: owner, account: account, ifRevision: revision, spare: 0)
    }
}

/// The state of one account at one revision.
public struct AccountSnapshot: Sendable, Equatable {
    /// An object: app keys under `<provider>.*`, tokens under `auth.<provider>.*`.
    public let document: JSON
    /// Grows with each change to something that a person can see: members whose name begins with `_` do not count.
    public let revision: Int

    /// A state.
    public init(document: JSON, revision: Int) {
        self.document = document
        self.revision = revision
    }
}

/// One value to set, or to remove.
public struct VaultChange: Sendable, Equatable {
    /// The member names from the account's root: `["auth", "trakt", "access_token"]`.
    public let path: [String]
    /// The new value; nil removes the member, and the objects above it that this leaves empty.
    public let value: JSON?

    /// Sets a value.
    public static func set(_ path: String..., to value: JSON) -> VaultChange {
        VaultChange(path: path, value: value)
    }

    /// Removes a value and all below it.
    public static func remove(_ path: String...) -> VaultChange {
        VaultChange(path: path, value: nil)
    }

    /// A change.
    public init(path: [String], value: JSON?) {
        self.path = path
        self.value = value
    }

    /// Whether a person can see what changes.
    var isVisible: Bool { !path.contains { $0.hasPrefix("_") } }
}

/// Why the vault could not do what was asked. Nothing was changed.
public enum VaultError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The account has another revision by now.
    case staleRevision(current: Int)
    /// The disk did not take it: a sentence with the path and the reason.
    case notWritten(String)
    /// The stored state cannot be read: a sentence with the path, the place and the reason.
    case unreadable(String)
    /// Another process keeps a lease or a lock, and does not let go of it.
    case busy
    /// Another process has the data folder.
    case inUse(folder: String)
    /// Others could change what is in the data folder.
    case notPrivate(folder: String)
    /// A value is sealed with a key that is not there.
    case unknownKey(file: String, id: String)
    /// The key cannot be used: a sentence with its source and the reason.
    case badKey(String)
    /// The name of an owner or account has characters or a length that are not allowed.
    case badName(String)

    /// A sentence for the person who runs the server.
    public var description: String {
        switch self {
        case .staleRevision(let current): "the state has changed meanwhile; it is at revision \(current)"
        case .notWritten(let reason): "the state could not be saved: \(reason)"
        case .unreadable(let reason): "the saved state cannot be read: \(reason)"
        case .unknownKey(let file, let id):
            "'\(file)' is sealed with the key \(id), which is not there: give it with --key-file or LATCHKEY_KEY"
        case .badKey(let reason): reason
        case .busy: "another process does the same, and does not come to an end; look for one that was suspended"
        case .inUse(let folder):
            "the data folder '\(folder)' is in use by another latchkey; stop that one, or choose another with --data"
        case .notPrivate(let folder):
            "others can change what is in the data folder '\(folder)': make it yours alone with chmod 700, or choose another with --data"
        case .badName(let name):
            "'\(name)' is not a name: use 1 to 64 letters, digits, '.', '-' and '_', and begin with a letter or digit"
        }
    }
}

/// Names of owners and accounts: they become file names and members of documents.
public enum VaultName {
    /// The name of the account and the owner when none is given.
    public static let `default` = "default"

    /// Whether a name is allowed: 1 to 64 of `A-Z a-z 0-9 . - _`, the first a letter or digit.
    public static func isValid(_ name: String) -> Bool {
        guard (1...64).contains(name.utf8.count), let first = name.utf8.first, !".-_".utf8.contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }

    static func check(_ names: String...) throws(VaultError) {
        for name in names where !isValid(name) { throw .badName(String(name.prefix(80))) }
    }
}
