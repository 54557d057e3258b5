public import Diagnostics

/// A JSON5 value with its place in the file: what a person wrote, so that each problem can be shown where it is.
///
/// JSON5 (json5.org) is JSON with comments, trailing commas, unquoted keys and single quotes.
public struct SourcedJSON: Sendable {
    /// The value, with its parts still in their places.
    public indirect enum Value: Sendable {
        /// `null`
        case null
        /// `true` or `false`
        case bool(Bool)
        /// A whole number.
        case int(Int)
        /// Any other number.
        case double(Double)
        /// A string.
        case string(String)
        /// A list.
        case array([SourcedJSON])
        /// An object; no key comes twice.
        case object([Member])
    }

    /// A key with its place, and its value.
    public struct Member: Sendable {
        /// The key.
        public let key: String
        /// The byte offset of the key in the file.
        public let keyOffset: Int
        /// The length of the key as it was written, in bytes.
        public let keyLength: Int
        /// The value.
        public let value: SourcedJSON
    }

    /// The value.
    public let value: Value
    /// The byte offset of the value in the file.
    public let offset: Int
    /// The length of the value as it was written, in bytes.
    public let length: Int

    /// Reads a JSON5 document.
    ///
    /// - Throws: a syntax error, or every key that an object has twice.
    public static func parse(_ bytes: [UInt8], file: String) throws(Diagnostics) -> SourcedJSON {
        var parser = JSONParser(bytes, file: file, syntax: .json5)
        let document: SourcedJSON
        do {
            document = try parser.document()
        } catch {
            throw Diagnostics(parser.duplicateProblems + [error])
        }
        let duplicates = parser.duplicateProblems
        guard duplicates.isEmpty else { throw Diagnostics(duplicates) }
        return document
    }

    /// The value without its places.
    public var json: JSON {
        switch value {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .int(number)
        case .double(let number): .double(number)
        case .string(let text): .string(text)
        case .array(let elements): .array(elements.map(\.json))
        case .object(let members): .object(JSONObject(distinct: members.map { ($0.key, $0.value.json) }))
        }
    }

    /// The member of an object.
    public subscript(key: String) -> SourcedJSON? {
        guard case .object(let members) = value else { return nil }
        return members.first { $0.key == key }?.value
    }
}

extension JSON {
    /// The deepest nesting that is read; deeper input is refused rather than risked.
    public static let maximumDepth = 64

    /// Reads a JSON text (RFC 8259), strictly: one value, UTF-8, no key twice in an object, at most 64 levels deep.
    ///
    /// - Parameter file: what the text is called in messages.
    /// - Throws: the first problem, with its place.
    public static func parse(_ bytes: [UInt8], file: String = "JSON") throws(Diagnostic) -> JSON {
        var parser = JSONParser(bytes, file: file, syntax: .json)
        return try parser.document().json
    }
}
