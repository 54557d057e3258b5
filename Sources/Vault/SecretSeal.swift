internal import Crypto
internal import JSON

/// Puts secret values under seal and takes them out again. A sealed value is a text, `sealed:<key id>:<base64url>`, and
/// stands where the value would; everything else stays as it is.
///
/// The owner, the account and the path are authenticated with it, so a sealed value that is moved opens nowhere else.
struct SecretSeal: Sendable {
    static let mark = "sealed:"

    /// Tells whether the value at a path of an account must not be readable.
    typealias Rule = @Sendable ([String]) -> Bool

    let ring: KeyRing
    let owner: String
    let account: String
    let isSecret: Rule

    /// A value could not be taken out.
    enum Failure: Error, Equatable {
        /// It is sealed with a key that is not there.
        case unknownKey(id: String)
        /// It is damaged, or was sealed for another place.
        case notAuthentic(path: String)
        case broken(Crypto.Failure)
    }

    /// An account's object with its secrets under seal.
    func seal(_ document: JSON) throws(Crypto.Failure) -> JSON {
        guard let object = document.objectValue else { return document }
        return try seal(object, below: [])
    }

    private func seal(_ object: JSONObject, below path: [String]) throws(Crypto.Failure) -> JSON {
        var members: [JSONObject.Member] = []
        members.reserveCapacity(object.members.count)
        for (key, value) in object.members { members.append((key, try seal(value, at: path + [key]))) }
        return .object(JSONObject(distinct: members))
    }

    private func seal(_ value: JSON, at path: [String]) throws(Crypto.Failure) -> JSON {
        switch value {
        case .object(let object) where !isInternal(path): return try seal(object, below: path)
        // What looks as if it were sealed would be taken for it.
        case .string(let text) where text.hasPrefix(Self.mark): return try sealed(value, at: path)
        case .string, .array, .object: return isSecret(path) ? try sealed(value, at: path) : value
        case .null, .bool, .int, .double: return value
        }
    }

    /// A sign-in that waits is one value.
    private func isInternal(_ path: [String]) -> Bool { path.count > 1 && path.last?.hasPrefix("_") == true }

    private func sealed(_ value: JSON, at path: [String]) throws(Crypto.Failure) -> JSON {
        let key = ring.current
        let bytes = try Crypto.seal(value.encoded(), key: key.bytes, context: context(path))
        return .string("\(Self.mark)\(key.id):\(Base64URL.encode(bytes))")
    }

    private func context(_ path: [String]) -> [UInt8] {
        Array((["latchkey vault 1", owner, account] + path).joined(separator: "\0").utf8)
    }

    /// An account's object as it was before it was sealed.
    func open(_ document: JSON) throws(Failure) -> JSON {
        guard let object = document.objectValue else { return document }
        return try open(object, below: [])
    }

    private func open(_ object: JSONObject, below path: [String]) throws(Failure) -> JSON {
        var members: [JSONObject.Member] = []
        members.reserveCapacity(object.members.count)
        for (key, value) in object.members { members.append((key, try open(value, at: path + [key]))) }
        return .object(JSONObject(distinct: members))
    }

    private func open(_ value: JSON, at path: [String]) throws(Failure) -> JSON {
        switch value {
        case .object(let object): return try open(object, below: path)
        case .string(let text) where text.hasPrefix(Self.mark): return try opened(text, at: path)
        default: return value
        }
    }

    private func opened(_ text: String, at path: [String]) throws(Failure) -> JSON {
        let place = path.joined(separator: ".")
        let parts = text.dropFirst(Self.mark.count).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let bytes = Base64URL.decode(String(parts[1])) else {
            throw .notAuthentic(path: place)
        }
        guard let key = ring.key(parts[0]) else { throw .unknownKey(id: String(parts[0].prefix(16))) }
        do {
            return try JSON.parse(try Crypto.open(bytes, key: key.bytes, context: context(path)))
        } catch {
            throw .notAuthentic(path: place)
        }
    }

    /// Whether nothing is left to do: every secret is sealed with the current key.
    func isSealed(_ document: JSON, at path: [String] = []) -> Bool {
        switch document {
        case .object(let object) where !isInternal(path):
            object.members.allSatisfy { isSealed($0.value, at: path + [$0.key]) }
        case .string(let text) where text.hasPrefix("\(Self.mark)\(ring.current.id):"): true
        case .string(let text): !text.hasPrefix(Self.mark) && !isSecret(path)
        case .array, .object: !isSecret(path)
        case .null, .bool, .int, .double: true
        }
    }
}
