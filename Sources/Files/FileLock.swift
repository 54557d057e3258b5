internal import CLinux
internal import Glibc

/// A lock between processes, held as long as the object lives (`flock` on a file made for it).
public final class FileLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Throws: `EWOULDBLOCK` when another process holds it.
    public init(_ path: String) throws(FileError) {
        descriptor = try Files.openLock(path)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw FileError("lock", path) }
    }

    /// Takes the lock as soon as nobody else holds it. Call it on a thread that may wait (`BlockingThread`).
    public init(waitingFor path: String) throws(FileError) {
        descriptor = try Files.openLock(path)
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw FileError("lock", path) }
        }
    }

    deinit { close(descriptor) }
}

/// A lock between processes, and between tasks of one, on one of very many things: a byte of a file made for it
/// (`fcntl` with open file description locks, fcntl_locking(2)). It ends with the object, and with the process.
public final class RangeLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock as soon as nobody else has it; nil when somebody keeps it for longer than so many seconds, as a
    /// process that was suspended does. Call it on a thread that may wait (`BlockingThread`).
    ///
    /// - Parameter thing: what is locked; things with the same bytes are the same.
    public static func wait(
        _ path: String, thing: UInt64, seconds: Int
    ) throws(FileError) -> RangeLock? {
        var pause: UInt32 = 200
        var waited: UInt32 = 0
        while waited < UInt32(clamping: seconds) * 1_000_000 {
            if let lock = try RangeLock(trying: path, thing: thing) { return lock }
            usleep(pause)
            waited += pause
            pause = min(pause * 2, 20_000)
        }
        return nil
    }

    /// Takes the lock if nobody else has it; nil when somebody has.
    public init?(trying path: String, thing: UInt64) throws(FileError) {
        descriptor = try Files.openLock(path)
        guard Self.lock(descriptor, thing, LK_F_OFD_SETLK) != 0 else { return }
        // What was opened is closed by deinit, which runs for a lock that was not got, too.
        let failure = FileError("lock", path)
        if failure.code == EAGAIN || failure.code == EACCES { return nil }
        throw failure
    }

    private static func lock(_ descriptor: Int32, _ thing: UInt64, _ command: Int32) -> Int32 {
        var range = flock()
        range.l_type = Int16(F_WRLCK)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = Int(thing >> 2)
        range.l_len = 1
        return fcntl(descriptor, command, &range)
    }

    deinit { close(descriptor) }
}

extension Files {
    fileprivate static func openLock(_ path: String) throws(FileError) -> Int32 {
        let descriptor = try open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600, action: "lock")
        do throws(FileError) {
            try giveToFolder(descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }
}

extension FileError {
    /// Whether a lock was not taken because another process holds it.
    public var isLockHeld: Bool { code == EWOULDBLOCK }
}
