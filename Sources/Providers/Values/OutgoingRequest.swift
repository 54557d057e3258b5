/// A name with a value: a header field, a query item or a form field. Order and repetition count, so lists of these
/// are used and not dictionaries.
public struct Parameter: Sendable, Equatable {
    /// The name, decoded.
    public var name: String
    /// The value, decoded.
    public var value: String

    /// A name with a value.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A request that a flow wants sent. A plain value: whoever runs the flow sends it, follows no redirect, bounds time
/// and size, and gives the outcome back as an `Exchange`.
public struct OutgoingRequest: Sendable, Equatable {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    public var method: String
    /// The whole URL, percent-encoded: https, or http to this machine or to a server of the person's own.
    public var url: String
    /// The header fields, in order. No value holds a control character.
    public var headers: [Parameter]
    /// The body; empty when there is none.
    public var body: [UInt8]
    /// What proves who the server is, when it is one of the person's own, which may be reached by http in a private
    /// network; nil for servers on the web.
    public var instance: InstanceTrust?

    /// Whom it asks: scheme, host and port; the whole URL when that cannot be told.
    public var origin: String { WebAddress(url).map { "\($0.scheme)://\($0.host):\($0.port)" } ?? url }

    /// A request.
    public init(
        method: String, url: String, headers: [Parameter] = [], body: [UInt8] = [], instance: InstanceTrust? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.instance = instance
    }
}
