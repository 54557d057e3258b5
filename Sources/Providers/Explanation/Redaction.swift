internal import Crypto
internal import JSON

/// How exchanges are shown to people who look for a fault: their shape, without anything that opens an account.
///
/// SECURITY: what is shown is listed, and everything else is hidden: a provider may call its secrets as it likes.
public enum Redaction {
    private static let headers: Set = ["accept", "content-type", "retry-after", "user-agent", "www-authenticate"]
    private static let texts: Set = [
        "error", "error_description", "error_code", "error_uri", "grant_type", "response_type", "token_type", "scope",
        "scopes", "status", "status_code", "status_message", "message", "verification_uri", "verification_url",
        "username", "user_name", "name", "success", "code_challenge_method", "page", "limit",
    ]
    private static let numbers: Set = [
        "expires_in", "expires_at", "expiresin", "interval", "created_at", "status", "status_code", "error_code",
    ]

    /// How many members of an object are shown.
    private static let mostMembers = 100

    /// A request in lines: method and address, header fields, body.
    public static func lines(_ request: OutgoingRequest) -> [String] {
        let fields = request.headers.map { "\($0.name): \(header($0))" }
        let isForm = request.headers.contains {
            $0.name.lowercased() == "content-type" && $0.value.hasPrefix("application/x-www-form-urlencoded")
        }
        return ["\(request.method) \(address(request.url))"] + fields
            + (request.body.isEmpty
                ? [] : [isForm ? form(String(decoding: request.body, as: UTF8.self)) : body(request.body)])
    }

    /// What became of a request, in lines: status, header fields, body.
    ///
    /// SECURITY: what was hidden of the request is hidden in every text of the answer, too: some repeat a key that they do not
    /// accept. It is before anything is cut or encoded, so that all of it is found.
    public static func lines(_ exchange: Exchange, to request: OutgoingRequest) -> [String] {
        lines(exchange, without: HiddenTexts(hidden(of: request), shortest: 4))
    }

    /// The parts of a request that are not shown, as they were before they were encoded, too.
    private static func hidden(of request: OutgoingRequest) -> [String] {
        var texts: [String] = []
        for field in request.headers where !headers.contains(field.name.lowercased()) {
            texts.append(field.value)
            texts += credentials(field.value)
            // Of several parts of a value those that are no words.
            texts += field.value.split { " ,;=\"".contains($0) }.map(String.init)
                .filter { $0.utf8.count > 15 || $0.contains(where: \.isNumber) }
        }
        let parts = request.url.split(separator: "?", maxSplits: 1)
        texts += parts[0].split(separator: "/").dropFirst(2).filter { !isWord($0) }.map(String.init)
        let body = String(decoding: request.body, as: UTF8.self)
        for form in parts.dropFirst() + [Substring(body)] {
            for item in form.split(separator: "&") {
                let pair = item.split(separator: "=", maxSplits: 1)
                guard pair.count == 2, !isShown(pair[1], at: pair[0].lowercased()) else { continue }
                texts += [String(pair[1]), Encoding.formDecoded(pair[1]) ?? ""]
            }
        }
        if let json = try? JSON.parse(request.body, file: "body") { texts += hidden(of: json, at: "") }
        return texts
    }

