public import HTTP

/// Something that goes wrong on purpose, for some requests to a provider's endpoints (never for its pages).
public struct Fault: Sendable, Equatable {
    /// What goes wrong.
    public enum Kind: Sendable, Equatable {
        /// The answer has this status and a page instead of JSON; the request is not processed.
        case status(Int)
        /// The answer is 200 without content; the request is not processed.
        case emptyBody
        /// The answer is 200 with a page instead of JSON; the request is not processed.
        case notJSON
        /// This is the answer; the request is not processed.
        case answer(status: Int, headers: HeaderFields, body: [UInt8])
        /// The answer refuses with this status, and its `error` repeats what the request calls so: a parameter or a header
        /// field. The request is not processed.
        case echo(String, status: Int)
        /// The request is processed, and its answer is lost on the way: the client only sees the connection end.
        case lostAnswer
        /// The request waits this many milliseconds before it is looked at.
        case delay(milliseconds: Int)
        /// The request waits until `Simulator.release(_:)`, then goes on.
        case hold
        /// A poll is told to slow down.
        case slowDown
    }

    /// What goes wrong.
    public var kind: Kind
    /// For how many requests; `nil` for all until the faults are cleared.
    public var times: Int?
    /// Only for this endpoint, such as `POST /oauth/token` (see `Simulator.counts(_:)`); `nil` for all.
    public var endpoint: String?
    /// The seconds of a `Retry-After` header, for `status` and `slowDown`.
    public var retryAfter: Int?

    /// A fault.
    public init(_ kind: Kind, times: Int? = 1, endpoint: String? = nil, retryAfter: Int? = nil) {
        self.kind = kind
        self.times = times
        self.endpoint = endpoint
        self.retryAfter = retryAfter
    }

    var isPause: Bool {
        switch kind {
        case .delay, .hold: true
        default: false
        }
    }

    var isAnswer: Bool {
        switch kind {
        case .status, .emptyBody, .notJSON, .answer, .echo, .lostAnswer: true
        default: false
        }
    }
}

extension [Fault] {
    /// The first fault for an endpoint that fits; it is used up by one.
    mutating func take(for endpoint: String, where fits: (Fault) -> Bool) -> Fault? {
        guard let index = firstIndex(where: { fits($0) && ($0.endpoint ?? endpoint) == endpoint }) else { return nil }
        let fault = self[index]
        if let times = fault.times {
            if times > 1 { self[index].times = times - 1 } else { remove(at: index) }
        }
        return fault
    }
}
