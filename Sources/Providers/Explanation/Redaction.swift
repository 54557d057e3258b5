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
    /// SECURITY: what was hidden of the request is hidden in every sentence of the answer, too: some repeat a key that they
    /// do not accept.
    public static func lines(_ exchange: Exchange, to request: OutgoingRequest) -> [String] {
        let secrets = hidden(of: request)
        return lines(exchange).map { line in secrets.reduce(line) { $0.replacing($1, with: hidden($1)) } }
    }

    /// The parts of a request that are not shown, the longest first; what is very short is no secret.
    private static func hidden(of request: OutgoingRequest) -> [String] {
        var texts: [String] = []
        for field in request.headers where !headers.contains(field.name.lowercased()) {
            texts.append(field.value)
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
                if pair.count == 2, !Self.texts.contains(pair[0].lowercased()) { texts.append(String(pair[1])) }
            }
        }
        if let json = try? JSON.parse(request.body, file: "body") { texts += hidden(of: json, at: "") }
        return texts.filter { $0.utf8.count > 5 }.sorted { $0.utf8.count > $1.utf8.count }
    }

    private static func hidden(of json: JSON, at key: String) -> [String] {
        switch json {
        case .string(let text): texts.contains(key.lowercased()) ? [] : [text]
        case .array(let items): items.flatMap { hidden(of: $0, at: key) }
        case .object(let object): object.members.flatMap { hidden(of: $0.value, at: $0.key) }
        case .null, .bool, .int, .double: []
        }
    }

    static func lines(_ exchange: Exchange) -> [String] {
        switch exchange {
        case .failure(let failure): return ["no answer: \(failure)"]
        case .response(let response):
            let shown = response.headers.filter { headers.contains($0.name.lowercased()) }
            return ["\(response.status)"] + shown.map { "\($0.name): \(header($0))" }
                + (response.body.isEmpty ? [] : [body(response.body)])
        }
    }

    private static func header(_ field: Parameter) -> String {
        headers.contains(field.name.lowercased()) ? Encoding.excerpt(field.value) : hidden(field.value)
    }

    private static func hidden(_ text: some StringProtocol) -> String { "<\(text.count) characters>" }

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

    private static func body(_ bytes: [UInt8]) -> String {
        guard let json = try? JSON.parse(bytes, file: "body") else { return "<\(bytes.count) bytes that are not JSON>" }
        return String(decoding: shape(json, of: "").encoded(), as: UTF8.self)
    }

    private static func shape(_ json: JSON, of key: String) -> JSON {
        let name = key.lowercased()
        switch json {
        case .string(let text) where texts.contains(name):
            return .string(text.hasPrefix("http") ? address(Encoding.excerpt(text)) : Encoding.excerpt(text))
        case .string(let text): return .string(hidden(text))
        case .int, .double: return numbers.contains(name) ? json : "<number>"
        case .null, .bool: return json
        case .array(let items): return .array(items.prefix(3).map { shape($0, of: key) })
        case .object(let object):
            // SECURITY: a terminal obeys what stands in a name, too.
            return .object(
                JSONObject(
                    distinct: object.members.prefix(mostMembers).enumerated().map { index, member in
                        let key = Encoding.excerpt(member.key, limit: 60)
                        return (key == member.key ? key : "\(key) (\(index + 1))", shape(member.value, of: member.key))
                    }))
        }
    }
}
