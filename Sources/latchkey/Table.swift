import Glibc

/// Lines whose columns stand below one another.
enum Table {
    /// The rows as lines; the first one is the head. Two spaces between the columns, none at the ends of lines.
    static func lines(_ rows: [[String]]) -> [String] {
        let widths = rows.reduce(into: [Int]()) { widths, row in
            for (column, text) in row.enumerated() {
                if column < widths.count {
                    widths[column] = max(widths[column], text.count)
                } else {
                    widths.append(text.count)
                }
            }
        }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            let line = cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// A time as people read it, to the minute, where this machine is: `2026-11-21 09:12`.
    ///
    /// - Parameter seconds: since 1970.
    static func time(_ seconds: Double) -> String {
        guard var time = time_t(exactly: seconds.rounded(.down)) else { return "?" }
        var parts = tm()
        guard localtime_r(&time, &parts) != nil else { return "?" }
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = [String(Int(parts.tm_year) &+ 1900), two(parts.tm_mon &+ 1), two(parts.tm_mday)]
        return date.joined(separator: "-") + " \(two(parts.tm_hour)):\(two(parts.tm_min))"
    }
}
