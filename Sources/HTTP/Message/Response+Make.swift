extension Response {
    /// Plain text in UTF-8.
    public static func text(_ status: Int, _ text: String) -> Response {
        of(status, "text/plain; charset=utf-8", Array(text.utf8))
    }

    /// A page in UTF-8.
    public static func html(_ status: Int, _ html: String) -> Response {
        of(status, "text/html; charset=utf-8", Array(html.utf8))
    }

    /// A JSON document.
    public static func json(_ status: Int, bytes: [UInt8]) -> Response {
        of(status, "application/json", bytes)
    }

    /// Go on there with GET (RFC 9110 section 15.4.4): 303, so that neither method nor content are repeated.
    ///
    /// SECURITY: `location` is sent as it is. Build it from the configuration, never from what a request says.
    public static func seeOther(_ location: String) -> Response {
        Response(status: 303, headers: ["Location": location])
    }

    /// Server-sent events; see `EventStream`.
    public static func events(_ stream: EventStream) -> Response {
        Response(status: 200, body: .events(stream))
    }

    private static func of(_ status: Int, _ type: String, _ bytes: [UInt8]) -> Response {
        Response(status: status, headers: ["Content-Type": type], body: .bytes(bytes))
    }
}