    /// Name and password of HTTP Basic (RFC 7617), which OAuth form-encodes before they are joined (RFC 6749 section 2.3.1).
    private static func credentials(_ value: String) -> [String] {
        let words = value.split(separator: " ", maxSplits: 1)
        guard words.count == 2, words[0].lowercased() == "basic", let bytes = Base64.decode(String(words[1])) else {
            return []
        }
        let halves = String(decoding: bytes, as: UTF8.self).split(
            separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return halves.flatMap { [String($0), Encoding.formDecoded($0) ?? ""] }
    }

    private static func hidden(of json: JSON, at key: String) -> [String] {
        switch json {
        case .string(let text): isShown(text, at: key.lowercased()) ? [] : [text]
        case .array(let items): items.flatMap { hidden(of: $0, at: key) }
        case .object(let object): object.members.flatMap { hidden(of: $0.value, at: $0.key) }
        case .null, .bool, .int, .double: []
        }
    }

    /// Whether an answer may repeat a value of a request: those of known names, and short words such as `name` or `true`, which
    /// are members of answers, too, unless they stand where secrets do.
    private static func isShown(_ text: some StringProtocol, at key: String) -> Bool {
        if texts.contains(key) { return true }
        let places = ["pw", "pass", "secret", "token", "key", "code", "pin", "user", "mail"]
        let isWord = text.utf8.count < 8 && text.utf8.allSatisfy { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 }
        return isWord && !places.contains(where: key.contains)
    }

    static func lines(_ exchange: Exchange, without secrets: HiddenTexts = .none) -> [String] {
        switch exchange {
        case .failure(let failure): return ["no answer: \(secrets.hide(in: "\(failure)", by: hidden))"]
        case .response(let response):
            let shown = response.headers.filter { headers.contains($0.name.lowercased()) }
            return ["\(response.status)"] + shown.map { "\($0.name): \(header($0, without: secrets))" }
                + (response.body.isEmpty ? [] : [body(response.body, without: secrets)])
        }
    }

    private static func header(_ field: Parameter, without secrets: HiddenTexts = .none) -> String {
        headers.contains(field.name.lowercased())
            ? Encoding.excerpt(secrets.hide(in: field.value, by: hidden)) : hidden(field.value)
    }

    private static func hidden<Text: StringProtocol>(_ text: Text) -> String { "<\(text.count) characters>" }

    /// The address with its host, without what stands for somebody in its path and query.
    static func address(_ url: String) -> String {
        let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let segments = parts[0].split(separator: "/", omittingEmptySubsequences: false).enumerated().map {
            index, part in
            index < 3 || isWord(part) ? String(part) : hidden(part)
        }
        let path = segments.joined(separator: "/")
        return parts.count > 1 ? path + "?" + form(String(parts[1])) : path
    }

    /// Whether a part of a path is a word of the service, and nothing that it has given out.
    private static func isWord(_ part: Substring) -> Bool {
        part.utf8.count <= 24 && part.filter(\.isNumber).count <= 1
    }

    private static func form(_ text: String) -> String {
        text.split(separator: "&").map { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? String(parts[1]) : ""
            return "\(parts[0])=" + (texts.contains(parts[0].lowercased()) ? value : hidden(value))
        }.joined(separator: "&")
    }

    private static func body(_ bytes: [UInt8], without secrets: HiddenTexts = .none) -> String {
        guard let json = try? JSON.parse(bytes, file: "body") else { return "<\(bytes.count) bytes that are not JSON>" }
        return String(decoding: shape(json, of: "", without: secrets).encoded(), as: UTF8.self)
    }

    private static func shape(_ json: JSON, of key: String, without secrets: HiddenTexts) -> JSON {
        let name = key.lowercased()
        switch json {
        case .string(let text) where texts.contains(name):
            let shown = Encoding.excerpt(secrets.hide(in: text, by: hidden))
            return .string(shown.hasPrefix("http") ? address(shown) : shown)
        case .string(let text): return .string(hidden(text))
        case .int, .double: return numbers.contains(name) ? json : "<number>"
        case .null, .bool: return json
        case .array(let items): return .array(items.prefix(3).map { shape($0, of: key, without: secrets) })
        case .object(let object):
            // SECURITY: a terminal obeys what stands in a name, too.
            return .object(
                JSONObject(
                    distinct: object.members.prefix(mostMembers).enumerated().map { index, member in
                        let key = Encoding.excerpt(secrets.hide(in: member.key, by: hidden), limit: 60)
                        return (
                            key == member.key ? key : "\(key) (\(index + 1))",
                            shape(member.value, of: member.key, without: secrets)
                        )
                    }))
        }
    }
}
