internal import CLinux
internal import Glibc
internal import Synchronization

/// A socket that accepts connections. It is closed when the last loop lets go of it.
final class ListeningSocket: Sendable {
    private let descriptor: Descriptor
    /// Whether connections are TCP ones.
    let isTCP: Bool
    private let isOwn: Bool
    private let place: SocketPlace?

    private init(_ descriptor: Descriptor, isTCP: Bool, isOwn: Bool = true, place: SocketPlace? = nil) {
        self.descriptor = descriptor
        self.isTCP = isTCP
        self.isOwn = isOwn
        self.place = place
    }

    /// The descriptor's number.
    var number: Int32 { descriptor.number }

    private static let flags = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    private static let backlog: Int32 = 1024

    /// `getaddrinfo`, `socket`, `bind`, `listen` for TCP. Port 0 takes any free one.
    static func tcp(host: String, port: Int) throws(SystemError) -> ListeningSocket {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0, let first = found else {
            throw SystemError(function: "getaddrinfo", code: EADDRNOTAVAIL)
        }
        defer { freeaddrinfo(first) }
        let descriptor = try open(first.pointee.ai_family)
        var on: Int32 = 1
        setsockopt(descriptor.number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor.number, first.pointee.ai_addr, first.pointee.ai_addrlen) == 0 else { throw .last("bind") }
        try listen(descriptor)
        return ListeningSocket(descriptor, isTCP: true)
    }

    /// A unix socket whose file has this mode and owner. A path that a dead server left is taken over; a living one is
    /// not (`EADDRINUSE`).
    static func unix(path: String, _ access: UnixSocketAccess) throws(SystemError) -> ListeningSocket {
        var address = try unixAddress(path)
        try removeStale(path, &address)
        let descriptor = try open(AF_UNIX)
        try bindPrivately(descriptor, &address, mode_t(access.mode))
        let place = SocketPlace(path)
        do throws(SystemError) {
            // Before anybody can connect. Where the path is a link by now, the link changes and not what it leads to.
            if access.user != nil || access.group != nil {
                guard lchown(path, access.user ?? .max, access.group ?? .max) == 0 else { throw .last("chown") }
            }
            try listen(descriptor)
        } catch {
            place?.remove()
            throw error
        }
        return ListeningSocket(descriptor, isTCP: false, place: place)
    }

    /// A socket that this process was started with. Its path is not this server's to remove.
    static func inherited(_ socket: InheritedSocket) -> ListeningSocket {
        let isTCP = if case .tcp = socket.address { true } else { false }
        return ListeningSocket(Descriptor(owning: socket.number), isTCP: isTCP, isOwn: false)
    }

    /// SECURITY: bind makes the path with the mode of the socket, less the bits of the process's mask. So there is no
    /// moment at which others may connect, and no `chmod` of a path that could lead elsewhere by then.
    private static func bindPrivately(
        _ descriptor: Descriptor, _ address: inout sockaddr_un, _ mode: mode_t
    ) throws(SystemError) {
        guard fchmod(descriptor.number, mode) == 0 else { throw .last("fchmod") }
        try mask.withLock { _ throws(SystemError) in
            // The mask is the process's: one that takes nothing but others' bits does no harm to a folder that another
            // thread makes meanwhile, as 0117 would.
            let before = umask(0o007 & ~mode)
            let code = withUnix(&address) { bind(descriptor.number, $0, $1) }
            let failure = SystemError.last("bind")
            umask(before)
            if code != 0 { throw failure }
        }
    }

    private static let mask = Mutex(())

    /// The port it is bound to (`getsockname`).
    var port: Int {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = withSocketAddress(&storage) { getsockname(number, $0, &length) }
        return SocketAddress.port(of: storage)
    }

    /// Refuses connections from now on, for all who hold this socket (`shutdown`). One that was passed to this process
    /// goes on listening: those who connect wait for the next process.
    func refuse() {
        if isOwn { _ = shutdown(number, Int32(SHUT_RDWR)) }
    }

    /// Removes a unix socket's path (`unlink`), if it is still this socket that is there.
    func removePath() {
        place?.remove()
    }

    private static func open(_ family: Int32) throws(SystemError) -> Descriptor {
        let number = socket(family, flags, 0)
        guard number >= 0 else { throw .last("socket") }
        return Descriptor(owning: number)
    }

    private static func listen(_ descriptor: Descriptor) throws(SystemError) {
        guard Glibc.listen(descriptor.number, backlog) == 0 else { throw .last("listen") }
    }

    private static func unixAddress(_ path: String) throws(SystemError) -> sockaddr_un {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else {
            throw SystemError(function: "bind", code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return address
    }

    /// SECURITY: only a socket is removed, and only when nobody answers on it.
    private static func removeStale(_ path: String, _ address: inout sockaddr_un) throws(SystemError) {
        var status = stat()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return }
        let probe = try open(AF_UNIX)
        let code = withUnix(&address) { connect(probe.number, $0, $1) }
        guard code != 0, errno == ECONNREFUSED else { throw SystemError(function: "bind", code: EADDRINUSE) }
        unlink(path)
    }

    private static func withUnix<Result>(
        _ address: inout sockaddr_un, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
