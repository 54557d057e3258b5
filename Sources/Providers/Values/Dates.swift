/// The two date formats that providers send.
enum Dates {
    /// RFC 3339 (`2026-11-20T23:48:00Z`, also with a space, a fraction, an offset) and TMDB's `2026-11-20 23:48:00 UTC`.
    static func iso8601(_ text: String) -> Double? {
        guard text.utf8.count <= 40 else { return nil }
        let bytes = Array(text.utf8)
        guard bytes.count >= 19, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: "t") || bytes[10] == UInt8(ascii: " "),
            let year = digits(bytes[0..<4]), let month = digits(bytes[5..<7]), let day = digits(bytes[8..<10]),
            let time = clock(bytes[11..<19])
        else { return nil }
        var zone = bytes[19...]
        if zone.first == UInt8(ascii: ".") { zone = zone.dropFirst().drop { isDigit($0) } }
        guard let offset = offset(String(decoding: zone, as: UTF8.self)) else { return nil }
        return day1970(year, month, day).map { Double($0 * 86400 + time - offset) }
    }

    /// The date of HTTP headers: `Fri, 20 Nov 2026 23:48:00 GMT` (RFC 9110 section 5.6.7, without the obsolete forms).
    static func http(_ text: String) -> Double? {
        let words = text.split(separator: " ")
        guard text.utf8.count <= 40, words.count == 6, words[5] == "GMT",
            let day = digits(Array(words[1].utf8)[...]), let year = digits(Array(words[3].utf8)[...]),
            let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
                .firstIndex(of: String(words[2])),
            let time = clock(Array(words[4].utf8)[...])
        else { return nil }
        return day1970(year, month + 1, day).map { Double($0 * 86400 + time) }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

    private static func digits(_ bytes: ArraySlice<UInt8>) -> Int? {
        guard 1...4 ~= bytes.count, bytes.allSatisfy(isDigit) else { return nil }
        return bytes.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
    }

    /// `23:48:00` in seconds; a leap second is the next one.
    private static func clock(_ bytes: ArraySlice<UInt8>) -> Int? {
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 3, parts.allSatisfy({ $0.count == 2 }), let hour = digits(parts[0]),
            let minute = digits(parts[1]), let second = digits(parts[2]), hour < 24, minute < 60, second <= 60
        else { return nil }
        return hour * 3600 + minute * 60 + second
    }

    /// `Z`, ` UTC`, `+02:00`, `-0530` or nothing, in seconds east of Greenwich.
    private static func offset(_ text: String) -> Int? {
        if ["", "Z", "z", " UTC", "UTC", " GMT"].contains(text) { return 0 }
        let bytes = Array(text.utf8.filter { $0 != UInt8(ascii: ":") })
        guard bytes.count == 5, let sign = bytes.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            let hours = digits(bytes[1..<3]), let minutes = digits(bytes[3..<5]), hours < 24, minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (sign == UInt8(ascii: "-") ? -1 : 1)
    }

    /// Days since 1970-01-01 in the Gregorian calendar, counted from March so that the leap day comes last.
    private static func day1970(_ year: Int, _ month: Int, _ day: Int) -> Int? {
        guard 1970...9999 ~= year, 1...12 ~= month, 1...31 ~= day else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }
}
