internal import HTTP

/// Times as text, in UTC.
enum Timestamp {
    /// `2026-11-20T23:59:59Z`
    static func iso8601(_ seconds: Int) -> String { HTTPDate.rfc3339(epochSeconds: Int64(seconds)) }

    /// `2026-11-20 23:59:59 UTC`, as TMDB writes it.
    static func spaced(_ seconds: Int) -> String {
        let text = iso8601(seconds)
        return "\(text.prefix(10)) \(text.dropFirst(11).dropLast()) UTC"
    }
}
