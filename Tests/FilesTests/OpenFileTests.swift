import Files
import TestSupport
import Testing

@Suite struct OpenFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func `bytes are added at the end and read anywhere`() throws {
        let path = folder("log")
        let file = try OpenFile(appendingTo: path)
        #expect(try Files.permissions(of: path) == 0o600)
        try file.append([1, 2, 3])
        try OpenFile(appendingTo: path).append([4, 5])
        try file.synchronise()
        #expect(try file.size == 5)
        #expect(try file.read(at: 1, count: 3) == [2, 3, 4])
        #expect(try file.read(at: 3, count: 100) == [4, 5])
        #expect(try file.read(at: 9, count: 1) == [])
        try file.truncate(to: 2)
        try file.append([9])
        #expect(try Files.read(path) == [1, 2, 9])
        #expect(throws: FileError("write", folder("no/log"), code: 2)) {
            try OpenFile(appendingTo: folder("no/log"))
        }
        #expect(throws: FileError("read", folder("none"), code: 2)) { try OpenFile(reading: folder("none")) }
    }

    @Test func `a file that is written piece by piece takes the old one's place when it is whole`() throws {
        let path = folder("file")
        try Files.write([1], to: path)
        try Files.writeDurably(to: path) { (append) throws(FileError) in
            try append([2, 3])
            #expect((try? Files.read(path)) == [1])
            try append([4])
        }
        #expect(try Files.read(path) == [2, 3, 4])
        #expect(throws: FileError("write", "x", code: 28)) {
            try Files.writeDurably(to: path) { (append) throws(FileError) in
                try append([5])
                throw FileError("write", "x", code: 28)
            }
        }
        #expect(try Files.read(path) == [2, 3, 4])
        #expect(try Files.names(in: folder.path) == ["file"])
    }
}
