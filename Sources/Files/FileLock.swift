internal import CLinux
internal import Glibc

/// A lock between processes, held as long as the object lives (`flock` on a file made for it).
public final class FileLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Throws: `EWOULDBLOCK` when another process holds it.
    public init(_ path: String) throws(FileError) {
        descriptor = try Files.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600, action: "lock")
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { throw FileError("lock", path) }
    }

    /// Takes the lock, after whoever holds it now. That may take a while: never call it where others wait.
    public init(waitingFor path: String) throws(FileError) {
        descriptor = try Files.open(path, O_RDWR | O_CREAT | O_NOFOLLOW, mode: 0o600, action: "lock")
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw FileError("lock", path) }
        }
    }

    deinit { close(descriptor) }
}

extension FileError {
    /// Whether a lock was not taken because another process holds it.
    public var isLockHeld: Bool { code == EWOULDBLOCK }
}
