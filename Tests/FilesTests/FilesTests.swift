import Files
import Glibc
import TestSupport
import Testing

private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = try TemporaryFolder()
    try body(folder.path)
}

@Suite struct FilesTests {
    @Test func `a durable write replaces the content, keeps the mode private and leaves nothing beside it`() throws {
        try withFolder { folder in
            let path = Files.join(folder, "vault.json")
            try Files.writeDurably(Array("one".utf8), to: path)
            try Files.writeDurably(Array("two".utf8), to: path)
            #expect(try Files.read(path) == Array("two".utf8))
            var info = stat()
            #expect(stat(path, &info) == 0)
            #expect(info.st_mode & 0o777 == 0o600)
            #expect(try Files.names(in: folder) == ["vault.json"])
        }
    }

    @Test func `a temporary file left by a killed process does not hinder the next write`() throws {
        try withFolder { folder in
            let path = Files.join(folder, "vault.json")
            try Files.write(Array("half of a wri".utf8), to: path + ".new", mode: 0o644)
            try Files.writeDurably(Array("whole".utf8), to: path)
            #expect(try Files.read(path) == Array("whole".utf8))
            #expect(try Files.names(in: folder) == ["vault.json"])
        }
    }

    @Test func `a failed write says what, where and why, and keeps the old content`() throws {
        try withFolder { folder in
            let path = Files.join(folder, "taken")
            try Files.makeFolder(Files.join(path, "full"))
            #expect(throws: FileError("replace", path, code: EISDIR)) { try Files.writeDurably([1], to: path) }
            #expect(Files.kind(of: Files.join(path, "full")) == .folder)
            #expect(
                "\(FileError("write", "/data/vault.json", code: ENOSPC))"
                    == "cannot write '/data/vault.json': No space left on device")
        }
    }

    @Test func `the files below a folder are listed sorted, without hidden ones`() throws {
        try withFolder { folder in
            for name in ["b/c.txt", "b.txt", "a", ".hidden", "b/.git/x"] {
                try Files.makeFolder(Files.parent(of: Files.join(folder, name)))
                try Files.write([], to: Files.join(folder, name))
            }
            #expect(try Files.regularFiles(below: folder) == ["a", "b.txt", "b/c.txt"])
            #expect(try Files.regularFiles(below: folder + "/absent") == [])
        }
    }

    @Test func `links that lead back into their own folder are not followed for ever`() throws {
        try withFolder { folder in
            try Files.makeFolder(folder + "/a/b")
            try Files.write([], to: folder + "/a/file")
            #expect(symlink(".", folder + "/one") == 0)
            #expect(symlink("..", folder + "/a/b/up") == 0)
            #expect(symlink("a", folder + "/same") == 0)
            #expect(try Files.regularFiles(below: folder) == ["a/file", "same/file"])
        }
    }

    @Test func `a symbolic link is removed and what it points to stays`() throws {
        try withFolder { folder in
            try Files.makeFolder(folder + "/kept")
            try Files.write([1], to: folder + "/kept/file")
            try Files.makeFolder(folder + "/gone")
            #expect(symlink(folder + "/kept", folder + "/gone/link") == 0)
            try Files.remove(folder + "/gone")
            #expect(Files.kind(of: folder + "/gone") == nil)
            #expect(Files.kind(of: folder + "/kept/file") == .file)
        }
    }

    @Test func `two folders exchange their names in one step`() throws {
        try withFolder { folder in
            try Files.makeFolder(folder + "/old")
            try Files.makeFolder(folder + "/new")
            try Files.write([1], to: folder + "/new/file")
            try Files.exchange(folder + "/old", folder + "/new")
            #expect(Files.kind(of: folder + "/old/file") == .file)
            #expect(Files.kind(of: folder + "/new/file") == nil)
        }
    }

    @Test(arguments: [("/a/b", "/a"), ("/a/b/", "/a"), ("/a", "/"), ("/", "/"), ("a/b", "a"), ("a", ".")])
    func `the parent of a path is found by its text`(path: String, parent: String) {
        #expect(Files.parent(of: path) == parent)
    }

    @Test func `a path is resolved through links even when its end does not exist`() throws {
        try withFolder { folder in
            try Files.makeFolder(folder + "/real")
            #expect(symlink(folder + "/real", folder + "/link") == 0)
            #expect(Files.resolved(folder + "/link/x/../y") == Files.resolved(folder) + "/real/y")
        }
    }

    @Test func `a lock is held against others until it is let go`() throws {
        try withFolder { folder in
            let path = folder + "/lock"
            do {
                let held = try FileLock(path)
                #expect(throws: FileError("lock", path, code: EWOULDBLOCK)) { _ = try FileLock(path) }
                withExtendedLifetime(held) {}
            }
            _ = try FileLock(path)
        }
    }
}

@Suite struct OwnershipTests {
    @Test(.enabled(if: geteuid() == 0, "only the superuser can give files away"))
    func `what the superuser writes into another user's folder belongs to that user`() throws {
        let folder = try TemporaryFolder()
        #expect(chown(folder.path, 65_534, 65_534) == 0)
        try Files.writeDurably([1], to: folder("written"))
        try Files.createDurably([1], at: folder("made"))
        let lock = try FileLock(folder("lock"))
        for name in ["written", "made", "lock"] {
            var info = stat()
            #expect(stat(folder(name), &info) == 0)
            #expect(info.st_uid == 65_534 && info.st_gid == 65_534, "\(name)")
        }
        withExtendedLifetime(lock) {}
    }

    @Test(.enabled(if: geteuid() == 0, "only the superuser can give files away"))
    func `a file with another name is not given to the owner of the folder`() throws {
        let (folder, elsewhere) = (try TemporaryFolder(), try TemporaryFolder())
        #expect(chown(folder.path, 65_534, 65_534) == 0)
        for name in ["lock", "journal"] {
            try elsewhere.write("root's", to: name)
            #expect(link(elsewhere(name), folder(name)) == 0)
        }
        _ = try FileLock(folder("lock"))
        _ = try OpenFile(appendingTo: folder("journal"))
        for name in ["lock", "journal"] {
            var info = stat()
            #expect(stat(elsewhere(name), &info) == 0)
            #expect(info.st_uid == 0 && info.st_gid == 0, "\(name)")
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a lock that is not got closes nothing that belongs to others`() async throws {
        let folder = try TemporaryFolder()
        let path = folder("locks")
        let held = try #require(try RangeLock(trying: path, thing: 7))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    (0..<2000).allSatisfy { _ in
                        let lock = try? RangeLock(trying: path, thing: 7)
                        return lock == nil
                    }
                }
            }
            group.addTask {
                (0..<4000).allSatisfy { _ in
                    let descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)
                    sched_yield()
                    return close(descriptor) == 0
                }
            }
            for await isRight in group { #expect(isRight) }
        }
        withExtendedLifetime(held) {}
    }

    @Test func `a file is made only where there is none`() throws {
        let folder = try TemporaryFolder()
        try Files.createDurably([1], at: folder("made"))
        #expect(throws: FileError("make", folder("made"), code: EEXIST)) {
            try Files.createDurably([2], at: folder("made"))
        }
        #expect(try Files.read(folder("made")) == [1])
        #expect(try Files.names(in: folder.path) == ["made"])
    }
}
