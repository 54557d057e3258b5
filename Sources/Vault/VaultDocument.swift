internal import Diagnostics
internal import JSON

/// The state of one owner, as it is in the file:
///
///     { "version": 1, "trakt": { "client_id": … }, "auth": { "trakt": { … } },
///       "accounts": { "alice": { "trakt": …, "auth": … } } }
///
/// The default account stands at the top, as people expect of a config file; others stand under `accounts`.
/// An account's revision is its member `_revision`; names that begin with `_` are internal and never shown on a page.
struct VaultDocument: Sendable {
    static let version = 1
    private static let revisionKey = "_revision"

    /// Each account's object, without its revision.
    private(set) var accounts: [String: AccountSnapshot] = [:]

    init() {}

    /// Reads a file.
    init(_ bytes: [UInt8], file: String) throws(VaultError) {
        let json: JSON
        do {
            json = try JSON.parse(bytes, file: file)
        } catch {
            // SECURITY: the line, and even the message, may quote a secret: only the place is told.
            throw .unreadable("'\(file)' is not valid JSON at line \(error.line), column \(error.column)")
        }
        guard var top = json.objectValue else { throw .unreadable("'\(file)' should hold an object, not \(json.kind)") }
        guard top["version"]?.intValue == Self.version else {
            throw .unreadable("'\(file)' is not of version \(Self.version), the one that this latchkey reads")
        }
        let named = top["accounts"]?.objectValue
        top["version"] = nil
        top["accounts"] = nil
        if !top.isEmpty { accounts[VaultName.default] = Self.snapshot(of: top) }
        for (name, value) in named?.members ?? [] {
            guard VaultName.isValid(name), let object = value.objectValue else {
                throw .unreadable("'\(file)' has an account '\(name.prefix(80))' that is not valid")
            }
            accounts[name] = Self.snapshot(of: object)
        }
    }

    private static func snapshot(of object: JSONObject) -> AccountSnapshot {
        var object = object
        let revision = max(0, object[revisionKey]?.intValue ?? 0)
        object[revisionKey] = nil
        return AccountSnapshot(document: .object(object), revision: revision)
    }

    subscript(account: String) -> AccountSnapshot {
        accounts[account] ?? AccountSnapshot(document: [:], revision: 0)
    }

    /// Applies changes to an account.
    mutating func apply(_ changes: [VaultChange], account: String) -> AccountSnapshot {
        let old = self[account]
        // Taken out, so that the change below edits the value in place instead of a copy.
        accounts[account] = nil
        var document = old.document
        for change in changes { document.apply(change.path[...], change.value) }
        let visible = changes.contains(where: \.isVisible)
        let new = AccountSnapshot(document: document, revision: visible ? old.revision &+ 1 : old.revision)
        // An emptied account keeps its revision, so that nobody takes an old one for the present.
        accounts[account] = new
        return new
    }

    /// The file's content.
    var encoded: [UInt8] {
        var top: [(String, JSON)] = [("version", .int(Self.version))]
        top += Self.object(self[VaultName.default]).members
        let named = accounts.keys.filter { $0 != VaultName.default }.sorted()
        if !named.isEmpty {
            top.append(("accounts", .object(JSONObject(distinct: named.map { ($0, .object(Self.object(self[$0]))) }))))
        }
        return JSON.object(JSONObject(distinct: top)).encoded(pretty: true)
    }

    private static func object(_ snapshot: AccountSnapshot) -> JSONObject {
        var object = snapshot.document.objectValue ?? [:]
        object[revisionKey] = .int(snapshot.revision)
        return object
    }
}

extension JSON {
    /// Sets or removes the value at a path; objects on the way are made, and removed when they become empty.
    fileprivate mutating func apply(_ path: ArraySlice<String>, _ value: JSON?) {
        guard let key = path.first else { return }
        let rest = path.dropFirst()
        if rest.isEmpty {
            if value != nil || self[key] != nil { self[key] = value }
            return
        }
        guard value != nil || self[key]?.objectValue != nil else { return }
        var child = self[key] ?? [:]
        child.apply(rest, value)
        self[key] = child.objectValue?.isEmpty == true ? nil : child
    }
}
