/// Named values, made for fast lookup: the members are sorted by the hash of their names.
public struct Object: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    private let storage: Storage

    /// Members in any order; of a name given twice, the last value counts.
    public init(_ members: some Sequence<(String, Value)>) {
        var byName: [String: Value] = [:]
        for (name, value) in members { byName[name] = value }
        storage = Storage(byName.map { (Name($0.key), $0.value) }.sorted { $0.0 < $1.0 })
    }

    /// Members written as a literal; of a name given twice, the last value counts.
    public init(dictionaryLiteral elements: (String, Value)...) {
        self.init(elements)
    }

    /// The names, sorted.
    public var names: [String] { pairs.map(\.0).sorted() }

    /// The value of a name, or nil when there is no such name (a known name without a value is `null`).
    public subscript(_ name: String) -> Value? {
        withExtendedLifetime(storage) { storage.members.value(of: Name(name)) }
    }

    /// The same object with more members; they replace those of the same name.
    public func adding(_ members: some Sequence<(String, Value)>) -> Object {
        Object(pairs + Array(members))
    }

    /// Whether both have the same names and values.
    public static func == (left: Object, right: Object) -> Bool {
        left.storage === right.storage || left.pairs.elementsEqual(right.pairs) { $0 == $1 }
    }

    private var pairs: [(String, Value)] {
        withExtendedLifetime(storage) {
            (0..<storage.members.count).map { (storage.members.names[$0].text, storage.members.values[$0]) }
        }
    }

    /// The members for as long as the object lives: looking one up counts no references.
    var members: Members { storage.members }

    /// Owns the memory of the members.
    private final class Storage: @unchecked Sendable {
        // The memory is written here and never again, so that any thread may read it.
        let members: Members

        init(_ sorted: [(Name, Value)]) {
            let names = UnsafeMutablePointer<Name>.allocate(capacity: sorted.count)
            let values = UnsafeMutablePointer<Value>.allocate(capacity: sorted.count)
            var mask: UInt64 = 0
            for (index, (name, value)) in sorted.enumerated() {
                (names + index).initialize(to: name)
                (values + index).initialize(to: value)
                mask |= name.bit
            }
            members = Members(names: names, values: values, count: sorted.count, mask: mask)
        }

        deinit {
            UnsafeMutablePointer(mutating: members.names).deinitialize(count: members.count).deallocate()
            UnsafeMutablePointer(mutating: members.values).deinitialize(count: members.count).deallocate()
        }
    }
}

/// A view of an object's members that does not keep it alive.
struct Members {
    let names: UnsafePointer<Name>
    let values: UnsafePointer<Value>
    let count: Int
    /// One bit for each hash: most names that are not here are known by it alone.
    let mask: UInt64

    /// The value of a name.
    func value(of name: borrowing Name) -> Value? {
        guard mask & name.bit != 0 else { return nil }
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if names[middle].hash < name.hash { low = middle + 1 } else { high = middle }
        }
        while low < count, names[low].hash == name.hash {
            if names[low].text == name.text { return values[low] }
            low += 1
        }
        return nil
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
