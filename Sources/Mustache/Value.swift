/// What a template is rendered from. A value is built explicitly; nothing is found by reflection.
public enum Value: Sendable, Equatable {
    /// Nothing: prints as empty, is false in a section. Use it for optional values, so that their names are known.
    case null
    /// Prints as `true` or `false`.
    case bool(Bool)
    /// A whole number.
    case int(Int)
    /// A number with a fraction.
    case double(Double)
    /// Text. It is escaped for HTML when it is printed with `{{name}}`.
    case string(String)
    /// Markup that is printed as it is, even with `{{name}}`.
    /// SECURITY: only for markup made by the program itself, never for what a person or another server sent.
    case html(String)
    /// Several values: a section is rendered once for each.
    case list([Value])
    /// Named values: a section on it makes the names visible.
    case object(Object)
}

extension Value {
    /// Text, or `null` when there is none.
    public static func optional(_ text: String?) -> Value {
        text.map(Value.string) ?? .null
    }

    /// Whether a section on this value is rendered: not for `null`, `false`, 0, empty text and an empty list.
    public var isTrue: Bool {
        switch self {
        case .null: false
        case .bool(let flag): flag
        case .int(let number): number != 0
        case .double(let number): number != 0 && !number.isNaN
        case .string(let text), .html(let text): !text.isEmpty
        case .list(let items): !items.isEmpty
        case .object: true
        }
    }

    /// What kind of value it is, in words for a message.
    var kindInWords: String {
        switch self {
        case .null: "empty"
        case .bool: "true or false"
        case .int, .double: "a number"
        case .string, .html: "text"
        case .list: "a list"
        case .object: "an object"
        }
    }
}

extension Value: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    /// `nil` is `null`.
    public init(nilLiteral: ()) { self = .null }

    /// `true` or `false`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// A whole number.
    public init(integerLiteral value: Int) { self = .int(value) }

    /// A number with a fraction.
    public init(floatLiteral value: Double) { self = .double(value) }

    /// Text.
    public init(stringLiteral value: String) { self = .string(value) }

    /// A list.
    public init(arrayLiteral elements: Value...) { self = .list(elements) }

    /// An object; of a name given twice, the last value counts.
    public init(dictionaryLiteral elements: (String, Value)...) { self = .object(Object(elements)) }
}
