internal import Crypto

/// Addresses that are told of each change of a connection.
public struct Webhooks: Sendable, Equatable {
    /// Where changes are posted: https, or http to this machine.
    public var urls: [String]
    /// What signs the posts: only who has it can tell ours from others'.
    public var secret: [UInt8]
    /// `<data>/telling`, where changes wait over a restart.
    public var folder: String

    /// Addresses; none of them is told anything by default.
    public init(urls: [String] = [], secret: [UInt8] = [], folder: String = "") {
        (self.urls, self.secret, self.folder) = (urls, secret, folder)
    }

    /// What an address is known by in files: they do not hold it, because parts of it may be secret.
    static func digest(_ url: String) -> String { Hex.encode(Crypto.sha256(url.utf8).prefix(16)) }

    /// An address as it is logged: its host alone, because paths and queries of such addresses are often secret.
    static func shown(_ url: String) -> String {
        var slashes = 0
        let host = url.prefix { character in
            if character == "/" { slashes += 1 }
            return slashes < 3 && character != "?" && character != "#"
        }
        return String(host)
    }

    /// `t=UNIX,v1=HEX`: the HMAC-SHA-256 of the time, a dot, and the content.
    static func signature(_ body: [UInt8], secret: [UInt8], at time: Int) -> String {
        "t=\(time),v1=\(Hex.encode(Crypto.hmac(Array("\(time).".utf8) + body, key: secret)))"
    }
}
