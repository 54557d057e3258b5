import Crypto
import Files
import Glibc
import JSON
import TestSupport
import Testing

@testable import Vault

private let owner = VaultName.default
private let account = VaultName.default

@Suite(.timeLimit(.minutes(1))) struct SealingTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ token: String, account: String = account, keys: VaultKeys? = nil) async throws {
        let vault = try FileVault.open(folder, keys: keys)
        try await vault.apply(
            [.set("auth", "trakt", "access_token", to: .string(token)), .set("trakt", "client_id", to: "app")],
            owner: owner, account: account)
    }

    private func sealedTexts() throws -> [String] {
        try folder.text(of: "default.json").split(separator: "\"").filter { $0.hasPrefix("sealed:") }.map(String.init)
    }

    @Test func `a token is never in the file, and opens again`() async throws {
        try await write("canary-of-the-token")
        let text = try folder.text(of: "default.json")
        #expect(!text.contains("canary") && text.contains("\"client_id\": \"app\""))
        let token = try await FileVault.open(folder).read(owner: owner, account: account)
            .document["auth"]?["trakt"]?["access_token"]
        #expect(token == "canary-of-the-token")
    }

    @Test func `the same token is sealed to another text each time`() async throws {
        try await write("t")
        let first = try sealedTexts()
        try await write("t")
        let second = try sealedTexts()
        #expect(first.count == 1 && first != second)
    }

    @Test func `a sealed value names its key`() async throws {
        try await write("t")
        let ring = try #require(KeyRing.ofTests)
        #expect(try sealedTexts().allSatisfy { $0.hasPrefix("sealed:\(ring.current.id):") })
    }

    @Test func `a sign-in that waits is sealed as one value`() async throws {
        let vault = try FileVault.open(folder)
        let pending: JSON = ["device_code": "secret-code", "expires_at": 7, "list": ["a", 1, true, .null]]
        try await vault.apply([.set("trakt", "_pending_device", to: pending)], owner: owner, account: account)
        #expect(try !folder.text(of: "default.json").contains("secret-code"))
        #expect(try await vault.read(owner: owner, account: account).document["trakt"]?["_pending_device"] == pending)
    }

    @Test func `a text that looks sealed is kept as what it is`() async throws {
        let vault = try FileVault.open(folder)
        try await vault.apply([.set("trakt", "client_id", to: "sealed:abc:def")], owner: owner, account: account)
        let next = try await vault.read(owner: owner, account: account)
        #expect(next.document["trakt"]?["client_id"] == "sealed:abc:def")
    }

    @Test func `a sealed value that is moved to another account or path is refused with its place`() async throws {
        try await write("alice's", account: "alice")
        try await write("mine")
        let text = try folder.text(of: "default.json")
        let sealed = try sealedTexts()
        try #require(sealed.count == 2)
        try folder.write(text.replacing(sealed[0], with: sealed[1]), to: "default.json")
        let refused = VaultError.unreadable(
            "'\(folder("default.json"))' has a value at auth.trakt.access_token that was damaged or belongs to another "
                + "place; put back what was there, or remove it and connect again")
        let vault = try FileVault.open(folder)
        await #expect(throws: refused) { try await vault.read(owner: owner, account: account) }
        #expect(try folder.text(of: "default.json") == text.replacing(sealed[0], with: sealed[1]))
    }

    @Test func `a sealed value that is moved to another owner's file is refused`() async throws {
        try await write("mine")
        try folder.write(try folder.text(of: "default.json"), to: "other.json")
        let vault = try FileVault.open(folder)
        await #expect(throws: VaultError.self) { try await vault.read(owner: "other", account: account) }
    }

    @Test(arguments: [0, 20, 40]) func `one changed letter of a sealed value is enough to refuse it`(place: Int)
        async throws
    {
        try await write("mine")
        let text = try folder.text(of: "default.json")
        var letters = Array(try #require(try sealedTexts().first))
        let index = letters.count - 2 - place
        letters[index] = letters[index] == "A" ? "B" : "A"
        let changed = text.replacing(try #require(try sealedTexts().first), with: String(letters))
        try folder.write(changed, to: "default.json")
        let vault = try FileVault.open(folder)
        await #expect(throws: VaultError.self) { try await vault.read(owner: owner, account: account) }
    }

    @Test func `with a wrong key nothing is opened and nothing is touched`() async throws {
        try await write("mine")
        try Files.remove(folder(".lock"))
        let before = try Files.names(in: folder.path)
        let stamp = Files.stamp(of: folder("default.json"))
        let wrong = VaultKeys(try .fresh(), name: "a test")
        let id = try #require(KeyRing.ofTests).current.id
        let refused = VaultError.unknownKey(file: folder("default.json"), id: id)
        #expect(throws: refused) { try FileVault.open(folder, keys: wrong) }
        #expect(
            refused.description
                == "'\(folder("default.json"))' is sealed with the key \(id), which is not there: give it with --key-file or LATCHKEY_KEY"
        )
        #expect(try Files.names(in: folder.path) == before)
        #expect(Files.stamp(of: folder("default.json")) == stamp)
    }

    @Test func `what lay open before is sealed when it is first read`() async throws {
        try folder.write(
            #"{"version": 1, "auth": {"trakt": {"access_token": "open", "expires_at": 7}}, "_revision": 3}"#,
            to: "default.json")
        let vault = try FileVault.open(folder)
        let snapshot = try await vault.read(owner: owner, account: account)
        #expect(
            snapshot
                == AccountSnapshot(
                    document: ["auth": ["trakt": ["access_token": "open", "expires_at": 7]]], revision: 3))
        let text = try folder.text(of: "default.json")
        #expect(!text.contains("\"open\"") && text.contains("\"expires_at\": 7"))
    }

    // MARK: Keys

    @Test func `a key file is read as it was written, comments and all`() throws {
        let ring = try KeyRing.fresh().rotated(to: .random()).rotated(to: .random())
        #expect(KeyRing(text: ring.text) == ring)
        #expect(KeyRing(text: "# nothing\n") == nil)
        #expect(KeyRing(text: "too short\n") == nil)
        #expect(KeyRing(text: "\(ring.current.text)\nnonsense\n") == nil)
    }

    @Test func `a key file that others can read is refused`() throws {
        try folder.write(try KeyRing.fresh().text, to: "key")
        #expect(chmod(folder("key"), 0o644) == 0)
        let refused = VaultError.badKey(
            "others can read the key file '\(folder("key"))': make it yours alone with chmod 600")
        #expect(throws: refused) { try VaultKeys(file: folder("key")) }
    }

    private func keyFile() throws -> VaultKeys {
        try Files.writeDurably(Array(try KeyRing.fresh().text.utf8), to: folder("keys/key"))
        return try VaultKeys(file: folder("keys/key"))
    }

    @Test func `rotating seals everything with a new key, and older copies still open`() async throws {
        try Files.makeFolder(folder("keys"))
        let keys = try keyFile()
        let data = try TemporaryFolder()
        let vault = try FileVault.open(data, keys: keys)
        for name in ["default", "alice"] {
            try await vault.apply([.set("x", "token", to: .string(name))], owner: owner, account: name)
        }
        let copy = try data.text(of: "default.json")
        let old = keys.ring.current
        let ring = try await vault.rotateKeys(owners: [owner], forgetsOlder: false)
        #expect(ring.older == [old] && ring.current != old)
        #expect(try !data.text(of: "default.json").contains(old.id))
        #expect(try await vault.read(owner: owner, account: "alice").document == ["x": ["token": "alice"]])

        let restored = try TemporaryFolder()
        try restored.write(copy, to: "default.json")
        let next = try FileVault.open(restored, keys: try VaultKeys(file: folder("keys/key")))
        #expect(try await next.read(owner: owner, account: account).document == ["x": ["token": "default"]])
        #expect(try !restored.text(of: "default.json").contains(old.id))
    }

    @Test func `a vault that is open takes the new key for its next write`() async throws {
        try Files.makeFolder(folder("keys"))
        let data = try TemporaryFolder()
        let (server, other) = (try keyFile(), try VaultKeys(file: folder("keys/key")))
        let vault = try FileVault.open(data, keys: server)
        try await vault.apply([.set("x", "token", to: "1")], owner: owner, account: account)
        let visitor = try FileVault.open(data, role: .visitor, keys: other)
        let ring = try await visitor.rotateKeys(owners: [owner], forgetsOlder: true)
        try await vault.apply([.set("y", "token", to: "2")], owner: owner, account: account)
        #expect(
            try await vault.read(owner: owner, account: account).document == ["x": ["token": "1"], "y": ["token": "2"]])
        let ids = try SealedFiles.keys(in: data.path).map(\.id)
        #expect(ids == [ring.current.id] && ring.older.isEmpty)
    }

    @Test func `a key that is no file cannot be rotated`() async throws {
        let vault = try FileVault.open(folder)
        let refused = VaultError.badKey("the key comes from the tests, which cannot be written to: use a key file")
        await #expect(throws: refused) { try await vault.rotateKeys(owners: [], forgetsOlder: false) }
    }

    // MARK: Backups

    @Test func `a backup holds everything and needs its passphrase alone`() async throws {
        try await write("canary-of-the-token")
        try await write("alice's", account: "alice")
        try folder.write("{}", to: "sign-in/password.json")
        let keys = VaultKeys(try #require(KeyRing.ofTests), name: "the tests")
        let backup = try VaultBackup.make(
            folder: folder.path, keys: keys, owners: [owner], passphrase: "a long passphrase")
        #expect(backup.documents == 1 && backup.files == 1)
        #expect(!String(decoding: backup.bytes, as: UTF8.self).contains("canary"))

        let target = try TemporaryFolder()
        let other = VaultKeys(try .fresh(), name: "another machine")
        let content = try VaultBackup.open(backup.bytes, passphrase: "a long passphrase")
        try VaultBackup.restore(content, folder: target.path, keys: other) { $0.last == "access_token" }
        let vault = try FileVault.open(target, keys: other)
        let was = try await FileVault.open(folder).read(owner: owner, account: "alice")
        #expect(try await vault.read(owner: owner, account: "alice") == was)
        #expect(try target.text(of: "sign-in/password.json") == "{}")
        #expect(try !target.text(of: "default.json").contains("canary"))
    }

    @Test func `a backup leaves links out, and none is restored through one`() async throws {
        try await write("t")
        let elsewhere = try TemporaryFolder()
        try elsewhere.write("canary", to: "file")
        try folder.write("{}", to: "sign-in/password.json")
        #expect(symlink(elsewhere("file"), folder("stolen")) == 0)
        #expect(symlink(elsewhere.path, folder("history")) == 0)
        let keys = VaultKeys(try #require(KeyRing.ofTests), name: "the tests")
        let backup = try VaultBackup.make(folder: folder.path, keys: keys, owners: [owner], passphrase: "long enough")
        #expect(backup.documents == 1 && backup.files == 1)
        let content = try VaultBackup.open(backup.bytes, passphrase: "long enough")
        let target = try TemporaryFolder()
        #expect(symlink(elsewhere.path, target("sign-in")) == 0)
        let refused = VaultError.notWritten(
            "'\(target("sign-in"))' is a symbolic link: put a folder in its place, then restore again")
        #expect(throws: refused) {
            try VaultBackup.restore(content, folder: target.path, keys: keys) { $0.last == "access_token" }
        }
        #expect(try Files.names(in: elsewhere.path) == ["file"])
        #expect(try Files.names(in: target.path) == ["sign-in"])
    }

    @Test(arguments: [0, 30, 100]) func `a backup that was changed, or a wrong passphrase, is refused`(place: Int)
        async throws
    {
        try await write("t")
        let keys = VaultKeys(try #require(KeyRing.ofTests), name: "the tests")
        let backup = try VaultBackup.make(folder: folder.path, keys: keys, owners: [owner], passphrase: "right")
        #expect(throws: VaultError.unreadable("the passphrase is wrong, or the backup is damaged")) {
            try VaultBackup.open(backup.bytes, passphrase: "wrong")
        }
        var changed = backup.bytes
        changed[changed.count - 1 - place] ^= 1
        #expect(throws: VaultError.self) { try VaultBackup.open(changed, passphrase: "right") }
        #expect(throws: VaultError.unreadable("this is no backup of Latchkey")) {
            try VaultBackup.open(Array("hello".utf8), passphrase: "right")
        }
    }
}
