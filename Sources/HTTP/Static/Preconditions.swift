/// The conditions of a GET or HEAD for a file, in the order of RFC 9110 section 13.2.2.
enum Preconditions {
    /// What follows from them.
    enum Outcome: Equatable {
        case proceed
        /// 304.
        case notModified
        /// 412.
        case failed
    }

    /// Whether the request is to be done. The tag and the time are those of the representation that would be sent.
    static func outcome(
        _ head: RequestHead, _ bytes: Span<UInt8>, tag: Span<UInt8>, modified: Int64?, now: Int64
    ) -> Outcome {
        let present = head.conditions
        if present.contains(.match) {
            let matches = head.values(of: "if-match", bytes).contains { EntityTags.matches(bytes, $0, tag, .strong) }
            if !matches { return .failed }
        } else if let date = date("if-unmodified-since", .unmodifiedSince, head, bytes, now), let modified {
            if modified > date { return .failed }
        }
        if present.contains(.noneMatch) {
            let matches = head.values(of: "if-none-match", bytes).contains { EntityTags.matches(bytes, $0, tag) }
            return matches ? .notModified : .proceed
        }
        if let date = date("if-modified-since", .modifiedSince, head, bytes, now), let modified, modified <= date {
            return .notModified
        }
        return .proceed
    }

    /// Whether `If-Range` allows a part, or is not there (RFC 9110 section 13.1.5).
    static func allowsPart(
        _ head: RequestHead, _ bytes: Span<UInt8>, tag: Span<UInt8>, modified: Int64?, now: Int64
    ) -> Bool {
        guard head.conditions.contains(.ifRange) else { return true }
        guard let value = head.onlyValue(of: "if-range", bytes) else { return false }
        if EntityTags.isStrongly(bytes, value, tag) { return true }
        return modified != nil && HTTPDate.parse(bytes, value, now: now) == modified
    }

    /// The date of a field; nil when there is none, several, or no valid one: then the field does not count.
    private static func date(
        _ name: StaticString, _ condition: RequestHead.Conditions, _ head: RequestHead, _ bytes: Span<UInt8>,
        _ now: Int64
    ) -> Int64? {
        guard head.conditions.contains(condition), let value = head.onlyValue(of: name, bytes) else { return nil }
        return HTTPDate.parse(bytes, value, now: now)
    }
}
