internal import HTTP

extension Response {
    /// An answer that never arrives.
    static var lost: Response { Response(status: 502) }
}
