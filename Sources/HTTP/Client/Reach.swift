/// Which servers a request may reach, and what proves that it has reached the right one.
public struct Reach: Sendable, Equatable {
    /// What proves who a server is.
    public enum Trust: Sendable, Equatable {
        /// A certificate of an authority that the client trusts.
        case system
        /// A certificate of one of these authorities, and of no other (PEM).
        case authorities([UInt8])
        /// Nothing: any certificate will do, and whoever stands in between reads everything.
        case anyone
    }

    /// Whether http is allowed to private addresses: 10.0.0.0/8, fd00::/8 and the like, and names that lead there.
    public var allowsPrivateHTTP: Bool
    /// What proves who the server is.
    public var trust: Trust

    /// Https to everywhere, http to this machine: what is right for servers on the public web.
    public static let web = Reach(allowsPrivateHTTP: false, trust: .system)

    /// A reach.
    public init(allowsPrivateHTTP: Bool, trust: Trust) {
        self.allowsPrivateHTTP = allowsPrivateHTTP
        self.trust = trust
    }
}
