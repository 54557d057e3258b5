internal import HTTP
internal import JSON

/// The kinds of answers that the dialects give.
extension Response {
    /// JSON.
    static func json(_ status: Int, _ value: JSON) -> Response {
        Response(status: status, headers: ["Content-Type": "application/json"], body: .bytes(value.encoded()))
    }

    /// A status without content.
    static func empty(_ status: Int) -> Response { Response(status: status) }

    /// A page for people.
    static func page(_ status: Int, _ html: HTML) -> Response {
        Response(
            status: status,
            headers: [
                "Content-Type": "text/html; charset=utf-8",
                // No form-action: the answer to a form is a redirect to the client, which that directive would stop.
                "Content-Security-Policy":
                    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
                "X-Content-Type-Options": "nosniff",
                // Not no-referrer: then browsers send their own forms with "Origin: null".
                "Referrer-Policy": "same-origin",
                "Cache-Control": "no-store",
            ],
            body: .bytes(Array(html.source.utf8)))
    }

    /// Sends the browser on, by GET.
    static func redirect(to url: String) -> Response {
        Response(
            status: 303, headers: ["Location": url, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"])
    }

    /// The error of a token or device endpoint (RFC 6749 section 5.2).
    static func oauthError(_ status: Int, _ error: String, _ description: String) -> Response {
        .json(status, ["error": .string(error), "error_description": .string(description)])
    }
}
