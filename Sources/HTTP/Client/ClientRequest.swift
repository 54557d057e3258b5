/// A request to another server.
public struct ClientRequest: Sendable, Equatable {
    /// The method: a token, `GET`, `POST`.
    public var method: String
    /// The URL: https, or http to this machine (`localhost`, `127.0.0.0/8`, `[::1]`) and as far as `reach` goes. Without
    /// user and password.
    public var url: String
    /// The header fields; `Host`, `User-Agent` and the framing are made by the client.
    public var headers: HeaderFields
    /// The content.
    public var body: [UInt8]
    /// From the call to the last byte of the response.
    public var timeout: Duration
    /// The largest content that is taken.
    public var maximumBytes: Int
    /// Which servers it may reach.
    public var reach: Reach

    /// A request.
    public init(
        method: String = "GET", url: String, headers: HeaderFields = [:], body: [UInt8] = [],
        timeout: Duration = .seconds(15), maximumBytes: Int = 1_048_576, reach: Reach = .web
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.maximumBytes = maximumBytes
        self.reach = reach
    }
}

/// What another server answered. Redirects are not followed: a 302 is a response like any other.
public struct ClientResponse: Sendable, Equatable {
    /// The status code.
    public var status: Int
    /// The header fields of the final response.
    public var headers: HeaderFields
    /// The content, complete.
    public var body: [UInt8]

    /// A response.
    public init(status: Int, headers: HeaderFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
