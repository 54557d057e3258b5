/// Answers the requests that are not for a static file.
public protocol Responder: Sendable {
    /// The answer to a request. It runs in a task of its own and does not hold up other requests.
    ///
    /// The task is cancelled when the client resets the connection, or when a stopping server's grace is over. A client
    /// that only stops sending (a half-close) still gets its answer.
    func respond(to request: Request) async -> Response

    /// Whether the answer to a request is made in a few microseconds and without a call that blocks, mostly. It is then
    /// made on the thread of the event loop, which serves nobody else meanwhile. Default: no.
    func isQuick(_ request: Request) -> Bool
}

extension Responder {
    /// No.
    public func isQuick(_ request: Request) -> Bool { false }
}
