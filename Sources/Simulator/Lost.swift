internal import HTTP

extension Response {
    /// An answer that never arrives whole: the client sees the connection end in the middle of it.
    ///
    /// The server cuts a stream of events off when more waits than it keeps for a client; that is what happens here.
    static var lost: Response {
        let stream = EventStream()
        stream.send(data: String(repeating: "lost ", count: 1 << 18))
        return .events(stream)
    }
}
