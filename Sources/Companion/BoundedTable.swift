/// A dictionary that forgets its older half when it is full: for what is nice to know, and made by whoever sends
/// requests.
struct BoundedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let limit: Int
    private var entries: [Key: (value: Value, number: Int)] = [:]
    private var lastNumber = 0

    /// A table that never holds more than `limit` entries.
    init(limit: Int) { self.limit = limit }

    var count: Int { entries.count }
    var keys: [Key] { Array(entries.keys) }

    /// The value of a key. Setting makes it the newest one.
    subscript(key: Key) -> Value? {
        get { entries[key]?.value }
        set {
            guard let newValue else {
                entries[key] = nil
                return
            }
            lastNumber += 1
            entries[key] = (newValue, lastNumber)
            if entries.count > limit { forgetOlderHalf() }
        }
    }

    private mutating func forgetOlderHalf() {
        let kept = entries.sorted { $0.value.number > $1.value.number }.prefix(max(1, limit / 2))
        entries = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
}
