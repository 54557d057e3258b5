internal import JSON

/// Numbers and times from outside: whatever comes in, nothing traps and everything is bounded.
enum Numbers {
    /// A finite number from a JSON number or a numeric string.
    static func number(_ json: JSON) -> Double? {
        switch json {
        case .int(let value): Double(value)
        case .double(let value): value.isFinite ? value : nil
        case .string(let text): text.utf8.count <= 32 ? Double(text).flatMap { $0.isFinite ? $0 : nil } : nil
        default: nil
        }
    }

    /// A point in time as seconds since 1970: a number (milliseconds when it is too large for seconds) or a date as
    /// text. `nil` when it is not positive.
    static func seconds(_ json: JSON) -> Double? {
        guard let value = number(json) else {
            return json.stringValue.flatMap(Dates.iso8601).flatMap { $0 > 0 ? $0 : nil }
        }
        guard value > 0 else { return nil }
        return value > 100_000_000_000 ? value / 1000 : value
    }
}
