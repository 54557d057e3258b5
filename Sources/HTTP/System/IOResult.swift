/// What a read or write on a nonblocking descriptor came to.
enum IOResult: Equatable {
    /// This many bytes were moved; 0 on a read is the end of what the peer sends.
    case moved(Int)
    /// Nothing can be moved now (`EAGAIN`).
    case wouldBlock
    /// The connection is broken; the value is `errno`.
    case failed(Int32)
}
