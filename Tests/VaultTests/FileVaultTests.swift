import Glibc
import JSON
import TestSupport
import Testing
import Vault

private let owner = VaultName.default
private let account = VaultName.default

@Suite(.timeLimit(.minutes(1))) struct FileVaultTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func open() throws(VaultError) -> FileVault { try FileVault.open(folder) }

    @Test func `what was applied is read again, also by the next process`() async throws {
        do {
            let vault = try open()
            try await vault.apply([.set("trakt", "client_id", to: "abc")], owner: owner, account: account)
            #expect(try await vault.read(owner: owner, account: account).document == ["trakt": ["client_id": "abc"]])
        }
        let next = try open()
        #expect(try await next.read(owner: owner, account: account).document == ["trakt": ["client_id": "abc"]])
    }

    @Test func `very many owners are listed and read, though few are kept in memory`() async throws {
        let vault = try open()
        let owners = (100..<300).map { "u-\($0)" }
        await withTaskGroup(of: Void.self) { group in
            for owner in owners {
                group.addTask {
                    _ = try? await vault.apply(
                        [.set("trakt", "client_id", to: .string(owner))], owner: owner, account: account)
                }
            }
        }
        try folder.write("", to: "notes.txt")
        try folder.write("", to: ".hidden.json")
        #expect(try await vault.owners() == owners)
        for owner in owners {
            let expected: JSON = ["trakt": ["client_id": .string(owner)]]
            #expect(try await vault.read(owner: owner, account: account).document == expected)
        }
    }

    @Test func `the file is readable JSON but for secrets, and private to its owner`() async throws {
        let vault = try open()
        try await vault.apply([.set("auth", "plex", "access_token", to: "t")], owner: owner, account: account)
        try await vault.apply([.set("trakt", "client_id", to: "x")], owner: owner, account: "alice")
        let text = try folder.text(of: "default.json")
        let sealed = text.split(separator: "\"").first { $0.hasPrefix("sealed:") }.map(String.init) ?? ""
        #expect(
            text.replacing(sealed, with: "SEALED") == """
                {
                  "version": 1,
                  "auth": {
                    "plex": {
                      "access_token": "SEALED"
                    }
                  },
                  "_revision": 1,
                  "accounts": {
                    "alice": {
                      "trakt": {
                        "client_id": "x"
                      },
                      "_revision": 1
                    }
                  }
                }

                """)
        var info = stat()
        #expect(stat(folder("default.json"), &info) == 0)
        #expect(info.st_mode & 0o777 == 0o600)
    }

    @Test func `a change by path leaves everything else alone`() async throws {
        let vault = try open()
        try await vault.apply(
            [.set("trakt", to: ["client_id": "a", "client_secret": "b"]), .set("plex", "x", to: 1)],
            owner: owner, account: account)
        let after = try await vault.apply(
            [.remove("trakt", "client_secret"), .remove("plex", "x"), .remove("simkl", "never", "there")],
            owner: owner, account: account)
        #expect(after.document == ["trakt": ["client_id": "a"]])
    }

    @Test func `a stale revision is refused and nothing is written`() async throws {
        let vault = try open()
        let first = try await vault.apply([.set("a", to: 1)], owner: owner, account: account)
        try await vault.apply([.set("a", to: 2)], owner: owner, account: account, ifRevision: first.revision)
        await #expect(throws: VaultError.staleRevision(current: 2)) {
            try await vault.apply([.set("a", to: 3)], owner: owner, account: account, ifRevision: first.revision)
        }
        #expect(try await vault.read(owner: owner, account: account).document == ["a": 2])
    }

    @Test func `internal members do not make a reader's revision stale`() async throws {
        let vault = try open()
        let before = try await vault.apply([.set("a", to: 1)], owner: owner, account: account)
        let after = try await vault.apply(
            [.set("trakt", "_pending_device", to: ["user_code": "X"])], owner: owner, account: account)
        #expect(after.revision == before.revision)
    }

    @Test func `changes that come together are all kept`() async throws {
        let vault = try open()
        try await withThrowingTaskGroup { group in
            for number in 0..<200 {
                group.addTask {
                    try await vault.apply([.set("p", "k\(number)", to: .int(number))], owner: owner, account: account)
                }
            }
            try await group.waitForAll()
        }
        let kept = try await vault.read(owner: owner, account: account)
        #expect(kept.document["p"]?.objectValue?.keys.count == 200)
        #expect(kept.revision == 200)
    }

    @Test func `accounts stand alone`() async throws {
        let vault = try open()
        try await vault.apply([.set("auth", "trakt", "access_token", to: "a")], owner: owner, account: account)
        try await vault.apply([.set("auth", "trakt", "access_token", to: "b")], owner: owner, account: "alice")
        #expect(try await vault.read(owner: owner, account: "bob").document == [:])
        #expect(try await vault.accounts(owner: owner) == ["alice", "default"])
    }

    @Test func `a write that fails is an error, and the old state stays`() async throws {
        let vault = try open()
        try await vault.apply([.set("a", to: 1)], owner: owner, account: account)
        // A folder in the place of the temporary file: nobody can write there, not even root.
        #expect(mkdir(folder("default.json.new"), 0o700) == 0)
        await #expect(
            throws: VaultError.notWritten("cannot write '\(folder("default.json.new"))': Is a directory")
        ) {
            try await vault.apply([.set("a", to: 2)], owner: owner, account: account)
        }
        #expect(try await vault.read(owner: owner, account: account).document == ["a": 1])
        #expect(rmdir(folder("default.json.new")) == 0)
        try await vault.apply([.set("a", to: 3)], owner: owner, account: account)
        #expect(try await vault.read(owner: owner, account: account).document == ["a": 3])
    }

    @Test func `a file that is not valid is shown with its place and left as it is`() async throws {
        try folder.write("{ \"version\": 1,\n  \"trakt\": SECRET }", to: "default.json")
        let vault = try open()
        let path = folder("default.json")
        await #expect(
            throws: VaultError.unreadable(
                "'\(path)' is not valid JSON at line 2, column 12"
            )
        ) { try await vault.apply([.set("a", to: 1)], owner: owner, account: account) }
        #expect(try folder.text(of: "default.json") == "{ \"version\": 1,\n  \"trakt\": SECRET }")
    }

    @Test func `a file that is there and cannot be followed is never taken for an empty one`() async throws {
        #expect(symlink("default.json", folder("default.json")) == 0)
        let vault = try open()
        await #expect(
            throws: VaultError.unreadable(
                "cannot read '\(folder("default.json"))': Too many levels of symbolic links")
        ) { try await vault.apply([.set("a", to: 1)], owner: owner, account: account) }
    }

    @Test func `a link in the place of the temporary file is replaced, not followed`() async throws {
        try folder.write("somebody else's", to: "other")
        #expect(symlink(folder("other"), folder("default.json.new")) == 0)
        let vault = try open()
        try await vault.apply([.set("a", to: 1)], owner: owner, account: account)
        #expect(try folder.text(of: "other") == "somebody else's")
        var info = stat()
        #expect(lstat(folder("default.json"), &info) == 0 && info.st_mode & S_IFMT == S_IFREG)
    }

    @Test func `a folder that others can write to is refused`() throws {
        #expect(chmod(folder.path, 0o770) == 0)
        #expect(throws: VaultError.notPrivate(folder: folder.path)) { try open() }
        #expect(
            VaultError.notPrivate(folder: "/data").description
                == "others can change what is in the data folder '/data': make it yours alone with chmod 700, or choose another with --data"
        )
    }

    @Test func `a disk that takes nothing is told when the vault is opened`() throws {
        #expect(mkdir(folder(".probe.new"), 0o700) == 0)
        #expect(throws: VaultError.notWritten("cannot write '\(folder(".probe.new"))': Is a directory")) {
            try open()
        }
    }

    @Test func `a second server is told that the folder is in use`() throws {
        let vault = try open()
        #expect(throws: VaultError.inUse(folder: folder.path)) { try open() }
        withExtendedLifetime(vault) {}
    }

    @Test(arguments: ["", "../x", "a/b", ".hidden", "-x", "é", String(repeating: "a", count: 65), "a b", "_x"])
    func `a name that could leave the folder is refused`(name: String) async throws {
        let vault = try open()
        await #expect(throws: VaultError.self) { try await vault.read(owner: owner, account: name) }
        await #expect(throws: VaultError.self) { try await vault.read(owner: name, account: account) }
    }

    @Test func `of twenty who hold one revision, one gets through`() async throws {
        let vault = try open()
        let results = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let change = VaultChange.set("winner", to: .int(number))
                    return (try? await vault.apply([change], owner: owner, account: account, ifRevision: 0)) != nil
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results.filter { $0 }.count == 1)
        #expect(try await vault.read(owner: owner, account: account).revision == 1)
    }

    @Test func `a write that fails fails for all that waited for it, and for nobody else`() async throws {
        let vault = try open()
        #expect(mkdir(folder("default.json.new"), 0o700) == 0)
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<10 {
                group.addTask {
                    await #expect(throws: VaultError.self) {
                        try await vault.apply([.set("k\(number)", to: 1)], owner: owner, account: account)
                    }
                }
            }
        }
        try await vault.apply([.set("b", to: 1)], owner: "other", account: account)
        #expect(try await vault.read(owner: owner, account: account) == AccountSnapshot(document: [:], revision: 0))
        #expect(rmdir(folder("default.json.new")) == 0)
        let after = try await vault.apply([.set("a", to: 1)], owner: owner, account: account)
        #expect(after == AccountSnapshot(document: ["a": 1], revision: 1))
    }

    @Test func `an account that was emptied is forgotten, and another one of its name begins after its revision`()
        async throws
    {
        let gone = AccountSnapshot(document: [:], revision: 2)
        do {
            let vault = try open()
            try await vault.apply([.set("a", to: 1)], owner: owner, account: "bob")
            // What is known of one that is not there is not remembered.
            #expect(try await vault.read(owner: owner, account: "carol").revision == 0)
            try await vault.apply([.set("a", to: 1)], owner: owner, account: "alice")
            #expect(try await vault.apply([.remove("a")], owner: owner, account: "alice") == gone)
            #expect(try await vault.read(owner: owner, account: "alice") == gone)
            #expect(try await vault.read(owner: owner, account: "carol") == gone)
            #expect(try await vault.apply([.remove("a")], owner: owner, account: "carol") == gone)
        }
        let next = try open()
        #expect(try await next.accounts(owner: owner) == ["bob", "default"])
        #expect(try await next.read(owner: owner, account: "alice") == gone)
        await #expect(throws: VaultError.staleRevision(current: 2)) {
            try await next.apply([.set("a", to: 3)], owner: owner, account: "alice", ifRevision: 1)
        }
        let again = try await next.apply([.set("a", to: 3)], owner: owner, account: "alice", ifRevision: 2)
        #expect(again == AccountSnapshot(document: ["a": 3], revision: 3))
    }

    @Test func `the names of accounts that were emptied before are forgotten when the file is read`() async throws {
        try folder.write(
            #"{"version": 1, "_revision": 9, "accounts": {"alice": {"_revision": 7}, "bob": {"a": 1}}}"#,
            to: "default.json")
        let vault = try open()
        #expect(try await vault.accounts(owner: owner) == ["bob", "default"])
        #expect(try await vault.read(owner: owner, account: "alice").revision == 7)
        #expect(try await vault.read(owner: owner, account: "bob").revision == 0)
        #expect(try await vault.read(owner: owner, account: account).revision == 9)
    }

    @Test func `a value in the way of an object gives way`() async throws {
        let vault = try open()
        try await vault.apply([.set("trakt", to: "by hand"), .set("plex", to: 1)], owner: owner, account: account)
        let after = try await vault.apply(
            [.set("trakt", "client_id", to: "x"), .remove("plex", "client_id")], owner: owner, account: account)
        #expect(after.document == ["trakt": ["client_id": "x"], "plex": 1])
    }

    @Test(arguments: [
        ("[]", "'FILE' should hold an object, not a list"),
        ("{}", "'FILE' is not of version 1, the one that this latchkey reads"),
        (#"{"version": 2}"#, "'FILE' is not of version 1, the one that this latchkey reads"),
        (
            #"{"version": 1, "accounts": {"../x": {}}}"#, "'FILE' has an account '../x' that is not valid"
        ),
        (
            #"{"version": 1, "x": {"y": 1}, "accounts": {"default": {}}}"#,
            "'FILE' has an account 'default' that is not valid"
        ), (#"{"version": 1, "accounts": {"alice": 7}}"#, "'FILE' has an account 'alice' that is not valid"),
    ])
    func `a file of another kind is refused with its reason`(text: String, reason: String) async throws {
        try folder.write(text, to: "default.json")
        let vault = try open()
        await #expect(
            throws: VaultError.unreadable(reason.replacing("FILE", with: folder("default.json")))
        ) { try await vault.read(owner: owner, account: account) }
    }

    @Test func `what a killed process left beside the file does no harm`() async throws {
        try folder.write("half a docu", to: "default.json.new")
        #expect(chmod(folder("default.json.new"), 0o644) == 0)
        let vault = try open()
        try await vault.apply([.set("a", to: 1)], owner: owner, account: account)
        var info = stat()
        #expect(stat(folder("default.json"), &info) == 0)
        #expect(info.st_mode & 0o777 == 0o600)
        #expect(access(folder("default.json.new"), F_OK) != 0)
    }
}
