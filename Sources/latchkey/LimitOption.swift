import HTTP

/// A limit of the server as an option: what its values mean, which of them make sense, and where they go.
struct LimitOption: Sendable {
    /// What a value counts.
    enum Measure: Sendable {
        /// Things: `100`.
        case count
        /// Bytes: `65536`, `64K`, `1M`.
        case bytes
        /// Milliseconds: `500ms`, `10s`, `2m`; a plain number means seconds.
        case time
    }

    let option: Option
    let measure: Measure
    /// The values that make sense; times in milliseconds.
    let range: ClosedRange<Int>
    let set: @Sendable (inout Limits, Int) -> Void

    /// A number of things or bytes.
    init(
        _ name: String, _ measure: Measure, _ range: ClosedRange<Int>, _ help: String,
        _ path: any WritableKeyPath<Limits, Int> & Sendable
    ) {
        let value = Limits()[keyPath: path]
        let shown = measure == .bytes ? Self.bytes(value) : "\(value)"
        option = Option(name: name, value: measure == .bytes ? "BYTES" : "COUNT", help: "\(help) (\(shown))")
        (self.measure, self.range) = (measure, range)
        set = { $0[keyPath: path] = $1 }
    }

    /// A time.
    init(_ name: String, _ help: String, _ path: any WritableKeyPath<Limits, Duration> & Sendable) {
        let seconds = Limits()[keyPath: path].components.seconds
        option = Option(name: name, value: "TIME", help: "\(help) (\(seconds)s)")
        (measure, range) = (.time, 10...86_400_000)
        set = { $0[keyPath: path] = .milliseconds($1) }
    }

    /// Puts the value of the settings, if there is one, into the limits.
    func apply(_ settings: Settings, to limits: inout Limits) throws(Failure) {
        guard let text = settings[option] else { return }
        guard let value = Self.value(of: text, measure), range.contains(value) else {
            throw .usage("--\(option.name) '\(text)' should be \(wanted)")
        }
        set(&limits, value)
    }

    /// Which values make sense, in words.
    private var wanted: String {
        switch measure {
        case .count: "a number from \(range.lowerBound) to \(range.upperBound)"
        case .bytes: "a size from \(Self.bytes(range.lowerBound)) to \(Self.bytes(range.upperBound)), such as 64K"
        case .time: "a time from 10ms to 24h, such as 500ms, 10s or 2m"
        }
    }

    /// A number with its unit; nil when it is none.
    static func value(of text: String, _ measure: Measure) -> Int? {
        let digits = text.prefix { ("0"..."9").contains($0) }
        let units: [Substring: Int] =
            switch measure {
            case .count: ["": 1]
            case .bytes: ["": 1, "K": 1024, "M": 1_048_576, "G": 1_073_741_824]
            case .time: ["": 1000, "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000]
            }
        guard let number = Int(digits), let unit = units[text.dropFirst(digits.count)] else { return nil }
        let (value, isTooLarge) = number.multipliedReportingOverflow(by: unit)
        return isTooLarge ? nil : value
    }

    private static func bytes(_ count: Int) -> String {
        if count % 1_048_576 == 0 { return "\(count / 1_048_576)M" }
        return count % 1024 == 0 ? "\(count / 1024)K" : "\(count)"
    }
}
