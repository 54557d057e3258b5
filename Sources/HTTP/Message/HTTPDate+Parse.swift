extension HTTPDate {
    /// The seconds since 1970 of a date in one of the three forms that HTTP knows (RFC 9110 section 5.6.7); nil for
    /// anything else, also for a day that no calendar has.
    ///
    /// - Parameter now: seconds since 1970: a year of two digits is at most 50 years ahead of it.
    static func parse(_ bytes: Span<UInt8>, _ text: Piece, now: Int64) -> Int64? {
        var reader = Reader(bytes: bytes.array(text))
        guard let name = reader.letters() else { return nil }
        let date: Int64?
        if days.contains(name) {
            date = reader.take(",") ? reader.fixdate() : reader.asctime()
        } else {
            date = longDays.contains(name) && reader.take(",") ? reader.rfc850(now) : nil
        }
        return reader.isAtEnd ? date : nil
    }

    private static let longDays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

    /// The seconds of a day and a time of the Gregorian calendar; nil when there is no such time.
    fileprivate static func seconds(_ year: Int, _ month: Int, _ day: Int, _ time: (Int, Int, Int)) -> Int64? {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        // A minute has a 61st second now and then.
        guard (1...12).contains(month), (1...lengths[month - 1]).contains(day), time.0 < 24, time.1 < 60, time.2 <= 60
        else { return nil }
        // Years begin in March here, so that the leap day is the last.
        let shifted = year - (month <= 2 ? 1 : 0)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
        return Int64(days * 86_400 + time.0 * 3600 + time.1 * 60 + time.2)
    }
}

extension HTTPDate {
    /// Takes a date apart from left to right. Case counts, as RFC 9110 says.
    fileprivate struct Reader {
        let bytes: [UInt8]
        var index = 0

        var isAtEnd: Bool { index == bytes.count }

        mutating func take(_ text: StaticString) -> Bool {
            let expected = text.withUTF8Buffer { Array($0) }
            guard bytes[index...].starts(with: expected) else { return false }
            index += expected.count
            return true
        }

        mutating func letters() -> String? {
            let found = bytes[index...].prefix { Bytes.isLetterOrDigit($0) && !Bytes.isDigit($0) }
            guard (1...9).contains(found.count) else { return nil }
            index += found.count
            return String(decoding: found, as: UTF8.self)
        }

        /// A number with exactly so many digits.
        mutating func number(_ digits: Int) -> Int? {
            let found = bytes[index...].prefix(digits)
            guard found.count == digits, found.allSatisfy(Bytes.isDigit) else { return nil }
            index += digits
            return found.reduce(0) { $0 * 10 + Int($1 &- 0x30) }
        }

        mutating func month() -> Int? {
            letters().flatMap { HTTPDate.months.firstIndex(of: $0) }.map { $0 + 1 }
        }

        mutating func time() -> (Int, Int, Int)? {
            guard let hour = number(2), take(":"), let minute = number(2), take(":"), let second = number(2) else {
                return nil
            }
            return (hour, minute, second)
        }

        /// `Sun, 06 Nov 1994 08:49:37 GMT`, after the comma.
        mutating func fixdate() -> Int64? {
            guard take(" "), let day = number(2), take(" "), let month = month(), take(" "), let year = number(4),
                take(" "), let time = time(), take(" GMT")
            else { return nil }
            return HTTPDate.seconds(year, month, day, time)
        }

        /// `Sunday, 06-Nov-94 08:49:37 GMT`, after the comma.
        mutating func rfc850(_ now: Int64) -> Int64? {
            guard take(" "), let day = number(2), take("-"), let month = month(), take("-"), let short = number(2),
                take(" "), let time = time(), take(" GMT")
            else { return nil }
            let thisYear = 1970 + Int(now / 31_556_952)
            let year = thisYear - thisYear % 100 + short
            return HTTPDate.seconds(year > thisYear + 50 ? year - 100 : year, month, day, time)
        }

        /// `Sun Nov  6 08:49:37 1994`, after the name of the day.
        mutating func asctime() -> Int64? {
            guard take(" "), let month = month(), take(" "), let day = take(" ") ? number(1) : number(2), take(" "),
                let time = time(), take(" "), let year = number(4)
            else { return nil }
            return HTTPDate.seconds(year, month, day, time)
        }
    }
}
