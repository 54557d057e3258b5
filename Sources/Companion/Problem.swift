public import HTTP
internal import JSON

/// An answer that says no: `{"ok": false, "error": code, "message": sentence, "hint": what to do}` with a real HTTP
/// status. Messages never hold a secret.
public struct Problem: Error, Equatable, Sendable {
    /// The HTTP status: 400 to 599.
    public var status: Int
    /// A word for programs: `unknown_key`.
    public var code: String
    /// What is wrong: a sentence.
    public var message: String
    /// What to do: a sentence, or empty.
    public var hint: String
    /// For a refused config: which keys are wrong, and why.
    public var fields: [FieldProblem] = []
    /// After how many seconds the same may be asked again, where that is known (RFC 9110 section 10.2.3).
    public var retryAfter: Int?
    /// The methods that are allowed, with status 405 (RFC 9110 section 15.5.6).
    var allow: String?
    /// With 401: how to say who one is (`WWW-Authenticate`, RFC 9110 section 11.6.1), where that is by a header field.
    var challenge: String?

    /// A wrong value of one config key.
    public struct FieldProblem: Equatable, Sendable {
        /// The key as in the catalogue: `trakt.client_id`.
        public let key: String
        /// What is wrong with it: a sentence.
        public let message: String
    }

    /// A problem.
    public init(_ status: Int, _ code: String, _ message: String, hint: String = "") {
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
    }

    /// Nobody is known to have made the request.
    static let notSignedIn = Problem(
        401, "not_signed_in", "You are not signed in.", hint: "Sign in, then try again.")

    /// The body of the answer.
    var body: JSON {
        var body: JSON = ["ok": false, "error": .string(code), "message": .string(message)]
        if !hint.isEmpty { body["hint"] = .string(hint) }
        if !fields.isEmpty {
            body["fields"] = .array(fields.map { ["key": .string($0.key), "message": .string($0.message)] })
        }
        return body
    }

    /// The same, with the seconds after which it may be asked again.
    func retrying(after seconds: Double) -> Problem {
        var problem = self
        problem.retryAfter = Self.wholeSeconds(seconds)
        return problem
    }

    /// A time to wait as `Retry-After` tells it (RFC 9110 section 10.2.3): from one second to a day.
    static func wholeSeconds(_ wait: Double) -> Int { Int(exactly: min(max(1, wait.rounded(.up)), 86_400)) ?? 60 }

    /// The answer.
    public var response: Response {
        var response = Response.json(status, body)
        response.headers["Retry-After"] = retryAfter.map(String.init)
        response.headers["Allow"] = allow
        response.headers["WWW-Authenticate"] = challenge
        return response
    }
}

extension Response {
    /// A JSON answer.
    static func json(_ status: Int = 200, _ body: JSON, headers: HeaderFields = [:]) -> Response {
        var headers = headers
        headers["Content-Type"] = "application/json"
        return Response(status: status, headers: headers, body: .bytes(body.encoded()))
    }
}
