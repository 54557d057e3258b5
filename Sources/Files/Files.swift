internal import CLinux
internal import Glibc

/// Files and folders, by the system calls named at each function. All of them repeat a call that a signal interrupted.
public enum Files {
    /// What there is at a path.
    public enum Kind: Sendable, Equatable {
        /// A regular file.
        case file
        /// A folder.
        case folder
        /// Anything else: a socket, a device.
        case other
    }

    /// What there is at a path, following symbolic links (`stat`); nil when there is nothing or it cannot be seen.
    public static func kind(of path: String) -> Kind? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        return switch info.st_mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .folder
        default: .other
        }
    }

    /// Whether anything has this name, a broken link included (`lstat`).
    ///
    /// - Throws: what hinders looking. Only "there is none" means no.
    public static func exists(_ path: String) throws(FileError) -> Bool {
        var info = stat()
        if lstat(path, &info) == 0 { return true }
        guard errno == ENOENT else { throw FileError("read", path) }
        return false
    }

    /// The permissions of a file or folder, such as 0o700 (`stat`).
    public static func permissions(of path: String) throws(FileError) -> UInt32 {
        var info = stat()
        guard stat(path, &info) == 0 else { throw FileError("read", path) }
        return info.st_mode & 0o7777
    }

    /// By what a file is known to be the same as before.
    public struct Stamp: Sendable, Equatable {
        /// The size in bytes.
        public let size: Int
        /// The time of the last change, in nanoseconds since 1970.
        public let modified: Int
        /// The file itself: one that is renamed into the place of another has another number.
        public let inode: UInt64

        fileprivate init(_ info: stat) {
            size = Int(info.st_size)
            modified = Int(info.st_mtim.tv_sec) &* 1_000_000_000 &+ Int(info.st_mtim.tv_nsec)
            inode = UInt64(info.st_ino)
        }
    }

    /// The stamp of a file (`stat`); nil when there is nothing.
    public static func stamp(of path: String) -> Stamp? {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        return Stamp(info)
    }

    /// Gives a file the owner and the group of another one, where we may (`chown`); only the superuser may.
    public static func giveOwner(of other: String, to path: String) throws(FileError) {
        var info = stat()
        guard stat(other, &info) == 0 else { throw FileError("look at", other) }
        guard geteuid() == 0, info.st_uid != 0 || info.st_gid != 0 else { return }
        guard lchown(path, info.st_uid, info.st_gid) == 0 else { throw FileError("give away", path) }
    }

    /// Gives a new file the owner and the group of its folder, where we may: what an administrator makes in the folder of
    /// another user is for that user (`fchown`).
    ///
    /// SECURITY: not a file that has another name, too. The folder's owner could have made a hard link there to a file that
    /// is not theirs, and would be given that one.
    static func giveToFolder(_ descriptor: Int32, _ path: String) throws(FileError) {
        var (info, file) = (stat(), stat())
        guard geteuid() == 0, stat(parent(of: path), &info) == 0, info.st_uid != 0 || info.st_gid != 0,
            fstat(descriptor, &file) == 0, file.st_nlink <= 1
        else { return }
        guard fchown(descriptor, info.st_uid, info.st_gid) == 0 else { throw FileError("give away", path) }
    }

    /// The content of a file (`open`, `read`).
    ///
    /// - Parameter limit: refuse a larger file, as `EFBIG`.
    public static func read(_ path: String, limit: Int = 64 << 20) throws(FileError) -> [UInt8] {
        let descriptor = try open(path, O_RDONLY, action: "read")
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("read", path)
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else { throw FileError("read", path, code: EFBIG) }
            bytes.append(contentsOf: chunk[0..<count])
        }
    }

    /// Writes a file so that after a crash there is either the old or the new content, never a part of it:
    /// a temporary file beside it, `fsync`, `rename`, `fsync` of the folder. When this returns, the content is durable.
    ///
    /// - Parameters:
    ///   - mode: the permissions of the new file.
    ///   - spare: so many bytes more must have room on the disk, else it fails as a full disk does.
    /// - Returns: the stamp of the new file.
    @discardableResult
    public static func writeDurably(
        _ bytes: [UInt8], to path: String, mode: UInt32 = 0o600, spare: Int = 0
    ) throws(FileError) -> Stamp {
        try replace(path, mode: mode) { (descriptor, temporary) throws(FileError) in
            try fill(descriptor, temporary, with: bytes, spare: spare)
        }
    }

    /// Puts a new file in the place of one, durably; `fill` writes its content.
    static func replace(
        _ path: String, mode: UInt32, fill: (_ descriptor: Int32, _ temporary: String) throws(FileError) -> Void
    ) throws(FileError) -> Stamp {
        // Opened before anything is changed: what can fail afterwards is the disk alone.
        let folder = try open(parent(of: path), O_RDONLY | O_DIRECTORY, action: "write to")
        defer { close(folder) }
        let temporary = path + ".new"
        let stamp: Stamp
        do throws(FileError) {
            stamp = try makeAndSynchronise(temporary, mode: mode, fill: fill)
        } catch {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else {
            let failure = FileError("replace", path)
            unlink(temporary)
            throw failure
        }
        guard fsync(folder) == 0 else { throw FileError("write to", parent(of: path)) }
        return stamp
    }

    /// SECURITY: the file is new and nobody else's. What a killed process left is removed, and what anybody puts there
    /// meanwhile, a link above all, makes it fail.
    private static func makeAndSynchronise(
        _ path: String, mode: UInt32, fill: (_ descriptor: Int32, _ path: String) throws(FileError) -> Void
    ) throws(FileError) -> Stamp {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileError("write", path) }
        let descriptor = try open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode: mode, action: "write")
        defer { close(descriptor) }
        // The mode of open is cut by the umask: set it.
        guard fchmod(descriptor, mode) == 0 else { throw FileError("set the permissions of", path) }
        try giveToFolder(descriptor, path)
        try fill(descriptor, path)
        var info = stat()
        guard fsync(descriptor) == 0, fstat(descriptor, &info) == 0 else { throw FileError("write", path) }
        return Stamp(info)
    }

    /// Writes the content where there is room for `spare` bytes more.
    private static func fill(
        _ descriptor: Int32, _ path: String, with bytes: [UInt8], spare: Int
    ) throws(FileError) {
        if spare > 0 { try reserve(bytes.count + spare, descriptor, path) }
        try write(bytes, to: descriptor, path: path)
        guard spare <= 0 || ftruncate(descriptor, bytes.count) == 0 else { throw FileError("write", path) }
    }

    /// Not every file system can reserve: on one that cannot, nothing is known.
    private static func reserve(_ count: Int, _ descriptor: Int32, _ path: String) throws(FileError) {
        let code = posix_fallocate(descriptor, 0, count)
        guard code == 0 || code == EOPNOTSUPP || code == EINVAL else { throw FileError("write", path, code: code) }
    }

    /// Makes a file that must not be there yet, durably and as a whole.
    ///
    /// - Throws: `EEXIST` when there is something of this name.
    public static func createDurably(_ bytes: [UInt8], at path: String, mode: UInt32 = 0o600) throws(FileError) {
        let temporary = "\(path).\(getpid()).new"
        do throws(FileError) {
            _ = try makeAndSynchronise(temporary, mode: mode) { (descriptor, temporary) throws(FileError) in
                try write(bytes, to: descriptor, path: temporary)
            }
            guard lk_renameat2(AT_FDCWD, temporary, AT_FDCWD, path, LK_RENAME_NOREPLACE) == 0 else {
                throw FileError("make", path)
            }
        } catch {
            unlink(temporary)
            throw error
        }
        try synchronise(folder: parent(of: path))
    }

    /// Writes a file without waiting for the disk (`open`, `write`).
    public static func write(_ bytes: [UInt8], to path: String, mode: UInt32 = 0o644) throws(FileError) {
        let descriptor = try open(path, O_WRONLY | O_CREAT | O_TRUNC, mode: mode, action: "write")
        defer { close(descriptor) }
        try write(bytes, to: descriptor, path: path)
    }

    /// Makes what happened in a folder (new and renamed files) durable (`fsync`).
    public static func synchronise(folder: String) throws(FileError) {
        let descriptor = try open(folder, O_RDONLY | O_DIRECTORY, action: "write to")
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("write to", folder) }
    }

    /// Makes what was written to a file durable (`fsync`). Many files written first and synchronised then cost one wait
    /// for the disk, not one each.
    public static func synchronise(file path: String) throws(FileError) {
        let descriptor = try open(path, O_RDONLY, action: "write")
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileError("write", path) }
    }

    static func open(_ path: String, _ flags: Int32, mode: UInt32 = 0, action: String) throws(FileError) -> Int32 {
        while true {
            let descriptor = Glibc.open(path, flags | O_CLOEXEC, mode)
            if descriptor >= 0 { return descriptor }
            guard errno == EINTR else { throw FileError(action, path) }
        }
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw FileError("write", path)
            }
            rest = rest.dropFirst(count)
        }
    }
}
