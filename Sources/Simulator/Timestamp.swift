/// Times as text, in UTC.
enum Timestamp {
    /// `2026-11-20T23:59:59Z`
    static func iso8601(_ seconds: Int) -> String {
        let parts = fields(seconds)
        return "\(parts.date)T\(parts.time)Z"
    }

    /// `2026-11-20 23:59:59 UTC`, as TMDB writes it.
    static func spaced(_ seconds: Int) -> String {
        let parts = fields(seconds)
        return "\(parts.date) \(parts.time) UTC"
    }

    /// The civil date of a day count: the year begins in March, so that the leap day is the last.
    private static func fields(_ seconds: Int) -> (date: String, time: String) {
        // Four digits for the year is all that the text has room for.
        let seconds = min(max(seconds, 0), 253_402_300_799)
        let days = seconds / 86400 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let rest = seconds % 86400
        let date = "\(pad(year, 4))-\(pad(month, 2))-\(pad(dayOfYear - (153 * shifted + 2) / 5 + 1, 2))"
        return (date, "\(pad(rest / 3600, 2)):\(pad(rest / 60 % 60, 2)):\(pad(rest % 60, 2))")
    }

    private static func pad(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
