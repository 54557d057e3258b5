public import Crypto
public import Files
internal import Glibc
internal import JSON

/// The password that lets people in, as it is kept in `<data>/sign-in/password.json`: what scrypt made of it.
public struct StoredPassword: Equatable, Sendable {
    private let cost: Crypto.ScryptCost
    /// Random text; its bytes are the salt.
    private let salt: String
    /// The derived key in hexadecimal.
    private let key: String

    /// The fewest characters that a password has.
    public static let shortest = 8
    /// The most bytes: more would make the work of hashing a weapon.
    public static let longest = 1024

    /// What is kept of a password. Takes a good part of a second.
    public init(_ password: String, cost: Crypto.ScryptCost = .recommended) throws(Crypto.Failure) {
        self.cost = cost
        salt = try Crypto.randomToken(bytes: 16)
        key = Hex.encode(try Crypto.scrypt(password, salt: Array(salt.utf8), cost))
    }

    /// Whether this is the password. Takes a good part of a second.
    func matches(_ password: String) -> Bool {
        guard password.utf8.count <= Self.longest,
            let derived = try? Crypto.scrypt(password, salt: Array(salt.utf8), cost)
        else { return false }
        return Crypto.equalInConstantTime(Array(Hex.encode(derived).utf8), Array(key.utf8))
    }

    /// The password that is kept in a file; nil when there is none.
    ///
    /// - Throws: a sentence when the file is there and is none of ours.
    static func read(_ path: String) throws(SignInFileError) -> StoredPassword? {
        do throws(FileError) {
            guard try Files.exists(path) else { return nil }
            let json = (try? JSON.parse(Files.read(path, limit: 65_536))) ?? .null
            guard let salt = json["salt"]?.stringValue, let key = json["key"]?.stringValue,
                let cost = json["cost"]?.intValue, let block = json["block_size"]?.intValue,
                let parallelism = json["parallelism"]?.intValue
            else { throw FileError("read", path, code: EBADMSG) }
            return StoredPassword(
                cost: Crypto.ScryptCost(cost: cost, blockSize: block, parallelism: parallelism), salt: salt, key: key)
        } catch {
            throw SignInFileError(path: path)
        }
    }

    private init(cost: Crypto.ScryptCost, salt: String, key: String) {
        (self.cost, self.salt, self.key) = (cost, salt, key)
    }

    /// Writes it durably, for its owner alone.
    public func write(_ path: String) throws(FileError) {
        let json: JSON = [
            "version": 1, "algorithm": "scrypt", "cost": .int(cost.cost), "block_size": .int(cost.blockSize),
            "parallelism": .int(cost.parallelism), "salt": .string(salt), "key": .string(key),
        ]
        try Files.writeDurably(json.encoded(pretty: true), to: path)
    }
}

/// A file of the sign-in that cannot be read.
public struct SignInFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Where it is.
    public let path: String

    /// A sentence for the person who runs the server.
    public var description: String {
        "'\(path)' cannot be read, or was not written by latchkey; set the password anew with latchkey passwd"
    }
}
