/// Answers the requests that are not for a static file.
public protocol Responder: Sendable {
    /// The answer to a request. It runs in a task of its own and does not hold up other requests.
    ///
    /// The task is cancelled when the client resets the connection, or when a stopping server's grace is over. A client
    /// that only stops sending (a half-close) still gets its answer.
    func respond(to request: Request) async -> Response

    /// An answer that is there already, for nil means to ask `respond(to:)`. It is called on the thread of the event loop,
    /// which serves nobody else meanwhile: it must look and not work. Default: nil.
    func readyResponse(to request: Request) -> Response?
}

extension Responder {
    /// None.
    public func readyResponse(to request: Request) -> Response? { nil }
}
