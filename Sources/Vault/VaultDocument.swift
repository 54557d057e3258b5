internal import Crypto
internal import Diagnostics
internal import JSON

/// The state of one owner, as it is in the file:
///
///     { "version": 1, "trakt": { "client_id": … }, "auth": { "trakt": { … } },
///       "accounts": { "alice": { "trakt": …, "auth": … } } }
///
/// Secrets are under seal (`SecretSeal`), also in memory. The default account stands at the top, as people expect of a config file; others stand under `accounts`.
/// An account's revision is its member `_revision`; names that begin with `_` are internal and never shown on a page. A named account that holds nothing any more is
/// not kept: `_forgotten_revision`, at the top, is the highest revision that one of those had, and new ones begin with it.
struct VaultDocument: Sendable {
    static let version = 1
    private static let revisionKey = "_revision"
    private static let forgottenKey = "_forgotten_revision"

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

    /// What seals the values of one owner.
    struct Sealing: Sendable {
        var ring: KeyRing
        let owner: String
        let isSecret: SecretSeal.Rule

        func of(_ account: String) -> SecretSeal {
            SecretSeal(ring: ring, owner: owner, account: account, isSecret: isSecret)
        }
    }

    private var accounts: [String: Stored] = [:]
    /// The revision of an account that is not there: none that it may have had before is higher, so that nobody takes an old
    /// one for the present.
    private(set) var forgottenRevision = 0
    /// What seals and opens values.
    var sealing: Sealing
    /// The file, for messages.
    private let file: String
    /// Whether every secret that was read is sealed with the current key.
    private(set) var isSealed = true

    /// The names of all accounts, sorted.
    var names: [String] { accounts.keys.sorted() }

    /// A document without accounts.
    init(file: String, sealing: Sealing) {
        self.file = file
        self.sealing = sealing
    }

    /// Reads a file. Every sealed value is opened once, so that one that cannot be is told now.
    init(_ bytes: [UInt8], file: String, sealing: Sealing) throws(VaultError) {
        self.init(file: file, sealing: sealing)
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
        forgottenRevision = max(0, top[Self.forgottenKey]?.intValue ?? 0)
        top[Self.forgottenKey] = nil
        if !top.isEmpty { try add(VaultName.default, top) }
        for (name, value) in named?.members ?? [] {
            guard VaultName.isValid(name), name != VaultName.default, let object = value.objectValue else {
                throw .unreadable("'\(file)' has an account '\(name.prefix(80))' that is not valid")
            }
            if object.members.allSatisfy({ $0.key == Self.revisionKey }) {
                forgottenRevision = max(forgottenRevision, object[Self.revisionKey]?.intValue ?? 0)
            } else {
                try add(name, object)
            }
        }
    }

    /// Takes over an account that was read; secrets that lie open are sealed.
    private mutating func add(_ account: String, _ object: JSONObject) throws(VaultError) {
        let seal = sealing.of(account)
        let document = try Self.opened(.object(object), seal, file: file)
        let revision = max(0, object[Self.revisionKey]?.intValue ?? 0)
        if seal.isSealed(.object(object)) {
            accounts[account] = Stored(.object(object), revision: revision)
        } else {
            isSealed = false
            accounts[account] = try stored(document, seal, revision: revision)
        }
    }

    /// Takes care of what others have written, who may have begun with an older state than this process has seen: an
    /// editor's buffer, say.
    ///
    /// Tokens of the same connection that are older than ours are spent: ours stay. What differs visibly has another
    /// revision than what it differs from.
    mutating func reconcile(with before: VaultDocument) throws(VaultError) {
        let gone = before.accounts.filter { accounts[$0.key] == nil }.map { $0.value.revision &+ 1 }
        forgottenRevision = ([forgottenRevision, before.forgottenRevision] + gone).max() ?? 0
        for (account, theirs) in accounts {
            guard before.accounts[account]?.text != theirs.text else { continue }
            let ours = before.revision(of: account)
            let old = try before.snapshot(of: account).document
            var new = try snapshot(of: account).document
            let hasOlderTokens = new.keepNewerTokens(of: old)
            if hasOlderTokens { isSealed = false }
            var revision = theirs.revision
            if revision <= ours, new.visible != old.visible { revision = ours &+ 1 }
            guard hasOlderTokens || revision != theirs.revision else { continue }
            accounts[account] = try stored(new, sealing.of(account), revision: revision)
        }
    }

    private static func opened(_ document: JSON, _ seal: SecretSeal, file: String) throws(VaultError) -> JSON {
        do throws(SecretSeal.Failure) {
            return try seal.open(document)
        } catch {
            switch error {
            case .unknownKey(let id): throw .unknownKey(file: file, id: id)
            case .notAuthentic(let path):
                let account = seal.account == VaultName.default ? "" : " of the account '\(seal.account)'"
                throw .unreadable(
                    "'\(file)' has a value at \(path)\(account) that was damaged or belongs to another place; "
                        + "put back what was there, or remove it and connect again")
            case .broken(let failure): throw .unreadable("\(failure)")
            }
        }
    }

