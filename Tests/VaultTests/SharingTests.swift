import Files
import Glibc
import JSON
import TestSupport
import Testing

@testable import Vault

private let owner = VaultName.default
private let account = VaultName.default

/// Several vaults on one folder stand for several processes: nothing is shared but the files and the locks on them, which
/// belong to descriptors. Real processes do the same in `latchkeyTests`.
@Suite(.timeLimit(.minutes(1))) struct SharingTests {
    private let folder: TemporaryFolder
    private let server: FileVault
    private let visitor: FileVault

    init() throws {
        folder = try TemporaryFolder()
        server = try FileVault.open(folder)
        visitor = try FileVault.open(folder, role: .visitor)
    }

    private func document(_ vault: FileVault) async throws -> JSON {
        try await vault.read(owner: owner, account: account).document
    }

    @Test func `what one writes the other reads at once`() async throws {
        try await server.apply([.set("a", to: 1)], owner: owner, account: account)
        #expect(try await document(visitor) == ["a": 1])
        try await visitor.apply([.set("b", to: 2)], owner: owner, account: account)
        #expect(try await document(server) == ["a": 1, "b": 2])
    }

    @Test func `of hundreds of writes by two at the same time none is lost`() async throws {
        try await withThrowingTaskGroup { group in
            for number in 0..<150 {
                for (name, vault) in [("s", server), ("v", visitor)] {
                    group.addTask {
                        try await vault.apply(
                            [.set("\(name)\(number)", to: .int(number))], owner: owner, account: account)
                    }
                }
            }
            try await group.waitForAll()
        }
        let kept = try await server.read(owner: owner, account: account)
        #expect(kept.document.objectValue?.keys.count == 300)
        #expect(kept.revision == 300)
        #expect(try await visitor.read(owner: owner, account: account) == kept)
    }

    @Test func `a revision that another process has made stale is refused`() async throws {
        let first = try await server.apply([.set("a", to: 1)], owner: owner, account: account)
        try await visitor.apply([.set("a", to: 2)], owner: owner, account: account)
        await #expect(throws: VaultError.staleRevision(current: 2)) {
            try await server.apply([.set("a", to: 3)], owner: owner, account: account, ifRevision: first.revision)
        }
    }

    @Test func `an edit by hand is picked up, and a later save keeps it`() async throws {
        try await server.apply([.set("trakt", "client_id", to: "before")], owner: owner, account: account)
        try folder.write(try folder.text(of: "default.json").replacing("before", with: "by hand"), to: "default.json")
        #expect(try await document(server) == ["trakt": ["client_id": "by hand"]])
        try await server.apply([.set("plex", "x", to: "y")], owner: owner, account: account)
        #expect(try await document(visitor) == ["trakt": ["client_id": "by hand"], "plex": ["x": "y"]])
    }

    @Test func `an edit by hand has a revision of its own, so that nobody saves over it unseen`() async throws {
        let before = try await server.apply([.set("trakt", "client_id", to: "before")], owner: owner, account: account)
        try folder.write(try folder.text(of: "default.json").replacing("before", with: "by hand"), to: "default.json")
        await #expect(throws: VaultError.staleRevision(current: before.revision + 1)) {
            try await server.apply(
                [.set("trakt", "client_id", to: "mine")], owner: owner, account: account, ifRevision: before.revision)
        }
        #expect(try await document(server) == ["trakt": ["client_id": "by hand"]])
    }

    @Test func `an account that another process has emptied is forgotten, and an editor may bring it back`()
        async throws
    {
        try await server.apply([.set("a", to: 1)], owner: owner, account: "alice")
        let before = try folder.text(of: "default.json")
        #expect(try await visitor.apply([.remove("a")], owner: owner, account: "alice").revision == 2)
        #expect(try await server.accounts(owner: owner) == ["default"])
        #expect(try await server.read(owner: owner, account: "alice") == AccountSnapshot(document: [:], revision: 2))
        try folder.write(before, to: "default.json")
        for vault in [server, visitor] {
            #expect(
                try await vault.read(owner: owner, account: "alice") == AccountSnapshot(document: ["a": 1], revision: 3)
            )
        }
    }

    @Test func `an editor that saves what it had opened before does not bring spent tokens back`() async throws {
        func tokens(_ text: String, at time: Int) -> [VaultChange] {
            [
                .set("auth", "trakt", "refresh_token", to: .string(text)), .set("auth", "trakt", "linked_at", to: 1),
                .set("auth", "trakt", "obtained_at", to: .int(time)),
            ]
        }
        try await server.apply(tokens("spent", at: 10), owner: owner, account: account)
        try await server.apply([.set("trakt", "client_id", to: "old")], owner: owner, account: account)
        let opened = try folder.text(of: "default.json")
        try await server.apply(tokens("new", at: 20), owner: owner, account: account)
        try folder.write(opened.replacing("\"old\"", with: "\"edited\""), to: "default.json")
        let expected: JSON = [
            "auth": ["trakt": ["refresh_token": "new", "linked_at": 1, "obtained_at": 20]],
            "trakt": ["client_id": "edited"],
        ]
        #expect(try await document(server) == expected)
        try await server.apply([.set("plex", "x", to: 1)], owner: owner, account: account)
        #expect(try await document(visitor)["auth"] == expected["auth"])
        // A new sign-in is another connection, whatever its time.
        try await visitor.apply(
            [.set("auth", "trakt", to: ["refresh_token": "other", "linked_at": 2, "obtained_at": 5])],
            owner: owner, account: account)
        #expect(try await document(server)["auth"]?["trakt"]?["refresh_token"] == "other")
    }

    @Test func `an edit that is not valid is refused with its place, and nothing is written until it is mended`()
        async throws
    {
        try await server.apply([.set("trakt", "client_id", to: "good")], owner: owner, account: account)
        let good = try folder.text(of: "default.json")
        let bad = good.replacing("\"good\"", with: "good")
        try folder.write(bad, to: "default.json")
        #expect(try await document(server) == ["trakt": ["client_id": "good"]])
        let refused = VaultError.unreadable("'\(folder("default.json"))' is not valid JSON at line 4, column 18")
        await #expect(throws: refused) { try await server.apply([.set("a", to: 1)], owner: owner, account: account) }
        #expect(try folder.text(of: "default.json") == bad)
        try folder.write(good.replacing("good", with: "mended"), to: "default.json")
        try await server.apply([.set("a", to: 1)], owner: owner, account: account)
        #expect(try await document(server) == ["trakt": ["client_id": "mended"], "a": 1])
    }

    @Test func `a file that is gone for a moment is not taken for an empty one`() async throws {
        try await server.apply([.set("a", to: 1)], owner: owner, account: account)
        try Files.move(folder("default.json"), to: folder("aside"))
        #expect(try await document(server) == ["a": 1])
        await #expect(
            throws: VaultError.unreadable("'\(folder("default.json"))' is gone: put it back, or restart")
        ) { try await server.apply([.set("b", to: 1)], owner: owner, account: account) }
        try Files.move(folder("aside"), to: folder("default.json"))
        try await server.apply([.set("b", to: 1)], owner: owner, account: account)
        #expect(try await document(server) == ["a": 1, "b": 1])
    }

    @Test func `who listens is told what others write, and what is wrong with it`() async throws {
        try await server.apply([.set("a", to: 1)], owner: owner, account: account)
        var changes = server.changesByOthers().makeAsyncIterator()
        try await visitor.apply([.set("b", to: 2)], owner: owner, account: account)
        // Nobody may have watched yet when that was written; to read is to look, too.
        _ = try await document(server)
        #expect(await changes.next() == ForeignChange(owner: owner, problem: nil))
        try folder.write("{", to: "default.json")
        let refused = VaultError.unreadable("'\(folder("default.json"))' is not valid JSON at line 1, column 2")
        while let change = await changes.next(), change.problem != refused {}
    }

    @Test func `a lease is given to one at a time, whoever asks`() async throws {
        let counter = Counter()
        try await withThrowingTaskGroup { group in
            for vault in [server, visitor, server, visitor] {
                group.addTask {
                    for _ in 0..<20 {
                        let lease = try await vault.lease("trakt")
                        await counter.enter()
                        await Task.yield()
                        await counter.leave()
                        withExtendedLifetime(lease) {}
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(await counter.most == 1)
    }

    @Test func `leases of two things do not wait for each other`() async throws {
        let one = try await server.lease("trakt")
        let other = try await visitor.lease("plex")
        withExtendedLifetime((one, other)) {}
    }

    @Test func `a write that needs spare room on a full disk fails before anything depends on it`() async throws {
        try await server.apply([.set("a", to: 1)], owner: owner, account: account)
        await #expect(throws: VaultError.self) {
            try await server.apply(
                [.set("a", to: 2)], owner: owner, account: account, ifRevision: nil, spare: 1 << 60)
        }
        #expect(try await document(server) == ["a": 1])
        try await server.apply([.set("a", to: 3)], owner: owner, account: account, ifRevision: nil, spare: 65_536)
        #expect(try await document(server) == ["a": 3])
    }
}

private actor Counter {
    private var inside = 0
    private(set) var most = 0

    func enter() {
        inside += 1
        most = max(most, inside)
    }

    func leave() { inside -= 1 }
}
