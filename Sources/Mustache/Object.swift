/// Named values, made for fast lookup: the members are sorted by the hash of their names.
public struct Object: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    private let storage: Storage

    /// Members in any order; of a name given twice, the last value counts.
    public init(_ members: some Sequence<(String, Value)>) {
        var byName: [String: Value] = [:]
        for (name, value) in members { byName[name] = value }
        storage = Storage(byName)
    }

    /// Members written as a literal; of a name given twice, the last value counts.
    public init(dictionaryLiteral elements: (String, Value)...) {
        self.init(elements)
    }

    /// The names, sorted.
    public var names: [String] { storage.keys.map(\.text).sorted() }

    /// The value of a name, or nil when there is no such name (a known name without a value is `null`).
    public subscript(_ name: String) -> Value? { self[Name(name)] }

    /// The same object with more members; they replace those of the same name.
    public func adding(_ members: some Sequence<(String, Value)>) -> Object {
        Object(zip(storage.keys.map(\.text), storage.values).map { ($0, $1) } + Array(members))
    }

    /// The value of a name whose hash is known.
    subscript(key: Name) -> Value? {
        guard storage.mask & key.bit != 0 else { return nil }
        let keys = storage.keys
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle].hash < key.hash { low = middle + 1 } else { high = middle }
        }
        while low < keys.count, keys[low].hash == key.hash {
            if keys[low].text == key.text { return storage.values[low] }
            low += 1
        }
        return nil
    }

    /// Whether both have the same names and values.
    public static func == (left: Object, right: Object) -> Bool {
        left.storage === right.storage
            || left.storage.keys == right.storage.keys && left.storage.values == right.storage.values
    }

    private final class Storage: Sendable {
        let keys: [Name]
        let values: [Value]
        /// One bit for each hash: most names that are not here are known by it alone.
        let mask: UInt64

        init(_ members: [String: Value]) {
            let sorted: [(Name, Value)] = members.map { (Name($0.key), $0.value) }.sorted { $0.0 < $1.0 }
            keys = sorted.map(\.0)
            values = sorted.map(\.1)
            mask = keys.reduce(0) { $0 | $1.bit }
        }
    }
}

/// A name with its hash (FNV-1a, 64 bits), computed once when a template is compiled or an object is built.
struct Name: Sendable, Equatable, Comparable {
    let hash: UInt64
    let text: String

    init(_ text: String) {
        self.text = text
        hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    /// The bit of this name in the mask of an object.
    var bit: UInt64 { 1 << (hash & 63) }

    static func < (left: Name, right: Name) -> Bool {
        (left.hash, left.text) < (right.hash, right.text)
    }
}