    private func stored(_ document: JSON, _ seal: SecretSeal, revision: Int) throws(VaultError) -> Stored {
        do throws(Crypto.Failure) {
            return Stored(try seal.seal(document), revision: revision)
        } catch {
            throw .notWritten("\(error)")
        }
    }

    /// What the file would hold if nothing were secret. SECURITY: for a backup, which is sealed as a whole.
    func plain() throws(VaultError) -> JSON {
        var top: JSONObject = ["version": .int(Self.version)]
        if forgottenRevision > 0 { top[Self.forgottenKey] = .int(forgottenRevision) }
        var named: JSONObject = [:]
        for account in names {
            let snapshot = try snapshot(of: account)
            var object = snapshot.document.objectValue ?? [:]
            object[Self.revisionKey] = .int(snapshot.revision)
            if account == VaultName.default {
                for (key, value) in object.members { top[key] = value }
            } else {
                named[account] = .object(object)
            }
        }
        if !named.isEmpty { top["accounts"] = .object(named) }
        return .object(top)
    }

    /// The same state with every secret sealed with the current key, whatever it was sealed with before.
    func resealed() throws(VaultError) -> VaultDocument {
        var fresh = VaultDocument(file: file, sealing: sealing)
        fresh.forgottenRevision = forgottenRevision
        for (account, old) in accounts {
            fresh.accounts[account] = try fresh.stored(
                try snapshot(of: account).document, sealing.of(account), revision: old.revision)
        }
        return fresh
    }

    /// The revision of an account; 0 when it is new and none was forgotten.
    func revision(of account: String) -> Int { accounts[account]?.revision ?? unknown(account).revision }

    /// An account of which nothing is kept.
    private func unknown(_ account: String) -> AccountSnapshot {
        AccountSnapshot(document: [:], revision: account == VaultName.default ? 0 : forgottenRevision)
    }

    /// The state of an account; empty when it is new.
    func snapshot(of account: String) throws(VaultError) -> AccountSnapshot {
        guard let stored = accounts[account] else { return unknown(account) }
        var document: JSON
        do {
            document = try JSON.parse(stored.text)
        } catch {
            // SECURITY: as above, the error itself would quote what is stored.
            throw .unreadable("the account '\(account)' cannot be read back at column \(error.column)")
        }
        document[Self.revisionKey] = nil
        return AccountSnapshot(
            document: try Self.opened(document, sealing.of(account), file: file), revision: stored.revision)
    }

    /// Applies changes to an account.
    mutating func apply(_ changes: [VaultChange], account: String) throws(VaultError) -> AccountSnapshot {
        let old = try snapshot(of: account)
        var document = old.document
        for change in changes { document.apply(change.path[...], change.value) }
        let visible = changes.contains(where: \.isVisible)
        let new = AccountSnapshot(document: document, revision: visible ? old.revision &+ 1 : old.revision)
        if account != VaultName.default, document == [:] {
            if accounts.removeValue(forKey: account) != nil {
                forgottenRevision = max(forgottenRevision, new.revision)
            }
            return unknown(account)
        }
        accounts[account] = try stored(document, sealing.of(account), revision: new.revision)
        return new
    }

    /// The file's content.
    var encoded: [UInt8] {
        var writer = JSONIndenter()
        // Indenting makes the text longer by about half.
        writer.reserve(accounts.values.reduce(256) { $0 + $1.text.count * 2 })
        let top = accounts[VaultName.default] ?? Stored([:], revision: 0)
        writer.append("{\"version\":\(Self.version),")
        if forgottenRevision > 0 { writer.append("\"\(Self.forgottenKey)\":\(forgottenRevision),") }
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
    /// What a person can see of an account.
    fileprivate var visible: JSON {
        guard case .object(let object) = self else { return self }
        let members = object.members.filter { !$0.key.hasPrefix("_") }.map { ($0.key, $0.value.visible) }
        return .object(JSONObject(distinct: members))
    }

    /// Puts newer tokens of the same connections in the place of older ones.
    ///
    /// - Returns: whether there were any.
    fileprivate mutating func keepNewerTokens(of other: JSON) -> Bool {
        var isChanged = false
        for (provider, newer) in other["auth"]?.objectValue?.members ?? [] {
            guard let mine = self["auth"]?[provider], let linkedAt = newer["linked_at"]?.intValue,
                mine["linked_at"]?.intValue == linkedAt,
                mine["obtained_at"]?.intValue ?? 0 < newer["obtained_at"]?.intValue ?? 0
            else { continue }
            self["auth"]?[provider] = newer
            isChanged = true
        }
        return isChanged
    }

    /// Sets or removes the value at a path; objects on the way are made, and removed when they become empty.
    mutating func apply(_ path: ArraySlice<String>, _ value: JSON?) {
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
