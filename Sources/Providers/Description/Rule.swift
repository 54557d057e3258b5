internal import JSON

/// What an answer means. The rules of a call are asked in order and the first one that fits decides.
struct Rule: Sendable, Equatable {
    enum Test: Sendable, Equatable {
        case present(Bool)
        case equals(JSON)
        case contains(String)
    }

    /// The HTTP statuses that it speaks of; empty for all.
    var statuses: [Int] = []
    /// A dotted path into the JSON body, if it speaks of the body.
    var path: String?
    var test: Test = .present(true)
    let then: FlowStatus
    var message: String?
    var hint: String?

    /// Whether it fits. A rule without a path does not look at the body, which may be empty or anything.
    func fits(status: Int, body: JSON?) -> Bool {
        guard statuses.isEmpty || statuses.contains(status) else { return false }
        guard let path else { return true }
        let value = body?[path: path]
        switch test {
        case .present(let wanted): return Self.isPresent(value) == wanted && body != nil
        case .equals(let wanted): return value.map { Self.same($0, wanted) } ?? false
        case .contains(let text): return value.map { Self.contains($0, text) } ?? false
        }
    }

    /// There, and neither null nor an empty string.
    private static func isPresent(_ value: JSON?) -> Bool {
        switch value {
        case nil, .null?, .string("")?: false
        default: true
        }
    }

    private static func same(_ left: JSON, _ right: JSON) -> Bool {
        if left == right { return true }
        switch (left, right) {
        case (.int(let whole), .double(let other)), (.double(let other), .int(let whole)): return Double(whole) == other
        default: return false
        }
    }

    private static func contains(_ value: JSON, _ text: String) -> Bool {
        switch value {
        case .string(let whole): whole.lowercased().contains(text.lowercased())
        case .array(let elements): elements.contains(.string(text))
        default: false
        }
    }

    /// Whether every answer that fits `other` fits this one too, so that `other` after it is never asked.
    func covers(_ other: Rule) -> Bool {
        let statusCovered =
            statuses.isEmpty || (!other.statuses.isEmpty && other.statuses.allSatisfy(statuses.contains))
        guard statusCovered else { return false }
        return path == nil || (path == other.path && test == other.test)
    }
}

extension [Rule] {
    private static func error(_ word: String, _ then: FlowStatus) -> Rule {
        Rule(path: "error", test: .equals(.string(word)), then: then)
    }

    /// What RFC 6749 section 5.2 and RFC 8628 section 3.5 say, asked after the rules of the description.
    static let standard: [Rule] = [
        error("authorization_pending", .authorizationPending),
        error("slow_down", .slowDown),
        error("access_denied", .accessDenied),
        error("expired_token", .expiredToken),
        error("invalid_grant", .invalidCode),
        error("invalid_client", .appRejected),
        error("unauthorized_client", .appRejected),
        error("unsupported_grant_type", .appRejected),
        error("invalid_scope", .appRejected),
        error("invalid_request", .appRejected),
        error("temporarily_unavailable", .unreachable),
        error("server_error", .unreachable),
        Rule(statuses: [429], then: .slowDown),
    ]
}
