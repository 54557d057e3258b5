internal import Glibc
internal import Synchronization

/// A client that sends and receives bytes as they are, for tests of servers.
///
/// Its calls wait on the socket, on a thread that Swift's tasks do not need, and for at most a minute.
public final class RawClient: Sendable {
    /// Why nothing came.
    public enum Failure: Error, Equatable {
        /// A system call failed, with its `errno`.
        case system(String, Int32)
        /// The server closed the connection before the response was complete.
        case ended
        /// Nothing came in time.
        case timedOut
    }

    private let number: Int32
    private let received = Mutex(ReceivedBytes())
    private let isOpen = Atomic(true)

    /// Connects to a port of this machine. `receiveBuffer` is what the kernel keeps for us: few bytes make a slow
    /// client.
    public static func connect(port: Int, receiveBuffer: Int? = nil) async throws -> RawClient {
        try await aside {
            let number = try open(AF_INET)
            if var size = receiveBuffer.map({ Int32(clamping: $0) }) {
                setsockopt(number, SOL_SOCKET, SO_RCVBUF, &size, 4)
            }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            return try finish(number, &address)
        }
    }

    /// Connects to a unix socket.
    public static func connect(unixPath path: String) async throws -> RawClient {
        try await aside {
            let number = try open(AF_UNIX)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
            return try finish(number, &address)
        }
    }

    private init(_ number: Int32) {
        self.number = number
    }

    deinit {
        close()
    }

    /// Sends all of a text.
    public func send(_ text: String) async throws {
        try await send(Array(text.utf8))
    }

    /// Sends all bytes; a server that has closed makes this fail.
    public func send(_ bytes: [UInt8]) async throws {
        try await aside { [self] in
            var sent = 0
            while sent < bytes.count {
                let count = bytes[sent...].withUnsafeBytes {
                    Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { throw Failure.system("send", errno) }
                sent += count
            }
        }
    }

    /// Sends nothing more.
    public func shutdownWrites() {
        shutdown(number, Int32(SHUT_WR))
    }

    /// Closes the connection.
    public func close() {
        if isOpen.exchange(false, ordering: .acquiringAndReleasing) { _ = Glibc.close(number) }
    }

    /// Closes the connection with a reset.
    public func reset() {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(number, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    private static func open(_ family: Int32) throws -> Int32 {
        let number = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw Failure.system("socket", errno) }
        var timeout = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        return number
    }

    private static func finish<Address>(_ number: Int32, _ address: inout Address) throws -> RawClient {
        let client = RawClient(number)
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(number, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard code == 0 else { throw Failure.system("connect", errno) }
        return client
    }
}

// MARK: - Receiving

extension RawClient {
    /// The next response. `isHead` says that it has no content whatever its header section says.
    public func response(isHead: Bool = false) async throws -> RawResponse {
        let head = String(decoding: try await bytes(through: "\r\n\r\n"), as: UTF8.self)
        let response = RawResponse(head: head, body: [])
        if isHead || response.status == 304 || response.status == 204 || response.status < 200 { return response }
        if response.headers["Transfer-Encoding"] == "chunked" { return response.with(body: try await chunks()) }
        if let length = response.headers["Content-Length"].flatMap({ Int($0) }) {
            return response.with(body: try await bytes(count: length))
        }
        return response.with(body: try await rest())
    }

    /// Everything up to the end of the connection. A reset counts as the end.
    public func rest() async throws -> [UInt8] {
        while try await receive() {}
        return take(received.withLock(\.count))
    }

    /// Everything up to the end of the connection, as text.
    public func restText() async throws -> String {
        String(decoding: try await rest(), as: UTF8.self)
    }

    /// The bytes up to and with `end`.
    public func bytes(through end: String) async throws -> [UInt8] {
        let end = Array(end.utf8)
        while true {
            if let count = received.withLock({ $0.count(through: end) }) { return take(count) }
            guard try await receive() else { throw Failure.ended }
        }
    }

    /// Exactly this many bytes.
    public func bytes(count: Int) async throws -> [UInt8] {
        while received.withLock(\.count) < count {
            guard try await receive() else { throw Failure.ended }
        }
        return take(count)
    }

    private func chunks() async throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = String(decoding: try await bytes(through: "\r\n"), as: UTF8.self)
            let size = Int(line.prefix { $0.isHexDigit }, radix: 16) ?? 0
            let chunk = try await bytes(count: size + 2)
            if size == 0 { return body }
            body += chunk.dropLast(2)
        }
    }

    private func take(_ count: Int) -> [UInt8] {
        received.withLock { $0.take(count) }
    }

    /// Waits for more; false at the end of the connection.
    private func receive() async throws -> Bool {
        try await aside { [self] in
            let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) {
                $1 = max(0, recv(number, $0.baseAddress, 65_536, 0))
            }
            if bytes.isEmpty, errno == EAGAIN { throw Failure.timedOut }
            received.withLock { $0.append(bytes) }
            return !bytes.isEmpty
        }
    }
}
