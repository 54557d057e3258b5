/// Times as text, in UTC (RFC 3339 section 5.6): `2026-11-20T23:59:59Z`.
public enum Timestamp {
    /// The text for a number of seconds since 1970, which is taken between 1970 and 9999.
    public static func format(epochSeconds: Int) -> String {
        let seconds = min(max(epochSeconds, 0), 253_402_300_799)
        let (day, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, dayOfMonth) = HTTPDate.civil(day)
        let date = "\(HTTPDate.four(year))-\(HTTPDate.two(month))-\(HTTPDate.two(dayOfMonth))"
        return "\(date)T\(HTTPDate.two(rest / 3600)):\(HTTPDate.two(rest / 60 % 60)):\(HTTPDate.two(rest % 60))Z"
    }
}
