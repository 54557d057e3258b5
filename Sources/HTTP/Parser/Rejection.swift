/// Why a request is refused before anything looks at what it asks for. The connection is closed after it.
struct Rejection: Error, Equatable {
    /// The status of the answer.
    let status: Int
    /// The sentence of the answer. It repeats nothing of what was received.
    let reason: String

    init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }

    // The request line (RFC 9112 section 3).
    static let method = Rejection(400, "The request line does not begin with a method and one space.")
    static let unknownMethod = Rejection(501, "The method is longer than any that exists.")
    static let target = Rejection(400, "The request target has a character that must be percent-encoded.")
    static let targetForm = Rejection(400, "The request target is not a path, an http URL, or * for OPTIONS.")
    static let connect = Rejection(501, "CONNECT is for proxies, and this is not one.")
    static let version = Rejection(400, "The request line does not end with HTTP/ and a version.")
    static let otherVersion = Rejection(505, "This server speaks HTTP/1.1 and HTTP/1.0.")
    static let lineEnd = Rejection(400, "A line does not end with CR LF.")
    static let longLine = Rejection(414, "The request line is too long.")

    // The header section (RFC 9112 section 5).
    static let fold = Rejection(400, "A header field goes on in a second line or begins with white space.")
    static let fieldName = Rejection(400, "The name of a header field is not a token followed by a colon.")
    static let fieldValue = Rejection(400, "The value of a header field has a control character.")
    static let tooManyFields = Rejection(431, "There are too many header fields.")
    static let largeHeader = Rejection(431, "The header fields are too large.")

    // The host (RFC 9112 section 3.2).
    static let noHost = Rejection(400, "The Host header field is missing.")
    static let manyHosts = Rejection(400, "There is more than one Host header field.")
    static let host = Rejection(400, "The Host header field is not a host with an optional port.")
    static let hostsDiffer = Rejection(400, "The Host header field and the request target name different hosts.")
    static let otherHost = Rejection(
        421, "This server does not answer for that host name. Its owner can allow it with --allow-host NAME.")

    // The framing (RFC 9112 section 6).
    static let length = Rejection(400, "The Content-Length header field is not one number of at most 18 digits.")
    static let lengths = Rejection(400, "There is more than one Content-Length header field.")
    static let codings = Rejection(400, "There is more than one Transfer-Encoding header field.")
    static let coding = Rejection(400, "The Transfer-Encoding header field does not end with chunked alone.")
    static let unknownCoding = Rejection(501, "This server knows no transfer coding but chunked.")
    static let codingAndLength = Rejection(400, "There are both Transfer-Encoding and Content-Length.")
    static let codingInOldVersion = Rejection(400, "HTTP/1.0 has no Transfer-Encoding.")
    static let chunkSize = Rejection(400, "The size of a chunk is not 1 to 8 hexadecimal digits.")
    static let chunkExtension = Rejection(400, "A chunk extension is malformed or too long.")
    static let chunkEnd = Rejection(400, "A chunk does not end where its size says.")
    static let trailer = Rejection(400, "The trailer section is malformed or too long.")
    static let expectation = Rejection(417, "This server knows no expectation but 100-continue.")
    static let largeBody = Rejection(413, "The content is too large.")
    static let slow = Rejection(408, "The request did not arrive in time.")

    // The path.
    static let escape = Rejection(400, "The path has a malformed percent-escape.")
    static let forbiddenInPath = Rejection(
        400, "The path has a backslash, a control character or an encoded slash.")
    static let escapedTwice = Rejection(400, "The path is percent-encoded twice.")
    static let pathEncoding = Rejection(400, "The path is not UTF-8 after decoding.")
    static let aboveRoot = Rejection(400, "The path leads above the root.")

    // What the server cannot do.
    static let full = Rejection(503, "There are too many connections. Try again in a moment.")
    static let fullForClient = Rejection(
        503, "There are too many connections from your address. Close some, or try again in a moment.")
    static let late = Rejection(503, "The answer was not ready in time. Try again in a moment.")
    static let streams = Rejection(
        503, "There are too many streams of events. Close pages that are not needed, or try again in a moment.")
    static let busy = Rejection(503, "The server holds too many unfinished requests. Try again in a moment.")
    static let badResponse = Rejection(500, "The answer to this request was malformed.")
}
