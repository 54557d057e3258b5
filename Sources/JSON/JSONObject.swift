/// The members of a JSON object in their order, each key once.
///
/// Two objects are equal when they have the same members, in whatever order (RFC 8259 section 4).
public struct JSONObject: Sendable, ExpressibleByDictionaryLiteral {
    /// A key and its value.
    public typealias Member = (key: String, value: JSON)

    /// The members, in order.
    public private(set) var members: [Member] = []

    /// An object with these members; of several with the same key the last one counts.
    public init(_ members: some Sequence<(String, JSON)>) {
        self.members.reserveCapacity(members.underestimatedCount)
        for (key, value) in members { self[key] = value }
    }

    /// `["key": "value"]`
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }

    /// Members that the caller knows to have different keys: no time is spent on looking for them.
    public init(distinct members: [Member]) { self.members = members }

    /// The keys, in order.
    public var keys: [String] { members.map(\.key) }

    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }

    /// The value of a key. Setting keeps the place of a key that is there and appends a new one; nil removes.
    public subscript(key: String) -> JSON? {
        get { members.first { $0.key == key }?.value }
        set {
            let index = members.firstIndex { $0.key == key }
            switch (index, newValue) {
            case (let index?, let value?): members[index].value = value
            case (let index?, nil): members.remove(at: index)
            case (nil, let value?): members.append((key, value))
            case (nil, nil): break
            }
        }
    }
}

extension JSONObject: Equatable {
    /// Whether both have the same members.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.members.count == right.members.count && left.members.allSatisfy { right[$0.key] == $0.value }
    }
}
