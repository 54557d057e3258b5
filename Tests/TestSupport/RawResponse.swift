public import HTTP

/// A response as it came over a socket.
public struct RawResponse: Sendable {
    /// The status code.
    public let status: Int
    /// The status line and the header section as they came.
    public let head: String
    /// The header fields.
    public let headers: HeaderFields
    /// The content, without its chunks.
    public let body: [UInt8]

    /// The content as text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    init(head: String, body: [UInt8]) {
        self.head = head
        self.body = body
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: true)
        status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
        var headers = HeaderFields()
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers.append(String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " }))
        }
        self.headers = headers
    }

    func with(body: [UInt8]) -> RawResponse { RawResponse(head: head, body: body) }
}
