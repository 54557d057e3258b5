internal import CLinux
internal import Glibc

/// Tells which files of a folder were written or put into their places, as it happens (inotify(7)), on a thread of its
/// own, for as long as it lives.
public final class FolderWatch: Sendable {
    /// Written to when the thread is to end, which closes it.
    private let end: Int32

    /// Watches a folder.
    ///
    /// - Parameter changed: called with the name of a file in it.
    public init(_ folder: String, changed: @escaping @Sendable (String) -> Void) throws(FileError) {
        let notices = inotify_init1(Int32(O_CLOEXEC))
        guard notices >= 0 else { throw FileError("watch", folder) }
        let ending = eventfd(0, Int32(EFD_CLOEXEC))
        let mask = UInt32(IN_MOVED_TO) | UInt32(IN_CLOSE_WRITE)
        guard ending >= 0, inotify_add_watch(notices, folder, mask) >= 0 else {
            let failure = FileError("watch", folder)
            for descriptor in [notices, ending] where descriptor >= 0 { close(descriptor) }
            throw failure
        }
        do throws(BlockingThread.Failure) {
            try BlockingThread.start {
                Self.listen(notices, ending, changed)
                close(notices)
                // Where the system gives no notices any more, the number stays taken until it has been written to.
                var count: UInt64 = 0
                while read(ending, &count, 8) < 0, errno == EINTR {}
                close(ending)
            }
        } catch {
            for descriptor in [notices, ending] { close(descriptor) }
            throw FileError("watch", folder, code: error.code)
        }
        // Last of all: from here `deinit` runs, also when this throws, and writes to it.
        end = ending
    }

    private static func listen(_ notices: Int32, _ ending: Int32, _ changed: (String) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            var waiting = [
                pollfd(fd: notices, events: Int16(POLLIN), revents: 0),
                pollfd(fd: ending, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&waiting, 2, -1) >= 0 || errno == EINTR, waiting[1].revents == 0 else { return }
            let count = waiting[0].revents == 0 ? 0 : read(notices, &buffer, buffer.count)
            if count < 0, errno != EINTR { return }
            for name in names(buffer.prefix(max(0, count))) { changed(name) }
        }
    }

    /// The names in what inotify gave: for each event a head of 16 bytes, the last four of which are the length of the
    /// name, padded with zeros.
    private static func names(_ bytes: ArraySlice<UInt8>) -> Set<String> {
        var names: Set<String> = []
        var rest = bytes
        while rest.count >= 16 {
            let head = Array(rest.prefix(16))
            let length = head.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: 12, as: UInt32.self)) }
            names.insert(String(decoding: rest.dropFirst(16).prefix(length).prefix { $0 != 0 }, as: UTF8.self))
            rest = rest.dropFirst(16 + length)
        }
        return names
    }

    deinit {
        var one: UInt64 = 1
        write(end, &one, 8)
    }
}
