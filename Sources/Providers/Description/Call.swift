internal import JSON

/// A request of a description with what its answer means: `rules` for the state, `map` for the values.
struct Call: Sendable, Equatable {
    /// Where a value is found: the first of the dotted paths at which there is one that is neither null nor empty.
    struct Mapping: Sendable, Equatable {
        let name: String
        let paths: [String]
    }

    let request: RequestTemplate
    let map: [Mapping]
    let rules: [Rule]

    /// The longest value that is taken from an answer, in bytes.
    static let longestValue = 16_384

    /// Reads an answer.
    func read(_ exchange: Exchange, at now: Double) -> Reading {
        guard case .response(let response) = exchange else { return Reading(failure: exchange) }
        let body = response.json
        var reading = Reading(response: response, retryAfter: Self.retryAfter(response, at: now))
        if let rule = rules.first(where: { $0.fits(status: response.status, body: body) }) {
            reading.rule = rule
        }
        reading.error = body?["error"]?.stringValue
        reading.isJSON = body != nil
        // A reason is what is said of a failure.
        reading.isMapped = map.contains { $0.name != "reason" }
        reading.hasError = [nil, .null, false, ""].contains(body?["error"]) == false
        for mapping in map {
            guard
                let found = mapping.paths.lazy.compactMap({ body?[path: $0] }).first(where: { $0 != .null && $0 != "" })
            else {
                continue
            }
            reading.json[mapping.name] = found
            if let text = Self.text(found, mapping.name), text.utf8.count <= Self.longestValue {
                reading.values[mapping.name] = text
            }
        }
        return reading
    }

    /// `Retry-After` in seconds from now (RFC 9110 section 10.2.3), never negative.
    private static func retryAfter(_ response: ProviderResponse, at now: Double) -> Double? {
        guard let text = response.header("Retry-After") else { return nil }
        let seconds = Numbers.number(.string(text)) ?? Dates.http(text).map { $0 - now }
        return seconds.map { max(0, $0) }
    }

    /// What is a text, or a number without a fraction, and nothing else: `true` is no token.
    private static let words: Set<String> = [
        "access_token", "refresh_token", "token_type", "device_code", "user_code", "verification_uri",
        "verification_uri_complete",
    ]

    /// A scalar as text; a list of strings with spaces between them, as some providers send scopes.
    private static func text(_ json: JSON, _ name: String) -> String? {
        switch json {
        case .string(let text): text
        case .int(let number): String(number)
        case _ where words.contains(name): nil
        case .double(let number): Int(exactly: number).map(String.init) ?? String(number)
        case .bool(let flag): flag ? "true" : "false"
        case .array(let elements): elements.compactMap(\.stringValue).joined(separator: " ")
        case .null, .object: nil
        }
    }
}

/// What an answer says, before a flow decides what to make of it.
struct Reading {
    /// The rule that fits, if one does.
    var rule: Rule?
    /// The mapped values as text.
    var values: [String: String] = [:]
    /// The mapped values as they came.
    var json: [String: JSON] = [:]
    /// The HTTP status; `nil` when there was no answer.
    var httpStatus: Int?
    /// The OAuth error word, if the body has one.
    var error: String?
    /// Whether the body is JSON.
    var isJSON = false
    /// Whether the body has an `error`, in whatever form.
    var hasError = false
    /// Whether there is something that the answer should have.
    var isMapped = false
    /// The wait that the provider asks for, in seconds.
    var retryAfter: Double?
    var failure: ExchangeFailure?

    init(failure exchange: Exchange) {
        if case .failure(let failure) = exchange { self.failure = failure }
    }

    init(response: ProviderResponse, retryAfter: Double?) {
        httpStatus = response.status
        self.retryAfter = retryAfter
    }

    var isSuccess: Bool { httpStatus.map { 200...299 ~= $0 } ?? false }

    /// Whether it shows that a credential works, where no rule says so: a page in the place of the answer, or an error with a
    /// status of success, shows nothing.
    var isProof: Bool {
        rule?.then == .ok || isSuccess && isJSON && (isMapped ? values.contains { $0.key != "reason" } : !hasError)
    }

    /// Whether the same request may well succeed later: no answer, or an error of the server that no rule explains.
    var isTransient: Bool {
        guard let httpStatus else { return true }
        return rule.map { $0.then == .unreachable } ?? (httpStatus >= 500 || httpStatus == 408)
    }

    /// Whether whoever was asked may only be away: nothing that was entered has to change for an answer to come later.
    var isAway: Bool { isTransient && failure?.isAbsence != false }
}
