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

    /// An account as it is kept: there may be very many, and text takes a third of the memory that values take.
    private struct Stored: Sendable {
        /// The object with its revision, in one line.
        let text: [UInt8]
        let revision: Int

        init(_ document: JSON, revision: Int) {
            var object = document.objectValue ?? [:]
            object[revisionKey] = .int(revision)
            text = JSON.object(object).encoded()
            self.revision = revision
        }
    }

    private var accounts: [String: Stored] = [:]

    /// The names of all accounts, sorted.
    var names: [String] { accounts.keys.sorted() }

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
        if !top.isEmpty { accounts[VaultName.default] = Self.stored(top) }
        for (name, value) in named?.members ?? [] {
            guard VaultName.isValid(name), let object = value.objectValue else {
                throw .unreadable("'\(file)' has an account '\(name.prefix(80))' that is not valid")
            }
            accounts[name] = Self.stored(object)
        }
    }

    private static func stored(_ object: JSONObject) -> Stored {
        Stored(.object(object), revision: max(0, object[revisionKey]?.intValue ?? 0))
    }

    /// The revision of an account; 0 when it is new.
    func revision(of account: String) -> Int { accounts[account]?.revision ?? 0 }

    /// The state of an account; empty when it is new.
    func snapshot(of account: String) throws(VaultError) -> AccountSnapshot {
        guard let stored = accounts[account] else { return AccountSnapshot(document: [:], revision: 0) }
        do {
            var document = try JSON.parse(stored.text)
            document[Self.revisionKey] = nil
            return AccountSnapshot(document: document, revision: stored.revision)
        } catch {
            // SECURITY: as above, the error itself would quote what is stored.
            throw .unreadable("the account '\(account)' cannot be read back at column \(error.column)")
        }
    }

    /// Applies changes to an account.
    mutating func apply(_ changes: [VaultChange], account: String) throws(VaultError) -> AccountSnapshot {
        let old = try snapshot(of: account)
        var document = old.document
        for change in changes { document.apply(change.path[...], change.value) }
        let visible = changes.contains(where: \.isVisible)
        let new = AccountSnapshot(document: document, revision: visible ? old.revision &+ 1 : old.revision)
        // An emptied account keeps its revision, so that nobody takes an old one for the present.
        accounts[account] = Stored(document, revision: new.revision)
        return new
    }

    /// The file's content.
    var encoded: [UInt8] {
        var writer = JSONIndenter()
        // Indenting makes the text longer by about half.
        writer.reserve(accounts.values.reduce(256) { $0 + $1.text.count * 2 })
        let top = accounts[VaultName.default] ?? Stored([:], revision: 0)
        writer.append("{\"version\":\(Self.version),")
        writer.append(top.text.dropFirst().dropLast())
        let named = names.filter { $0 != VaultName.default }
        for (index, name) in named.enumerated() {
            writer.append(index == 0 ? ",\"accounts\":{" : ",")
            writer.append("\"\(name)\":")
            writer.append(accounts[name]?.text[...] ?? [])
        }
        writer.append(named.isEmpty ? "}" : "}}")
        writer.append("\n")
        return writer.output
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
