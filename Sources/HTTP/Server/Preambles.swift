/// The beginnings of responses that a loop keeps ready for the present second: status line, `Date`, `Connection`.
struct Preambles {
    /// What the response says of the connection.
    enum Ending: Int, CaseIterable {
        /// HTTP/1.1 goes on without a word.
        case silent
        /// HTTP/1.0 goes on only when it is told.
        case keepAlive
        case close

        var field: String {
            switch self {
            case .silent: ""
            case .keepAlive: "Connection: keep-alive\r\n"
            case .close: "Connection: close\r\n"
            }
        }
    }

    private var second: Int64 = -1
    private var date = ""
    private var ok: [[UInt8]] = []
    private var notModified: [[UInt8]] = []

    /// Takes the time of day; to be called once for each turn of the loop.
    mutating func refresh() {
        let now = Clock.epochSeconds()
        guard now != second else { return }
        second = now
        date = HTTPDate.format(epochSeconds: now)
        ok = Ending.allCases.map { make(200, $0) }
        notModified = Ending.allCases.map { make(304, $0) }
    }

    /// The beginning of a 200 or 304.
    func ready(isNotModified: Bool, _ ending: Ending) -> [UInt8] {
        isNotModified ? notModified[ending.rawValue] : ok[ending.rawValue]
    }

    /// The beginning of a response of any status.
    func make(_ status: Int, _ ending: Ending) -> [UInt8] {
        Array("HTTP/1.1 \(status) \(Status.phrase(status))\r\nDate: \(date)\r\n\(ending.field)".utf8)
    }
}
