/// Writes the rest of a response after its preamble: fields and content.
struct ResponseWriter {
    /// Fields that every response gets where it does not set them itself.
    let securityHeaders: HeaderFields
    /// All of them, as they are mostly sent.
    private let securityLines: [UInt8]

    init(securityHeaders: HeaderFields) {
        self.securityHeaders = securityHeaders
        var lines: [UInt8] = []
        FieldWriter.write(securityHeaders, to: &lines)
        securityLines = lines
    }

    /// Fields that belong to the server: they say how the message is framed and how the connection goes on.
    private static let own = [
        "connection", "content-length", "date", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
    ]
    private static let notStored = Array("Cache-Control: no-store\r\n".utf8)

    /// Whether a response can be sent at all: a final status and well-formed fields.
    static func isWellFormed(_ response: Response) -> Bool {
        (200...599).contains(response.status) && response.headers.fields.allSatisfy(FieldWriter.isWellFormed)
    }

    /// The header section and, unless only the head was asked for, the content.
    func write(_ response: Response, _ content: [UInt8], isHead: Bool, to bytes: inout [UInt8]) {
        let hasNoContent = Status.hasNoContent(response.status)
        bytes.reserveCapacity(bytes.count + securityLines.count + content.count + 256)
        writeFields(response.headers, to: &bytes)
        if !hasNoContent { bytes += "Content-Length: \(content.count)\r\n".utf8 }
        bytes += FieldWriter.lineEnd
        if !hasNoContent, !isHead { bytes += content }
    }

    /// The header section of a stream of events (WHATWG HTML, "Server-sent events").
    /// `X-Accel-Buffering` asks nginx to pass each event on at once.
    func writeEvents(_ response: Response, isChunked: Bool, to bytes: inout [UInt8]) {
        var fields = response.headers
        fields["Content-Type"] = "text/event-stream"
        fields["Cache-Control"] = "no-store"
        fields["X-Accel-Buffering"] = "no"
        writeFields(fields, to: &bytes)
        if isChunked { bytes += "Transfer-Encoding: chunked\r\n".utf8 }
        bytes += FieldWriter.lineEnd
    }

    private func writeFields(_ headers: HeaderFields, to bytes: inout [UInt8]) {
        for field in headers.fields where !Self.isOwn(field.name) { FieldWriter.write(field, to: &bytes) }
        if headers["Cache-Control"] == nil { bytes += Self.notStored }
        if securityHeaders.fields.allSatisfy({ headers[$0.name] == nil }) {
            bytes += securityLines
        } else {
            for field in securityHeaders.fields where headers[field.name] == nil {
                FieldWriter.write(field, to: &bytes)
            }
        }
    }

    private static func isOwn(_ name: String) -> Bool {
        own.contains { HeaderFields.same($0, name) }
    }
}
