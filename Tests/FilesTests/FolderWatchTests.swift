import Files
import Glibc
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct FolderWatchTests {
    @Test func `what is put into the folder is told by its name, until the watch ends`() async throws {
        let folder = try TemporaryFolder()
        let (names, told) = AsyncStream<String>.makeStream()
        let watch = try FolderWatch(folder.path) { told.yield($0) }
        try Files.writeDurably(Array("{}".utf8), to: folder("a.json"))
        #expect(await names.first { $0 == "a.json" } == "a.json")
        withExtendedLifetime(watch) {}
    }

    @Test func `a folder that is not there cannot be watched, and no descriptor of others is written to`() async throws
    {
        let folder = try TemporaryFolder()
        let path = folder("missing")
        signal(SIGPIPE, SIG_IGN)
        #expect(throws: FileError("watch", path, code: ENOENT)) { try FolderWatch(path) { _ in } }
        async let refused: Void = Self.refuse(path, times: 40_000)
        async let written = Self.written(times: 40_000)
        await refused
        #expect(await written == 0)
    }

    private static func refuse(_ path: String, times: Int) async {
        for _ in 0..<times { _ = try? FolderWatch(path) { _ in } }
    }

    /// Makes pairs of sockets, and counts those that somebody else has written to.
    private static func written(times: Int) async -> Int {
        (0..<times).count { _ in
            var pair: [Int32] = [0, 0]
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
            sched_yield()
            var byte: UInt8 = 0
            let heard = pair.contains { recv($0, &byte, 1, Int32(MSG_DONTWAIT)) > 0 }
            for number in pair { close(number) }
            return heard
        }
    }
}
