internal import Glibc

/// The file that a unix socket was bound to: its path, and which file it is.
struct SocketPlace: Sendable, Equatable {
    private let path: String
    private let device: UInt
    private let number: UInt

    /// What is at a path now (`lstat`); nil when that is no socket.
    init?(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
        self.path = path
        device = status.st_dev
        number = status.st_ino
    }

    /// Removes the path (`unlink`). Another file that has taken the place, such as the socket of the next server, stays:
    /// while the socket is open, no other file gets its number.
    func remove() {
        if SocketPlace(path) == self { unlink(path) }
    }
}
