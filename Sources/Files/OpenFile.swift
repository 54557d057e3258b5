internal import Glibc

/// A file that stays open: read at any place, and written to at its end (`open`, `pread`, `write`).
public final class OpenFile: Sendable {
    private let descriptor: Int32
    private let path: String

    /// Opens a file for reading.
    public init(reading path: String) throws(FileError) {
        self.path = path
        descriptor = try Files.open(path, O_RDONLY, action: "read")
    }

    /// Opens a file for reading and appending, and makes an empty one where there is none.
    ///
    /// - Parameter mode: the permissions of a new file.
    public init(appendingTo path: String, mode: UInt32 = 0o600) throws(FileError) {
        self.path = path
        let flags = O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW
        descriptor = try Files.open(path, flags, mode: mode, action: "write")
        // When this throws, `deinit` closes it: every part is there.
        try Files.giveToFolder(descriptor, path)
    }

    deinit { close(descriptor) }

    /// The size in bytes (`fstat`).
    public var size: Int {
        get throws(FileError) {
            var info = stat()
            guard fstat(descriptor, &info) == 0 else { throw FileError("read", path) }
            return Int(info.st_size)
        }
    }

    /// Bytes from a place on; fewer than asked for at the end of the file.
    public func read(at offset: Int, count: Int) throws(FileError) -> [UInt8] {
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: max(0, count)) { buffer, filled in
            while filled < buffer.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                let got = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
                if got < 0 && errno == EINTR { continue }
                if got < 0 { failure = FileError("read", path) }
                if got <= 0 { return }
                filled += got
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Adds bytes at the end.
    public func append(_ bytes: [UInt8]) throws(FileError) { try Files.write(bytes, to: descriptor, path: path) }

    /// Cuts the file off after so many bytes (`ftruncate`).
    public func truncate(to size: Int) throws(FileError) {
        guard ftruncate(descriptor, off_t(size)) == 0 else { throw FileError("write", path) }
    }

    /// Makes what was written durable (`fsync`).
    public func synchronise() throws(FileError) {
        guard fsync(descriptor) == 0 else { throw FileError("write", path) }
    }
}

extension Files {
    /// Writes a file as `writeDurably` does, piece by piece: large ones are never in memory as a whole.
    ///
    /// - Parameter body: hands over each piece.
    public static func writeDurably(
        to path: String, mode: UInt32 = 0o600,
        _ body: (_ append: ([UInt8]) throws(FileError) -> Void)
            throws(FileError) -> Void
    ) throws(FileError) {
        _ = try replace(path, mode: mode) { (descriptor, temporary) throws(FileError) in
            try body { (bytes) throws(FileError) in try write(bytes, to: descriptor, path: temporary) }
        }
    }
}
