public import HTTP

public protocol Responder: Sendable { func respond(to request: Request) async -> Response }
