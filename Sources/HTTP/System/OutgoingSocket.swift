internal import Glibc

/// Sockets for connections to other servers.
enum OutgoingSocket {
    /// The address in the bytes of a socket address; nil when it is none of IPv4 or IPv6.
    static func address(in bytes: UnsafeRawBufferPointer) -> ClientAddress? {
        var storage = sockaddr_storage()
        withUnsafeMutableBytes(of: &storage) { room in
            room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(room.count)))
        }
        return ClientAddress(&storage)
    }

    /// A socket that is closed on exec; -1 when there is none to be had (`socket`).
    static func open(family: Int32, kind: Int32, number: Int32) -> Int32 {
        socket(family, kind | Int32(SOCK_CLOEXEC.rawValue), number)
    }
}
