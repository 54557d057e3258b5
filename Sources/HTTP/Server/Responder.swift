/// Answers the requests that are not for a static file.
public protocol Responder: Sendable {
    /// The answer to a request. It runs in a task of its own; the task is cancelled when the client resets the connection.
    func respond(to request: Request) async -> Response
}
