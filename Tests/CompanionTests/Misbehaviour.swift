import HTTP
import Simulator
import Testing

/// An answer that no client can use, and what people are told of it.
struct Misbehaviour: Sendable, CustomTestStringConvertible {
    /// What is wrong with it, as far as people are told.
    enum Meaning: Sendable {
        /// It has this status, and not what was asked for.
        case odd(Int)
        /// It has this status, and names another address.
        case elsewhere(Int)
        /// It is larger than any answer.
        case tooMuch
    }

    let name: String
    let fault: Fault.Kind
    let meaning: Meaning

    var testDescription: String { name }

    /// What people are told, where nothing else is wanted than that something was asked for.
    func sentence(_ label: String) -> String {
        switch meaning {
        case .odd(let status): "\(label) answered \(status), but not with what was asked for."
        case .elsewhere(let status): "\(label) answered \(status), which leads elsewhere and is not followed."
        case .tooMuch: "\(label) answered with more than could be an answer."
        }
    }

    /// What people can do about it.
    func hint(_ label: String) -> String {
        if case .tooMuch = meaning { return "Try again in a moment." }
        return Self.hint(label)
    }

    static func hint(_ label: String) -> String {
        "Try again; if it stays so, the description of \(label) needs a look."
    }

    // MARK: All of them

    static let all = unreadable + wrong

    /// What is no JSON.
    static let unreadable: [Misbehaviour] =
        [
            odd("a page", "<!doctype html><title>Sign in</title>", ["Content-Type": "text/html"]),
            odd("nothing", ""), odd("deep JSON", String(repeating: "[", count: 200_000)),
            odd("a JSON that ends too early", #"{"access_token":"cut","expires_in":36"#),
            odd("UTF-16", bytes: [0xFF, 0xFE] + "{}".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }),
            odd("Latin-1", bytes: Array(#"{"access_token":"caf"#.utf8) + [0xE9] + Array(#""}"#.utf8)),
            odd("a coding that nobody asked for", bytes: zipped, ["Content-Encoding": "gzip"]),
            Misbehaviour(name: "204", fault: .answer(status: 204, headers: [:], body: []), meaning: .odd(204)),
            Misbehaviour(
                name: "a huge body",
                fault: .answer(status: 200, headers: json, body: [UInt8](repeating: 0x20, count: 1 << 21)),
                meaning: .tooMuch),
            Misbehaviour(
                name: "huge headers",
                fault: .answer(status: 200, headers: ["X": String(repeating: "x", count: 100_000)], body: []),
                meaning: .tooMuch),
        ] + [301, 302, 303, 307, 308].map(redirect)

    /// JSON that is not what was asked for.
    private static let wrong = [
        odd("an array", "[[[]]]"), odd("an error object with status 200", #"{"error":{"code":7,"message":"no"}}"#),
        odd("an unknown error with status 200", #"{"error":"no_such_thing"}"#),
    ]

    /// Where redirects lead: nobody should ask there.
    static let elsewhere = "GET /userinfo"

    private static func redirect(_ status: Int) -> Misbehaviour {
        Misbehaviour(
            name: "\(status)", fault: .answer(status: status, headers: ["Location": "/oidc/id/userinfo"], body: []),
            meaning: .elsewhere(status))
    }

    /// `{"access_token":"zipped"}`. Nothing is ever unpacked, so that no answer is larger than it was on its way.
    private static let zipped: [UInt8] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 171, 86, 74, 76, 78, 78, 45, 46, 142, 47, 201, 207, 78, 205, 83, 178, 82,
        170,
        202, 44, 40, 72, 77, 81, 170, 5, 0, 253, 176, 140, 17, 25, 0, 0, 0,
    ]

    private static let json: HeaderFields = ["Content-Type": "application/json"]

    private static func odd(_ name: String, _ body: String, _ headers: HeaderFields = json) -> Misbehaviour {
        odd(name, bytes: Array(body.utf8), headers)
    }

    private static func odd(_ name: String, bytes: [UInt8], _ headers: HeaderFields = json) -> Misbehaviour {
        Misbehaviour(name: name, fault: .answer(status: 200, headers: headers, body: bytes), meaning: .odd(200))
    }

    /// Answers 200 with this JSON.
    static func answer(_ json: String) -> Fault.Kind {
        .answer(status: 200, headers: Self.json, body: Array(json.utf8))
    }
}
