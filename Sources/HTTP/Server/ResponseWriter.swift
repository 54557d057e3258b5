/// Writes the rest of a response after its preamble: fields and content.
struct ResponseWriter {
    /// Fields that every response gets where it does not set them itself.
    let securityHeaders: HeaderFields

    /// Fields that belong to the server: they say how the message is framed and how the connection goes on.
    private static let own: Set<String> = [
        "connection", "content-length", "date", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade",
    ]

    /// Whether a response can be sent at all: a final status and well-formed fields.
    static func isWellFormed(_ response: Response) -> Bool {
        (200...599).contains(response.status) && response.headers.fields.allSatisfy(FieldWriter.isWellFormed)
    }

    /// The header section and, unless only the head was asked for, the content.
    func write(_ response: Response, _ content: [UInt8], isHead: Bool, to bytes: inout [UInt8]) {
        var fields = own(response.headers)
        let hasNoContent = Status.hasNoContent(response.status)
        if !hasNoContent { fields.append("Content-Length", String(content.count)) }
        FieldWriter.write(fields, to: &bytes)
        bytes += FieldWriter.lineEnd
        if !hasNoContent, !isHead { bytes += content }
    }

    /// The header section of a stream of events (WHATWG HTML, "Server-sent events").
    /// `X-Accel-Buffering` asks nginx to pass each event on at once.
    func writeEvents(_ response: Response, isChunked: Bool, to bytes: inout [UInt8]) {
        var fields = own(response.headers)
        fields["Content-Type"] = "text/event-stream"
        fields["Cache-Control"] = "no-store"
        fields["X-Accel-Buffering"] = "no"
        if isChunked { fields["Transfer-Encoding"] = "chunked" }
        FieldWriter.write(fields, to: &bytes)
        bytes += FieldWriter.lineEnd
    }

    private func own(_ headers: HeaderFields) -> HeaderFields {
        var fields = HeaderFields()
        for field in headers.fields where !Self.own.contains(field.name.lowercased()) {
            fields.append(field.name, field.value)
        }
        fields.append(missingFrom: ["Cache-Control": "no-store"])
        fields.append(missingFrom: securityHeaders)
        return fields
    }
}
