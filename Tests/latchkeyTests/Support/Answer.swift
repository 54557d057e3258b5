import HTTP
import JSON

/// What the server answered.
struct Answer: Equatable {
    let status: Int
    let headers: HeaderFields
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
    var json: JSON { (try? JSON.parse(body)) ?? .null }

    /// The status and the content, as one line.
    var summary: String { "\(status) \(text)" }

    /// The value of the cookie that the answer sets, with its name: what a browser sends back.
    var cookie: String { String((headers["Set-Cookie"] ?? "").prefix { $0 != ";" }) }
}

extension JSON {
    /// The text of a member, or an empty one.
    func text(_ key: String) -> String { self[path: key]?.stringValue ?? "" }
}
