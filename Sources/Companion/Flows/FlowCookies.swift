internal import Crypto
internal import HTTP

/// The cookies by which a browser is known when it comes back from a provider: one for each sign-in, so that one that
/// begins later does not take the place of one that goes on.
///
/// SECURITY: a cookie's value is random, made for one sign-in, and never used for another; its digest is all that is
/// kept. Its name holds a part of the digest of the state, which tells nothing of the state.
struct FlowCookies: Sendable {
    /// What the browser holds, in the order in which it sends them: the oldest first (RFC 6265 section 5.4).
    private let held: [(name: String, value: String)]

    private static let prefix = "latchkey_flow_"
    /// How many a browser may hold.
    static let most = 8

    /// The cookies of a request whose names have this prefix, without it.
    init(_ request: Request, hostPrefix: String) {
        let cookies = request.cookies
        let names = request.headers.values(of: "Cookie").flatMap { $0.split(separator: ";") }
            .map { String($0.prefix { $0 != "=" }.drop { $0 == " " }) }
            .filter { $0.hasPrefix(hostPrefix) }.map { String($0.dropFirst(hostPrefix.count)) }
        held = names.filter(Self.isName).compactMap { name in cookies[hostPrefix + name].map { (name, $0) } }
    }

    /// Whether a name has the form of those that are given out: what a browser sends may go back in a header.
    private static func isName(_ name: String) -> Bool {
        name.hasPrefix(prefix) && name.utf8.count <= 128
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// Whoever holds this one alone.
    init(holding cookie: FlowCookie) { held = [(cookie.name, cookie.value)] }

    /// A browser that holds none.
    init() { held = [] }

    /// What the browser holds for the sign-in with this state; empty when that is nothing.
    func value(_ provider: String, state: String) -> String {
        let name = Self.name(provider, state: state)
        return held.first { $0.name == name }?.value ?? ""
    }

    /// The names of those that must go, at most 32 at once, so that there is room for one of this name.
    func surplus(besides name: String) -> [String] {
        let others = held.map(\.name).filter { $0 != name }
        return Array(others.dropLast(Self.most - 1).prefix(32))
    }

    /// The name of the cookie of a sign-in: `latchkey_flow_trakt_0123abcd`.
    static func name(_ provider: String, state: String) -> String {
        "\(prefix)\(provider)_\(Hex.encode(Crypto.sha256(state.utf8).prefix(4)))"
    }

    /// What is kept of a value.
    static func binding(_ value: String) -> String { Hex.encode(Crypto.sha256(value.utf8)) }

    /// Whether a value is the one of which this was kept.
    static func fits(_ value: String, _ binding: String) -> Bool {
        Crypto.equalInConstantTime(Array(Self.binding(value).utf8), Array(binding.utf8))
    }

    /// A new value.
    static func newValue() throws(Problem) -> String {
        try Problem.orInternal { try Crypto.randomToken(bytes: 32) }
    }
}

/// What lets a browser be known when it comes back.
struct FlowCookie: Sendable, Equatable {
    /// Its name.
    let name: String
    /// Its value: for the browser alone.
    let value: String

    init(_ provider: String, state: String, value: String) {
        name = FlowCookies.name(provider, state: state)
        self.value = value
    }
}
