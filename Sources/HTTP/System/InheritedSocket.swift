internal import Glibc

/// A listening socket that this process was started with, by a service manager (sd_listen_fds(3)).
public struct InheritedSocket: Sendable, Equatable {
    /// The number of its descriptor.
    public let number: Int32
    /// What the service manager calls it (`FileDescriptorName=`); `unknown` when it has not said.
    public let name: String
    /// Where it listens. The path of a socket without a file begins with `@`.
    public let address: ListenAddress

    private static let first: Int32 = 3

    /// The sockets that the environment tells of: `LISTEN_FDS` of them, when `LISTEN_PID` is this process.
    ///
    /// They no longer go to programs that this one starts.
    /// - Throws: `ServerError.inherited` when one of them is no listening stream socket.
    public static func all(environment: [String: String]) throws(ServerError) -> [InheritedSocket] {
        guard environment["LISTEN_PID"].flatMap({ Int32($0) }) == getpid() else { return [] }
        guard let count = environment["LISTEN_FDS"].flatMap({ Int32($0) }), 1...1024 ~= count else { return [] }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        var sockets: [InheritedSocket] = []
        for index in 0..<Int(count) {
            let name = index < names.count && !names[index].isEmpty ? String(names[index]) : "unknown"
            sockets.append(try InheritedSocket(first + Int32(index), name))
        }
        return sockets
    }

    private init(_ number: Int32, _ name: String) throws(ServerError) {
        guard Self.option(SO_TYPE, of: number) == Int32(SOCK_STREAM.rawValue),
            Self.option(SO_ACCEPTCONN, of: number) == 1, let address = Self.address(of: number)
        else { throw .inherited(number, name) }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
        (self.number, self.name, self.address) = (number, name, address)
    }

    private static func option(_ option: Int32, of number: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(number, SOL_SOCKET, option, &value, &length) == 0 ? value : nil
    }

    private static func address(of number: Int32) -> ListenAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        guard withSocketAddress(&storage, { getsockname(number, $0, &length) }) == 0 else { return nil }
        switch Int32(storage.ss_family) {
        case AF_INET, AF_INET6:
            return .tcp(host: SocketAddress.host(of: storage), port: SocketAddress.port(of: storage))
        case AF_UNIX: return .unix(path: SocketAddress.path(of: storage, length: Int(length)))
        default: return nil
        }
    }
}
