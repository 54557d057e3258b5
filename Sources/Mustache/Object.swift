/// Named values, made for fast lookup by the hash of their names.
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
            for (index, (name, value)) in sorted.enumerated() {
                (names + index).initialize(to: name)
                (values + index).initialize(to: value)
            }
            var size = 2
            while size < sorted.count * 2 { size *= 2 }
            let places = UnsafeMutablePointer<Members.Place>.allocate(capacity: size)
            places.initialize(repeating: Members.Place(), count: size)
            for (index, (name, _)) in sorted.enumerated() {
                var place = name.place & (size - 1)
                while !places[place].isEmpty { place = (place + 1) & (size - 1) }
                places[place] = Members.Place(tag: name.tag, member: UInt32(index) + 1)
            }
            members = Members(names: names, values: values, count: sorted.count, places: places, mask: size - 1)
        }

        deinit {
            UnsafeMutablePointer(mutating: members.names).deinitialize(count: members.count).deallocate()
            UnsafeMutablePointer(mutating: members.values).deinitialize(count: members.count).deallocate()
            members.places.deallocate()
        }
    }
}

/// A view of an object's members that does not keep it alive.
struct Members {
    /// A place of the table that finds members: by it alone most names that are not here are known.
    struct Place {
        /// The part of the hash that does not say which place it is.
        var tag: UInt32 = 0
        /// The index of the member and 1; 0 is an empty place.
        var member: UInt32 = 0

        var isEmpty: Bool { member == 0 }
    }

    let names: UnsafePointer<Name>
    let values: UnsafePointer<Value>
    let count: Int
    /// Open addressing; at least half of the places are empty.
    let places: UnsafePointer<Place>
    /// The number of places, a power of two, less 1.
    let mask: Int

    /// The value of a name.
    func value(of name: Name) -> Value? { find(name)?.pointee }

    /// Where the value of a name is, for as long as the object lives.
    @inline(__always)
    func find(_ name: borrowing Name) -> UnsafePointer<Value>? {
        var place = name.place & mask
        while !places[place].isEmpty {
            if places[place].tag == name.tag {
                let index = Int(places[place].member) &- 1
                if names[index].hash == name.hash, names[index].text == name.text { return values + index }
            }
            place = (place &+ 1) & mask
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

    /// Where the search for it begins in an object's table, before the mask.
    var place: Int { Int(truncatingIfNeeded: hash) & .max }
    /// What tells it from others in the same place.
    var tag: UInt32 { UInt32(truncatingIfNeeded: hash &>> 32) }

    static func < (left: Name, right: Name) -> Bool {
        (left.hash, left.text) < (right.hash, right.text)
    }
}
