/// Sends requests to other servers with libcurl.
///
/// One background thread of the process drives all requests, and connections are used again. Only https, and http to
/// this machine, are allowed, and http to private addresses where a request says so (`Reach`); no redirect is followed; no cookie is kept; no `.netrc` is read. Certificates are checked
/// against the system's, or as the request says (`Reach.Trust`). `https_proxy` and `no_proxy` of the environment are honoured for https, never for http.
public struct Client: Sendable {
    let userAgent: String
    let connectTimeout: Duration
    let maximumHeaderBytes: Int

    /// A client.
    public init(
        userAgent: String, connectTimeout: Duration = .seconds(10), maximumHeaderBytes: Int = 65_536
    ) {
        self.userAgent = userAgent
        self.connectTimeout = connectTimeout
        self.maximumHeaderBytes = maximumHeaderBytes
    }

    /// Looks whether requests may go to a URL at all: https, or http as far as `reach` goes, without user and password.
    /// Names are not resolved.
    public static func check(_ url: String, _ reach: Reach = .web) throws(ClientError) {
        _ = try ClientTarget(url, reach)
    }

    /// Sends a request and waits for the whole response. Cancelling the task ends the transfer.
    ///
    /// Every status is a response; only what keeps the response from coming is an error.
    public func send(_ request: ClientRequest) async throws(ClientError) -> ClientResponse {
        let target = try ClientTarget(request.url, request.reach)
        let headers = try ClientHeaders.lines(request, userAgent: userAgent)
        let order = TransferOrder(request: request, client: self, target: target, headerLines: headers)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                TransferEngine.shared.start(order, continuation)
            }
        } onCancel: {
            TransferEngine.shared.cancel(order.ticket)
        }
        return try result.get()
    }
}
