internal import JSON

extension JSON {
    /// A time in whole seconds since 1970; 0 for what is none, such as a number of a damaged file.
    static func seconds(_ time: Double) -> JSON { .int(Int(exactly: time.rounded(.down)) ?? 0) }
}
