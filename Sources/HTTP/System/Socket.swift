internal import CLinux
internal import Glibc

/// The calls on connected, nonblocking stream sockets. The numbers belong to the caller.
enum Socket {
    /// What `accept4` came to.
    enum Accepted {
        case connection(Int32, ClientAddress?)
        /// Nobody is waiting.
        case none
        /// This one went away before it was accepted; the next may be there.
        case again
        /// No descriptors or no memory: accepting more must wait.
        case exhausted
    }

    /// The next waiting connection, nonblocking and closed on exec, and where it comes from (`accept4`).
    static func accept(_ listener: Int32) -> Accepted {
        let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        var peer = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let number = withSocketAddress(&peer) { peer in retrying { lk_accept4(listener, peer, &length, flags) } }
        if number >= 0 { return .connection(number, ClientAddress(&peer)) }
        switch errno {
        case EAGAIN: return .none
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
        case EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP: return .none
        default: return .again
        }
    }

    /// Reads what is there (`recv`).
    static func receive(_ number: Int32, into buffer: UnsafeMutableRawBufferPointer) -> IOResult {
        result(retrying { recv(number, buffer.baseAddress, buffer.count, 0) })
    }

    /// Writes one range (`send`).
    static func send(_ number: Int32, _ bytes: UnsafeRawBufferPointer) -> IOResult {
        result(retrying { Glibc.send(number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL)) })
    }

    /// Writes two ranges as one (`sendmsg`).
    static func send(_ number: Int32, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> IOResult {
        withUnsafeTemporaryAllocation(of: iovec.self, capacity: 2) { ranges in
            ranges[0] = iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count)
            ranges[1] = iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
            var message = msghdr()
            message.msg_iov = ranges.baseAddress
            message.msg_iovlen = 2
            return result(retrying { sendmsg(number, &message, Int32(MSG_NOSIGNAL)) })
        }
    }

    private static func result(_ count: Int) -> IOResult {
        if count >= 0 { return .moved(count) }
        return errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed(errno)
    }

    /// Sends small segments at once (`TCP_NODELAY`): without it an answer in two parts waits 40 ms.
    static func setNoDelay(_ number: Int32) {
        var on: Int32 = 1
        setsockopt(number, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Makes the coming `close` a reset (`SO_LINGER` 0): the kernel drops what was not sent.
    static func setResetOnClose(_ number: Int32) {
        var value = linger(l_onoff: 1, l_linger: 0)
        setsockopt(number, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    /// Nothing more will be written (`shutdown(SHUT_WR)`).
    static func shutdownWrites(_ number: Int32) {
        _ = shutdown(number, Int32(SHUT_WR))
    }

    /// The address of the peer (`getpeername`): `127.0.0.1`, `::1`, `unix`; `unknown` when it has gone.
    static func peer(of number: Int32) -> String {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let code = withSocketAddress(&storage) { getpeername(number, $0, &length) }
        return code == 0 ? SocketAddress.host(of: storage) : "unknown"
    }
}

/// Passes a `sockaddr_storage` as the `sockaddr` that C wants.
func withSocketAddress<Result>(
    _ storage: inout sockaddr_storage, _ body: (UnsafeMutablePointer<sockaddr>) -> Result
) -> Result {
    withUnsafeMutablePointer(to: &storage) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1, body)
    }
}
