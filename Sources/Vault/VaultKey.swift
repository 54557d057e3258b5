public import Crypto

/// A key with which secret values are sealed: 32 random bytes.
public struct VaultKey: Sendable, Equatable {
    /// The bytes.
    let bytes: [UInt8]
    /// By what sealed values name it: 16 hexadecimal digits, which tell nothing of the key.
    public let id: String

    /// A new random key.
    public static func random() throws(Crypto.Failure) -> VaultKey {
        VaultKey(bytes: try Crypto.randomBytes(Crypto.sealingKeyLength))
    }

    init(bytes: [UInt8]) {
        self.bytes = bytes
        id = Hex.encode(Crypto.hmac(Array("latchkey key id".utf8), key: bytes).prefix(8))
    }

    /// A key as it is written: 43 characters of base64url; nil when a text is none.
    public init?(text: some StringProtocol) {
        guard let bytes = Base64URL.decode(String(text)), bytes.count == Crypto.sealingKeyLength else { return nil }
        self.init(bytes: bytes)
    }

    /// The key as it is written. SECURITY: for the key file alone.
    public var text: String { Base64URL.encode(bytes) }
}

/// The key that seals, and older ones that still open.
public struct KeyRing: Sendable, Equatable {
    /// The one with which values are sealed now.
    public let current: VaultKey
    /// Those of before, the latest first.
    public let older: [VaultKey]

    /// A ring.
    public init(current: VaultKey, older: [VaultKey] = []) {
        self.current = current
        self.older = older
    }

    /// A ring as it is written: a key on each line, the current one first; `#` begins a comment. nil when a line is no
    /// key, or there is none.
    public init?(text: String) {
        let lines = text.split(whereSeparator: \.isNewline).map { line in
            line.prefix { $0 != "#" }.filter { !$0.isWhitespace }
        }
        let keys = lines.filter { !$0.isEmpty }.map { VaultKey(text: $0) }
        guard let first = keys.first, let current = first, !keys.contains(nil) else { return nil }
        self.init(current: current, older: keys.dropFirst().compactMap(\.self))
    }

    /// The ring as it is written.
    public var text: String {
        let lines =
            ["# Latchkey's key: without it the saved tokens cannot be read. Keep a copy, away from the data."]
            + ["\(current.text) # \(current.id)"] + older.map { "\($0.text) # \($0.id), older" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The key with this id.
    public func key(_ id: some StringProtocol) -> VaultKey? { ([current] + older).first { $0.id == id } }

    /// The ring with a new current key; those of before still open.
    public func rotated(to key: VaultKey) -> KeyRing { KeyRing(current: key, older: [current] + older) }
}
